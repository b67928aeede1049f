import { isActive, type Job } from '../domain/job.js';
import { mostKnown } from './knownJobs.js';

/** How many jobs are asked for at first, and how many more with each *Load more*. */
export const pageOfJobs = 20;

/** So many ended jobs are asked for besides the active ones at least: one that has just ended is not to vanish at once. */
const minEnded = 10;

/** How many jobs of a connection to ask for. */
export class AskedCount {
  #asked = pageOfJobs;
  /** How many the last round asked for. */
  #listed = pageOfJobs;

  /**
   * From now on more than the `shown` ones (0: it is not known which are there); twice as many where active ones are
   * among those that are left out.
   */
  add(shown: number, moreActive: number): void {
    const now = Math.max(this.#asked, shown);
    this.#asked = now + (moreActive > 0 ? now : pageOfJobs);
  }

  /**
   * Enough for the oldest active one of those that are known, so that it need not be looked up by itself, and for some
   * that have ended. Where all of a list are active there may be no end of them, unless it holds more than was asked for.
   */
  next(known: readonly Job[]): number {
    const active = known.filter(isActive).length;
    const isEndless = active === known.length && active <= this.#listed;
    const oldest = Math.min(mostKnown, known.findLastIndex(isActive) + 1);
    this.#listed = Math.max(this.#asked, oldest, isEndless ? 0 : active + minEnded);
    return this.#listed;
  }
}
