import { dirname, basename } from 'node:path/posix';
import { JobError } from '../../../core/domain/problem.js';
import { run } from '../../../remote/run.js';
import type { HostFiles } from '../../../remote/folders.js';
import type { Notes } from '../../notes/notes.js';
import { noteOf, type JobNote } from './jobNote.js';
import { mayBeWrapped } from '../submit/batch.js';
import type { Seen } from './seen.js';
import { unstartedPrefix } from '../submit/wrapper.js';

/** Finds completed jobs whose script never started. */
export type StartCheck = (all: readonly Seen[], signal: AbortSignal) => Promise<readonly Seen[]>;

/** The maximum number of folders in one call. */
const maxFolders = 100;

/** The time limit of a check, in milliseconds; the list waits for it. */
const lookMs = 10_000;

/**
 * A shell that replaces the job's own (from a login profile or a setup command) exits successfully, and so does the
 * job. A file that exists until the script starts reveals it. Each job is checked once, all jobs of a list in one
 * call; where the host does not respond, the jobs stay unchanged.
 */
export function startCheck(files: HostFiles, notes: Notes<JobNote>): StartCheck {
  /** By a job's ID and end: true if its script started. */
  const known = new Map<string, boolean>();
  const keyOf = ({ id, end }: Seen): string => `${id} ${String(end?.getTime() ?? 0)}`;

  const look = async (jobs: readonly Seen[], signal: AbortSignal): Promise<void> => {
    // Results for tasks are stored with their array.
    const wholes = new Map<string, Seen[]>();
    for (const seen of jobs) {
      const whole = String(seen.base ?? seen.id);
      const parts = wholes.get(whole) ?? [];
      parts.push(seen);
      wholes.set(whole, parts);
    }
    const folders = new Map<string, readonly Seen[]>();
    for (const [id, parts] of wholes) {
      const note = await noteOf(notes, id, parts[0]);
      if (note?.folder !== undefined && mayBeWrapped(note.script ?? '')) folders.set(note.folder, parts);
      else for (const seen of parts) known.set(keyOf(seen), true);
    }
    const all = [...folders.keys()];
    for (let at = 0; at < all.length; at += maxFolders) {
      const some = all.slice(at, at + maxFolders);
      const argv = ['sh', '-c', list, 'sh', ...some];
      const { code, output } = await run(files.host, { argv }, { ...files, ms: lookMs }, signal);
      if (code !== 0) continue;
      const unstarted = new Set(output.split('\n').map((path) => `${dirname(path)} ${basename(path)}`));
      for (const folder of some)
        for (const seen of folders.get(folder) ?? [])
          known.set(keyOf(seen), !unstarted.has(`${folder} ${unstartedPrefix}${seen.id}`));
    }
  };

  return async (all, signal) => {
    const asked = all.filter((seen) => isCompleted(seen) && !known.has(keyOf(seen)));
    try {
      if (asked.length > 0) await look(asked, signal);
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
    }
    return all.map((seen) =>
      isCompleted(seen) && known.get(keyOf(seen)) === false ? { ...seen, isUnstarted: true as const } : seen,
    );
  };
}

const isCompleted = ({ state, tasks }: Seen): boolean =>
  state.kind === 'ended' && state.outcome === 'completed' && tasks === undefined;

/** Opening a file makes a file server check that it still exists; looking up the name alone may not. */
const list = `
for d; do
  for f in "$d"/${unstartedPrefix}*; do
    [ -f "$f" ] && (: < "$f") 2>/dev/null && echo "$f"
  done
done
true
`;
