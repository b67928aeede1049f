import type { Backend } from '../domain/backend.js';
import type { Listing } from '../domain/paging.js';
import { isActive, type Job, type JobId } from '../domain/job.js';
import { hasShapeOf, type JobIndex } from './jobIndex.js';
import { isAbort, JobError } from '../domain/problem.js';
import { listPages } from './listPages.js';

/** At most this many jobs are looked up one by one in a round. */
const mostLookUps = 20;

/** What a round has to tell of besides the newest jobs; asked once the list is there, and not before. */
export interface Expected {
  readonly wanted: () => ReadonlySet<JobId>;
  readonly known: () => JobIndex;
}

/**
 * The newest `most` jobs of a backend, and with them those `wanted` ones that the list does not hold: too old, or too
 * new for a list that is a little behind. A wanted job that cannot be read, or is one too many to be looked up, stays as
 * it is `known`, and so do the tasks of an array that goes on. In `gone`: the wanted jobs that are not there any more.
 *
 * @throws what listing throws; of a look-up only that nothing answers or the sign-in is not accepted.
 */
export async function completeListing(
  backend: Backend,
  most: number,
  { wanted, known }: Expected,
  signal: AbortSignal,
): Promise<Listing & { readonly gone: readonly JobId[] }> {
  const listing = await listPages(backend, most, signal);
  // Most rounds tell of the same jobs: then none is missing, and none is named twice.
  const before = known();
  if (hasShapeOf(before, listing.jobs) && [...wanted()].every((id) => before.get(id)))
    return { ...listing, gone: [] };
  // An engine that is written to while it lists may name a job twice; what it said last is the truth.
  const jobs = new Map<JobId, Job>();
  for (const job of listing.jobs) jobs.set(job.id, job);
  const missing = [...wanted()].filter((id) => !jobs.has(id));
  const asKnown = (id: JobId): Job | undefined => known().get(id);
  const malformed: string[] = [];
  const gone: JobId[] = [];
  const found = await Promise.all(
    missing.slice(0, mostLookUps).map(async (id) => {
      try {
        const job = await backend.jobs.get(id, signal);
        if (!job) gone.push(id);
        return job;
      } catch (error) {
        if (!isTolerable(error)) throw error;
        malformed.push(`${id}: ${String(error)}`);
        return asKnown(id);
      }
    }),
  );
  const others = missing.slice(mostLookUps).map(asKnown);
  const added = [...found, ...others].filter((job) => job !== undefined);
  const tasks = added.filter(isActive).flatMap(({ id }) => known().parts.get(id) ?? []);
  return {
    ...listing,
    jobs: [...inOrder([...jobs.values()], added), ...tasks.filter(({ id }) => !jobs.has(id))],
    malformed: [...listing.malformed, ...malformed],
    gone,
  };
}

/** Where the whole place is out of reach the list is as old as the job. */
const isTolerable = (error: unknown): boolean =>
  !isAbort(error) &&
  !(error instanceof JobError && (error.problem.kind === 'offline' || error.problem.kind === 'signedOut'));

/** The jobs newest first, as far as their times are told; without a time at the end. */
function inOrder(listed: readonly Job[], found: readonly Job[]): readonly Job[] {
  const timeOf = ({ submitted }: Job): number => submitted?.getTime() ?? -Infinity;
  const waiting = [...found].sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : timeOf(a) > timeOf(b) ? -1 : 0));
  const all: Job[] = [];
  let next = 0;
  for (const job of listed) {
    for (let one = waiting[next]; one && job.submitted && timeOf(one) > timeOf(job); one = waiting[next]) {
      all.push(one);
      next++;
    }
    all.push(job);
  }
  return [...all, ...waiting.slice(next)];
}
