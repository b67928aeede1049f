import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '../../core/domain/job.js';
import { jobPaths, type JobPaths, type SpoolPaths } from './paths.js';
import { resultsOf } from './results.js';
import { isThere } from '../../lib/node/files.js';
import { allNumbers, limitOf, progressOf, recordOf } from './spool.js';
import { damaged, damagedJob, toJob } from './view.js';

/** Jobs as read from their folders. */
export interface Catalog {
  /**
   * A job; undefined if none has this number.
   *
   * @param place - Its position in the queue.
   */
  readonly read: (number: number, place: number | undefined) => Promise<Entry | undefined>;
  /** The active jobs and the newest finished ones, up to `most` where there are that many, newest first. */
  readonly newest: (
    most: number,
    active: ReadonlySet<number>,
    places: ReadonlyMap<number, number>,
  ) => Promise<{ readonly entries: readonly Entry[]; readonly more: boolean }>;
}

/** The result of reading one job's folder: the job, an error, or both. */
export interface Entry {
  readonly job: Job | undefined;
  readonly malformed: string | undefined;
}

/** How many folders are read concurrently. */
const together = 32;

/** Reads a spool; finished jobs are cached until their files change. */
export function catalog(spool: SpoolPaths): Catalog {
  const ended = new Map<number, { readonly stamp: string; readonly entry: Entry }>();

  async function read(number: number, place: number | undefined): Promise<Entry | undefined> {
    const paths = jobPaths(join(spool.jobs, String(number)));
    const stamp = await stampOf(paths);
    const known = ended.get(number);
    if (stamp !== undefined && known?.stamp === stamp) return known.entry;
    const entry = await readEntry(String(number), paths, place).catch(
      // A damaged job does not hide the others.
      (error: unknown): Entry => ({
        job: damagedJob(String(number)),
        malformed: `job ${String(number)}: ${String(error)}`,
      }),
    );
    if (entry?.job?.state.kind === 'ended' && stamp !== undefined) ended.set(number, { stamp, entry });
    else ended.delete(number);
    return entry;
  }

  return {
    read,
    newest: async (most, active, places) => {
      const numbers = await allNumbers(spool);
      const there = new Set(numbers);
      for (const number of ended.keys()) if (!there.has(number)) ended.delete(number);
      const entries: Entry[] = [];
      let left = Math.max(0, most - numbers.filter((number) => active.has(number)).length);
      let more = false;
      let slice: number[] = [];
      const readSlice = async (): Promise<void> => {
        const all = await Promise.all(slice.map((number) => read(number, places.get(number))));
        const found = all.filter((entry) => entry !== undefined);
        // Folders that are not jobs (being submitted, or deleted) do not count.
        left += slice.filter((number, index) => !active.has(number) && !all[index]).length;
        entries.push(...found);
        slice = [];
      };
      for (const number of numbers.toReversed()) {
        if (slice.length >= together || (left === 0 && !active.has(number))) await readSlice();
        if (left === 0 && !active.has(number)) {
          more = true;
          continue;
        }
        if (!active.has(number)) left--;
        slice.push(number);
      }
      await readSlice();
      return { entries, more };
    },
  };
}

/** Identifies the version of a job's files; undefined if it has not finished or does not exist. */
async function stampOf(paths: JobPaths): Promise<string | undefined> {
  const [record, state] = await Promise.all(
    [paths.record, paths.state].map((path) => stat(path).catch(() => undefined)),
  );
  return record && state && `${record.mtimeMs} ${record.size} ${state.mtimeMs} ${state.size} ${state.ino}`;
}

async function readEntry(id: string, paths: JobPaths, place: number | undefined): Promise<Entry | undefined> {
  const [record, progress] = await Promise.all([recordOf(paths), progressOf(paths)]);
  // Being submitted or deleted.
  if (!record) return undefined;
  if ('broken' in record) {
    return {
      job: damagedJob(id),
      malformed: `job ${id}: its record cannot be understood (${record.broken})`,
    };
  }
  const isBroken = progress !== undefined && 'broken' in progress;
  const state = isBroken ? damaged(record.value.submitted) : progress?.value;
  const job = toJob({
    id,
    record: record.value,
    progress: state,
    place,
    limitMs: await limitOf(paths, record.value),
    isCancelled: state?.phase !== 'ended' && (await isThere(paths.cancel)),
    results: state?.phase === 'ended' ? await resultsOf(paths) : undefined,
  });
  const malformed = isBroken ? `job ${id}: its state cannot be understood (${progress.broken})` : undefined;
  return { job, malformed };
}
