import { isActive, type Job, type JobId } from '../domain/job.js';
import type { JobIndex } from './jobIndex.js';

/** Jobs that have ended and whose end was not reported before. */
export interface JobEnds {
  readonly jobs: readonly Job[];
  /** True where an earlier window saw them last. */
  readonly whileAway: boolean;
}

/** The jobs of a connection whose end is waited for, and those whose end this window has reported. */
export class EndTracker {
  readonly #awaited = new Set<JobId>();
  /** The jobs whose end was reported, with when they were submitted. */
  readonly #reported = new Map<JobId, number | undefined>();
  /** The active jobs that an earlier window saw last; empty once they were compared. */
  #earlier: ReadonlySet<JobId> = new Set();

  /** The jobs whose end is waited for. */
  get awaited(): readonly JobId[] {
    return [...this.#awaited];
  }

  get isWaiting(): boolean {
    return this.#awaited.size > 0;
  }

  /** The last known jobs of an earlier window; the first list is compared with them. */
  setEarlier(jobs: readonly Job[]): void {
    this.#earlier = new Set(jobs.filter(isActive).map(({ id }) => id));
  }

  /** Waits for the end of a job from now on; false: it is waited for already, or its end was reported. */
  add(id: JobId, job: Job | undefined): boolean {
    if (this.#awaited.has(id) || this.#isReported(id, job)) return false;
    this.#awaited.add(id);
    return true;
  }

  /** Stops waiting for jobs that are not there any more. */
  drop(ids: readonly JobId[]): void {
    for (const id of ids) this.#awaited.delete(id);
  }

  /**
   * The jobs, tasks left out, that were active in `old` or are waited for and have ended in the next list. `changed`: the
   * jobs that are new or look different.
   */
  findEnded(old: JobIndex, next: JobIndex, changed: readonly Job[]): readonly Job[] {
    // A quick job may have ended before it was ever listed; its end is reported where it is waited for.
    const awaited = [...this.#awaited].flatMap((id) => next.get(id) ?? []);
    return [...new Set([...changed, ...awaited])].filter((job) => {
      const before = old.get(job.id);
      const isExpected = (before && isActive(before)) || this.#awaited.has(job.id);
      return !isActive(job) && isExpected && !next.parentOf(job);
    });
  }

  /** Stops waiting for the jobs of a list that have ended. */
  settle(index: JobIndex): void {
    for (const id of this.#awaited) {
      const job = index.get(id);
      if (job && !isActive(job)) this.#awaited.delete(id);
    }
  }

  /** The ends to report now, those of an absence first; none is given a second time. */
  report(index: JobIndex, ended: readonly Job[]): readonly JobEnds[] {
    const earlier = this.#earlier;
    this.#earlier = new Set();
    const away = new Set(index.top.filter((job) => !isActive(job) && earlier.has(job.id)));
    const here = ended.filter((job) => !away.has(job) && !this.#isReported(job.id, job));
    for (const { id, submitted } of [...away, ...here]) this.#reported.set(id, submitted?.getTime());
    const ends = [
      { jobs: [...away], whileAway: true },
      { jobs: here, whileAway: false },
    ];
    return ends.filter(({ jobs }) => jobs.length > 0);
  }

  /** A job that is queued again has another end than the one that was reported. */
  #isReported(id: JobId, job: Job | undefined): boolean {
    return this.#reported.has(id) && (!job || this.#reported.get(id) === job.submitted?.getTime());
  }
}
