import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '../../core/domain/job.js';
import { getJobPaths, type JobPaths, type SpoolPaths } from './paths.js';
import { readResultValue } from './results.js';
import { pathExists } from '../../lib/node/files.js';
import { listJobNumbers, readTimeLimit, readJobProgress, readJobRecord } from './spool.js';
import { createDamagedEnding, createDamagedJob, toLocalJob } from './view.js';

/** Jobs as read from their folders. */
export interface JobCatalog {
  /**
   * A job; undefined if none has this number.
   *
   * @param place - Its position in the queue.
   */
  readonly read: (number: number, place: number | undefined) => Promise<JobFolderEntry | undefined>;
  /** The active jobs and the newest finished ones, up to `most` where there are that many, newest first. */
  readonly newest: (
    most: number,
    active: ReadonlySet<number>,
    places: ReadonlyMap<number, number>,
  ) => Promise<{ readonly entries: readonly JobFolderEntry[]; readonly more: boolean }>;
}

/** The result of reading one job's folder: the job, an error, or both. */
export interface JobFolderEntry {
  readonly job: Job | undefined;
  readonly malformed: string | undefined;
}

/** How many folders are read concurrently. */
const maxParallelReads = 32;

/** Reads a spool; finished jobs are cached until their files change. */
export function createJobCatalog(spool: SpoolPaths): JobCatalog {
  const ended = new Map<number, { readonly stamp: string; readonly entry: JobFolderEntry }>();

  async function read(number: number, place: number | undefined): Promise<JobFolderEntry | undefined> {
    const paths = getJobPaths(join(spool.jobs, String(number)));
    const stamp = await getFilesStamp(paths);
    const known = ended.get(number);
    if (stamp !== undefined && known?.stamp === stamp) return known.entry;
    const entry = await readJobFolder(String(number), paths, place).catch(
      // A damaged job does not hide the others.
      (error: unknown): JobFolderEntry => ({
        job: createDamagedJob(String(number)),
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
      const numbers = await listJobNumbers(spool);
      const there = new Set(numbers);
      for (const number of ended.keys()) if (!there.has(number)) ended.delete(number);
      const entries: JobFolderEntry[] = [];
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
        if (slice.length >= maxParallelReads || (left === 0 && !active.has(number))) await readSlice();
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
async function getFilesStamp(paths: JobPaths): Promise<string | undefined> {
  const [record, state] = await Promise.all(
    [paths.record, paths.state].map((path) => stat(path).catch(() => undefined)),
  );
  return record && state && `${record.mtimeMs} ${record.size} ${state.mtimeMs} ${state.size} ${state.ino}`;
}

async function readJobFolder(
  id: string,
  paths: JobPaths,
  place: number | undefined,
): Promise<JobFolderEntry | undefined> {
  const [record, progress] = await Promise.all([readJobRecord(paths), readJobProgress(paths)]);
  // Being submitted or deleted.
  if (!record) return undefined;
  if ('broken' in record) {
    return {
      job: createDamagedJob(id),
      malformed: `job ${id}: its record is invalid (${record.broken})`,
    };
  }
  const isBroken = progress !== undefined && 'broken' in progress;
  const state = isBroken ? createDamagedEnding(record.value.submitted) : progress?.value;
  const job = toLocalJob({
    id,
    record: record.value,
    progress: state,
    place,
    limitMs: await readTimeLimit(paths, record.value),
    isCancelled: state?.phase !== 'ended' && (await pathExists(paths.cancel)),
    results: state?.phase === 'ended' ? await readResultValue(paths) : undefined,
  });
  const malformed = isBroken ? `job ${id}: its state is invalid (${progress.broken})` : undefined;
  return { job, malformed };
}
