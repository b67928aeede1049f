import type { Backend } from '../domain/backend.js';
import type { JobListResult } from '../domain/paging.js';
import { isActive, type Job, type JobId } from '../domain/job.js';
import { hasSameShape, type JobIndex } from './jobIndex.js';
import { isAbort, JobError } from '../domain/problem.js';
import { listPages } from './listPages.js';

/** The maximum number of jobs read individually in one poll. */
const maxLookups = 20;

/** The jobs that a poll must include. Called after the list has been read. */
export interface ExpectedJobs {
  readonly wanted: () => ReadonlySet<JobId>;
  readonly known: () => JobIndex;
}

/**
 * Lists the newest `most` jobs of a backend, and adds the `wanted` jobs that the list does not contain
 * because they are too old, or too new for a list that lags behind. A wanted job that cannot be read, or that
 * exceeds the maximum number of requests, keeps its `known` state, as do the tasks of an active array. `gone`
 * lists the wanted jobs that no longer exist.
 *
 * @throws the errors of listing; of reading one job only `offline` and `signedOut`.
 */
export async function listWithMissingJobs(
  backend: Backend,
  most: number,
  { wanted, known }: ExpectedJobs,
  signal: AbortSignal,
): Promise<JobListResult & { readonly gone: readonly JobId[] }> {
  const listing = await listPages(backend, most, signal);
  // Most polls return the same jobs. Then nothing is missing or duplicated.
  const before = known();
  if (hasSameShape(before, listing.jobs) && [...wanted()].every((id) => before.get(id)))
    return { ...listing, gone: [] };
  // An engine that changes while it lists can return a job twice. The last entry is the current one.
  const jobs = new Map<JobId, Job>();
  for (const job of listing.jobs) jobs.set(job.id, job);
  const missing = [...wanted()].filter((id) => !jobs.has(id));
  const asKnown = (id: JobId): Job | undefined => known().get(id);
  const malformed: string[] = [];
  const gone: JobId[] = [];
  const found = await Promise.all(
    missing.slice(0, maxLookups).map(async (id) => {
      try {
        const job = await backend.jobs.get(id, signal);
        if (!job) gone.push(id);
        return job;
      } catch (error) {
        if (!isTolerableError(error)) throw error;
        malformed.push(`${id}: ${String(error)}`);
        return asKnown(id);
      }
    }),
  );
  const others = missing.slice(maxLookups).map(asKnown);
  const added = [...found, ...others].filter((job) => job !== undefined);
  const tasks = added.filter(isActive).flatMap(({ id }) => known().parts.get(id) ?? []);
  return {
    ...listing,
    jobs: [...mergeBySubmitTime([...jobs.values()], added), ...tasks.filter(({ id }) => !jobs.has(id))],
    malformed: [...listing.malformed, ...malformed],
    gone,
  };
}

/** If the whole service is unreachable, the list fails as well. */
const isTolerableError = (error: unknown): boolean =>
  !isAbort(error) &&
  !(error instanceof JobError && (error.problem.kind === 'offline' || error.problem.kind === 'signedOut'));

/** Sorts the jobs newest first as far as their times are known; jobs without a time come last. */
function mergeBySubmitTime(listed: readonly Job[], found: readonly Job[]): readonly Job[] {
  const getTime = ({ submitted }: Job): number => submitted?.getTime() ?? -Infinity;
  const waiting = [...found].sort((a, b) => (getTime(a) < getTime(b) ? 1 : getTime(a) > getTime(b) ? -1 : 0));
  const all: Job[] = [];
  let next = 0;
  for (const job of listed) {
    for (let one = waiting[next]; one && job.submitted && getTime(one) > getTime(job); one = waiting[next]) {
      all.push(one);
      next++;
    }
    all.push(job);
  }
  return [...all, ...waiting.slice(next)];
}
