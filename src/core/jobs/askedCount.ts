import { isActive, type Job } from '../domain/job.js';
import { mostKnown } from './knownJobs.js';

/** The number of jobs to list initially, and to add with each *Load More*. */
export const pageOfJobs = 20;

/**
 * The minimum number of finished jobs to list in addition to the active ones, so that a job does not
 * disappear as soon as it finishes.
 */
const minEnded = 10;

/** The number of jobs of a connection to list. */
export class AskedCount {
  #asked = pageOfJobs;
  /** The number requested by the last poll. */
  #listed = pageOfJobs;

  /**
   * Requests more jobs than the `shown` ones (0: unknown) from now on; twice as many if some of the hidden
   * jobs are active.
   */
  add(shown: number, moreActive: number): void {
    const now = Math.max(this.#asked, shown);
    this.#asked = now + (moreActive > 0 ? now : pageOfJobs);
  }

  /**
   * Returns a number that includes the oldest known active job, which otherwise would need a separate
   * request, and some finished ones. If all known jobs are active, more may follow, unless the list contained
   * more than was requested.
   */
  next(known: readonly Job[]): number {
    const active = known.filter(isActive).length;
    const isEndless = active === known.length && active <= this.#listed;
    const oldest = Math.min(mostKnown, known.findLastIndex(isActive) + 1);
    this.#listed = Math.max(this.#asked, oldest, isEndless ? 0 : active + minEnded);
    return this.#listed;
  }
}
