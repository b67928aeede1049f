import { isActive, type Job, type JobId } from '../domain/job.js';
import type { JobIndex } from './jobIndex.js';

/** Finished jobs whose end was not reported before. */
export interface FinishedJobs {
  readonly jobs: readonly Job[];
  /** True if the jobs were last seen active in an earlier session. */
  readonly whileAway: boolean;
}

/** The jobs of a connection whose end is awaited, and those whose end this window has reported. */
export class EndTracker {
  readonly #awaitedSet = new Set<JobId>();
  /** The jobs whose end was reported, with their submission time. */
  readonly #reportedJobs = new Map<JobId, number | undefined>();
  /** The jobs that were active in the last session; empty after the first comparison. */
  #previousActive: ReadonlySet<JobId> = new Set();

  /** The jobs whose end is awaited. */
  get awaitedIds(): readonly JobId[] {
    return [...this.#awaitedSet];
  }

  get isWaiting(): boolean {
    return this.#awaitedSet.size > 0;
  }

  /** Sets the last known jobs of an earlier session, which are compared with the first list. */
  setPreviousJobs(jobs: readonly Job[]): void {
    this.#previousActive = new Set(jobs.filter(isActive).map(({ id }) => id));
  }

  /** Starts awaiting the end of a job; returns false if it is already awaited or was reported. */
  add(id: JobId, job: Job | undefined): boolean {
    if (this.#awaitedSet.has(id) || this.#isReported(id, job)) return false;
    this.#awaitedSet.add(id);
    return true;
  }

  /** Stops awaiting jobs that no longer exist. */
  drop(ids: readonly JobId[]): void {
    for (const id of ids) this.#awaitedSet.delete(id);
  }

  /**
   * The jobs, without tasks, that were active in `old` or are awaited, and have finished in `next`.
   * `changed`: the jobs that are new or look different.
   */
  findFinished(old: JobIndex, next: JobIndex, changed: readonly Job[]): readonly Job[] {
    // A short job can finish before it is ever listed. Its end is reported if it is awaited.
    const awaited = [...this.#awaitedSet].flatMap((id) => next.get(id) ?? []);
    return [...new Set([...changed, ...awaited])].filter((job) => {
      const before = old.get(job.id);
      const isExpected = (before && isActive(before)) || this.#awaitedSet.has(job.id);
      return !isActive(job) && isExpected && !next.getParent(job);
    });
  }

  /** Stops awaiting the jobs of a list that have finished. */
  dropFinished(index: JobIndex): void {
    for (const id of this.#awaitedSet) {
      const job = index.get(id);
      if (job && !isActive(job)) this.#awaitedSet.delete(id);
    }
  }

  /** The ends to report now, those from before this session first. No end is returned twice. */
  takeUnreported(index: JobIndex, ended: readonly Job[]): readonly FinishedJobs[] {
    const earlier = this.#previousActive;
    this.#previousActive = new Set();
    const away = new Set(index.top.filter((job) => !isActive(job) && earlier.has(job.id)));
    const here = ended.filter((job) => !away.has(job) && !this.#isReported(job.id, job));
    for (const { id, submitted } of [...away, ...here]) this.#reportedJobs.set(id, submitted?.getTime());
    const ends = [
      { jobs: [...away], whileAway: true },
      { jobs: here, whileAway: false },
    ];
    return ends.filter(({ jobs }) => jobs.length > 0);
  }

  /** A requeued job finishes again. */
  #isReported(id: JobId, job: Job | undefined): boolean {
    return this.#reportedJobs.has(id) && (!job || this.#reportedJobs.get(id) === job.submitted?.getTime());
  }
}
