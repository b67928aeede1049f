import { dirname, basename } from 'node:path/posix';
import { JobError } from '../../../core/domain/problem.js';
import { runOnHost } from '../../../remote/runOnHost.js';
import type { HostFileSystem } from '../../../remote/hostFiles.js';
import type { JobFactsStore } from '../../jobFacts/jobFactsStore.js';
import { getJobFacts, type JobFacts } from './jobFacts.js';
import { canBeWrapped } from '../submit/batchFile.js';
import type { SchedulerJob } from './schedulerJob.js';
import { unstartedPrefix } from '../submit/wrapperScript.js';

/** Finds completed jobs whose script never started. */
export type StartChecker = (
  all: readonly SchedulerJob[],
  signal: AbortSignal,
) => Promise<readonly SchedulerJob[]>;

/** The maximum number of folders in one call. */
const maxFolders = 100;

/** The time limit of a check, in milliseconds; the list waits for it. */
const checkTimeoutMs = 10_000;

/**
 * A shell that replaces the job's own (from a login profile or a setup command) exits successfully, and so does the
 * job. A file that exists until the script starts reveals it. Each job is checked once, all jobs of a list in one
 * call; where the host does not respond, the jobs stay unchanged.
 */
export function createStartCheck(files: HostFileSystem, notes: JobFactsStore<JobFacts>): StartChecker {
  /** By a job's ID and end: true if its script started. */
  const known = new Map<string, boolean>();
  const toKey = ({ id, end }: SchedulerJob): string => `${id} ${String(end?.getTime() ?? 0)}`;

  const look = async (jobs: readonly SchedulerJob[], signal: AbortSignal): Promise<void> => {
    // Results for tasks are stored with their array.
    const wholes = new Map<string, SchedulerJob[]>();
    for (const seen of jobs) {
      const whole = String(seen.base ?? seen.id);
      const parts = wholes.get(whole) ?? [];
      parts.push(seen);
      wholes.set(whole, parts);
    }
    const folders = new Map<string, readonly SchedulerJob[]>();
    for (const [id, parts] of wholes) {
      const note = await getJobFacts(notes, id, parts[0]);
      if (note?.folder !== undefined && canBeWrapped(note.script ?? '')) folders.set(note.folder, parts);
      else for (const seen of parts) known.set(toKey(seen), true);
    }
    const all = [...folders.keys()];
    for (let at = 0; at < all.length; at += maxFolders) {
      const some = all.slice(at, at + maxFolders);
      const argv = ['sh', '-c', listUnstartedScript, 'sh', ...some];
      const { code, output } = await runOnHost(
        files.host,
        { argv },
        { ...files, ms: checkTimeoutMs },
        signal,
      );
      if (code !== 0) continue;
      const unstarted = new Set(output.split('\n').map((path) => `${dirname(path)} ${basename(path)}`));
      for (const folder of some)
        for (const seen of folders.get(folder) ?? [])
          known.set(toKey(seen), !unstarted.has(`${folder} ${unstartedPrefix}${seen.id}`));
    }
  };

  return async (all, signal) => {
    const asked = all.filter((seen) => isCompleted(seen) && !known.has(toKey(seen)));
    try {
      if (asked.length > 0) await look(asked, signal);
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
    }
    return all.map((seen) =>
      isCompleted(seen) && known.get(toKey(seen)) === false ? { ...seen, isUnstarted: true as const } : seen,
    );
  };
}

const isCompleted = ({ state, tasks }: SchedulerJob): boolean =>
  state.kind === 'ended' && state.outcome === 'completed' && tasks === undefined;

/** Opening a file makes a file server check that it still exists; looking up the name alone may not. */
const listUnstartedScript = `
for d; do
  for f in "$d"/${unstartedPrefix}*; do
    [ -f "$f" ] && (: < "$f") 2>/dev/null && echo "$f"
  done
done
true
`;
