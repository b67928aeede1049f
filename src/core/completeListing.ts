import type { Backend, Listing } from './backend.js';
import type { Job, JobId } from './job.js';
import { isAbort, JobError } from './problem.js';

/** At most this many jobs are looked up one by one in a round. */
const mostLookUps = 20;

/** What a round has to tell of besides the newest jobs; asked once the list is there, and not before. */
export interface Expected {
  readonly wanted: () => ReadonlySet<JobId>;
  readonly known: () => readonly Job[];
}

/**
 * The newest `most` jobs of a backend, and with them those `wanted` ones that the list does not hold: too old, or too
 * new for a list that is a little behind. A wanted job that cannot be read, or is one too many to be looked up, stays as
 * it is `known`. In `gone`: the wanted jobs that are not there any more.
 *
 * @throws what listing throws; of a look-up only that nothing answers or the sign-in is not accepted.
 */
export async function completeListing(
  backend: Backend,
  most: number,
  { wanted, known }: Expected,
  signal: AbortSignal,
): Promise<Listing & { readonly gone: readonly JobId[] }> {
  const listing = await backend.list(most, signal);
  // An engine that is written to while it lists may name a job twice; what it said last is the truth.
  const jobs = new Map(listing.jobs.map((job) => [job.id, job]));
  const missing = [...wanted()].filter((id) => !jobs.has(id));
  const asKnown = (id: JobId): Job | undefined => known().find((job) => job.id === id);
  const malformed: string[] = [];
  const gone: JobId[] = [];
  const found = await Promise.all(
    missing.slice(0, mostLookUps).map(async (id) => {
      try {
        const job = await backend.job(id, signal);
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
  return {
    ...listing,
    jobs: inOrder(
      [...jobs.values()],
      [...found, ...others].filter((job) => job !== undefined),
    ),
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
  const all = [...listed];
  for (const job of found) {
    const at = all.findIndex(
      ({ submitted }) =>
        submitted !== undefined &&
        job.submitted !== undefined &&
        submitted.getTime() < job.submitted.getTime(),
    );
    all.splice(at < 0 ? all.length : at, 0, job);
  }
  return all;
}
