import { JobError } from '../../../core/domain/problem.js';
import type { JobId } from '../../../core/domain/job.js';
import type { HostFileSystem } from '../../../remote/hostFiles.js';
import { createHostFileReader } from '../../../remote/hostFileReader.js';
import type { JobFactsStore } from '../../jobFacts/jobFactsStore.js';
import type { LogDialect, PatternJob, QueueDialect } from '../dialect.js';
import { getJobFacts, type JobFacts } from '../jobs/jobFacts.js';
import { createLogNotFoundError, type LogPaths } from './jobLogs.js';
import type { SchedulerJob } from '../jobs/schedulerJob.js';
import { toJobFolder } from '../submit/submission.js';
import { parseDisplayId } from '../taskIds.js';

/** Dependencies of finding a job's log. */
export interface LogPathsDeps {
  readonly dialect: LogDialect;
  readonly queue: Pick<QueueDialect, 'fetchRemembered'>;
  readonly files: HostFileSystem;
  readonly notes: JobFactsStore<JobFacts>;
  /** The job as listed; for the row of an array, one of its tasks. */
  readonly findJob: (id: JobId, signal: AbortSignal) => Promise<SchedulerJob | undefined>;
}

/**
 * Finds the files that a job writes to: as submitted, or as the scheduler reports while it has the job; later, where
 * such files usually are. The result is stored. Source: docs/protocols/slurm.md, 7.1.
 */
export function createLogPathFinder(
  parts: LogPathsDeps,
): (id: JobId, signal: AbortSignal) => Promise<LogPaths | undefined> {
  const { dialect, queue, notes } = parts;
  const found = new Map<string, LogPaths>();
  return async (id, signal) => {
    const seen = await parts.findJob(id, signal);
    // Numbers can be assigned again.
    const key = `${id} ${String(seen?.submitted?.getTime())}`;
    const known = found.get(key);
    if (known) return known;
    if (seen && seen.id !== id)
      throw new JobError({
        kind: 'invalid',
        why: `${seen.name} is an array; each task has its own log.`,
      });
    const note = await getJobFacts(notes, id, seen);
    if (!seen && !note) throw new JobError({ kind: 'gone', name: id });
    const ours = note && toRecordedPaths(dialect, note, seen ?? toPatternJob(id, note.name));
    const told = ours ?? (await toldBy(id, seen, signal));
    if (told) {
      found.set(key, told);
      if (!ours)
        await notes.put(id, {
          ...(seen ? toIdentifyingFacts(seen) : {}),
          ...note,
          ...toLogPatterns(dialect, told),
        });
      return told;
    }
    if (seen?.state.kind === 'queued') return undefined;
    const guessed = seen && (await guessPaths(parts, seen, note, signal));
    if (guessed) return guessed;
    throw createLogNotFoundError(seen?.name ?? note?.name ?? id);
  };

  async function toldBy(
    id: JobId,
    seen: SchedulerJob | undefined,
    signal: AbortSignal,
  ): Promise<LogPaths | undefined> {
    // The files of an array's queued tasks are not reported yet.
    if (seen?.state.kind === 'queued') return undefined;
    const records = await queue.fetchRemembered?.(id, seen?.name, signal);
    const record = records?.get(id) ?? records?.values().next().value;
    return record?.logs;
  }
}

/** The files of a job, as patterns that are stored. */
const toLogPatterns = (
  { toPattern = (path) => path }: LogDialect,
  { output, error }: LogPaths,
): LogPaths => ({
  output: toPattern(output),
  ...(error === undefined ? {} : { error: toPattern(error) }),
});

/** The properties that identify the job later. */
const toIdentifyingFacts = ({ name, submitted }: SchedulerJob): Pick<JobFacts, 'name' | 'at'> => ({
  name,
  ...(submitted ? { at: submitted.toISOString() } : {}),
});

/** A job of which only the number is known. Patterns that need more stay unknown. */
function toPatternJob(id: string, name = ''): PatternJob | undefined {
  const read = parseDisplayId(id);
  if (!read || read.tasks) return undefined;
  const { base, index } = read;
  const known = { name, workDir: '.' };
  return index === undefined ? { ...known, own: base } : { ...known, base, index };
}

/** Undefined if not all of it is known. */
function toRecordedPaths(
  dialect: LogDialect,
  { output: outputs, error: errors }: JobFacts,
  job: PatternJob | undefined,
): LogPaths | undefined {
  if (outputs === undefined || !job) return undefined;
  // The scheduler reports the nodes more precisely.
  const known = { ...job, nodeList: undefined };
  const output = toAbsolutePath(dialect, outputs, known);
  const error = errors === undefined ? output : toAbsolutePath(dialect, errors, known);
  if (output === undefined || error === undefined) return undefined;
  return error === output ? { output } : { output, error };
}

/** An absolute path; undefined if not all of it is known. */
function toAbsolutePath({ expandPattern }: LogDialect, pattern: string, job: PatternJob): string | undefined {
  const path = expandPattern ? expandPattern(pattern, job) : pattern;
  return path?.startsWith('/') ? path : undefined;
}

/** Where the scheduler or the extension puts the output of a job by default. */
async function guessPaths(
  { dialect, files }: LogPathsDeps,
  seen: SchedulerJob,
  note: JobFacts | undefined,
  signal: AbortSignal,
): Promise<LogPaths | undefined> {
  const { toPattern = (path: string) => path, getDefaultPattern: usualPattern } = dialect;
  const name = usualPattern?.(seen.index !== undefined);
  const ours = toJobFolder(seen.workDir) ?? note?.folder;
  const folders = [...(ours === undefined ? [] : [ours]), seen.workDir];
  const usual = name === undefined ? [] : folders.map((folder) => `${toPattern(folder)}/${name}`);
  const patterns = [...(note?.output === undefined ? [] : [note.output]), ...usual];
  const look = createHostFileReader(files, signal);
  try {
    for (const pattern of patterns) {
      const output = toAbsolutePath(dialect, pattern, seen);
      if (output !== undefined && (await look.read(output, 0, 0))) return { output };
    }
    return undefined;
  } finally {
    look.close();
  }
}
