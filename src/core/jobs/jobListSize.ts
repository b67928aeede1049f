import { isActive, type Job } from '../domain/job.js';
import { maxCachedJobs } from './jobSerialization.js';

/** The number of jobs to list initially, and to add with each *Load More*. */
export const jobPageSize = 20;

/**
 * The minimum number of finished jobs to list in addition to the active ones, so that a job does not
 * disappear as soon as it finishes.
 */
const minEndedJobs = 10;

/** The number of jobs of a connection to list. */
export class JobListSize {
  #requested = jobPageSize;
  /** The number requested by the last poll. */
  #listed = jobPageSize;
  /** The minimum number while a search needs it. */
  searched = 0;

  /**
   * Requests more jobs than the `shown` ones (0: unknown) from now on; twice as many if some of the hidden
   * jobs are active.
   */
  add(shown: number, moreActive: number): void {
    const now = Math.max(this.#requested, shown);
    this.#requested = now + (moreActive > 0 ? now : jobPageSize);
  }

  /**
   * Returns a number that includes the oldest known active job, which otherwise would need a separate
   * request, and some finished ones. If all known jobs are active, more may follow, unless the list contained
   * more than was requested.
   */
  next(known: readonly Job[]): number {
    const active = known.filter(isActive).length;
    const isEndless = active === known.length && active <= this.#listed;
    const oldest = Math.min(maxCachedJobs, known.findLastIndex(isActive) + 1);
    this.#listed = Math.max(this.#requested, this.searched, oldest, isEndless ? 0 : active + minEndedJobs);
    return this.#listed;
  }
}
