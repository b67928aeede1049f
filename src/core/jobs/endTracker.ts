import { isActive, type Job, type JobId } from '../domain/job.js';
import type { JobIndex } from './jobIndex.js';

/** Finished jobs whose end was not reported before. */
export interface JobEnds {
  readonly jobs: readonly Job[];
  /** True if the jobs were last seen active in an earlier session. */
  readonly whileAway: boolean;
}

/** The jobs of a connection whose end is awaited, and those whose end this window has reported. */
export class EndTracker {
  readonly #awaited = new Set<JobId>();
  /** The jobs whose end was reported, with their submission time. */
  readonly #reported = new Map<JobId, number | undefined>();
  /** The jobs that were active in the last session; empty after the first comparison. */
  #earlier: ReadonlySet<JobId> = new Set();

  /** The jobs whose end is awaited. */
  get awaited(): readonly JobId[] {
    return [...this.#awaited];
  }

  get isWaiting(): boolean {
    return this.#awaited.size > 0;
  }

  /** Sets the last known jobs of an earlier session, which are compared with the first list. */
  setEarlier(jobs: readonly Job[]): void {
    this.#earlier = new Set(jobs.filter(isActive).map(({ id }) => id));
  }

  /** Starts awaiting the end of a job; returns false if it is already awaited or was reported. */
  add(id: JobId, job: Job | undefined): boolean {
    if (this.#awaited.has(id) || this.#isReported(id, job)) return false;
    this.#awaited.add(id);
    return true;
  }

  /** Stops awaiting jobs that no longer exist. */
  drop(ids: readonly JobId[]): void {
    for (const id of ids) this.#awaited.delete(id);
  }

  /**
   * The jobs, without tasks, that were active in `old` or are awaited, and have finished in `next`.
   * `changed`: the jobs that are new or look different.
   */
  findEnded(old: JobIndex, next: JobIndex, changed: readonly Job[]): readonly Job[] {
    // A short job can finish before it is ever listed. Its end is reported if it is awaited.
    const awaited = [...this.#awaited].flatMap((id) => next.get(id) ?? []);
    return [...new Set([...changed, ...awaited])].filter((job) => {
      const before = old.get(job.id);
      const isExpected = (before && isActive(before)) || this.#awaited.has(job.id);
      return !isActive(job) && isExpected && !next.parentOf(job);
    });
  }

  /** Stops awaiting the jobs of a list that have finished. */
  settle(index: JobIndex): void {
    for (const id of this.#awaited) {
      const job = index.get(id);
      if (job && !isActive(job)) this.#awaited.delete(id);
    }
  }

  /** The ends to report now, those from before this session first. No end is returned twice. */
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

  /** A requeued job finishes again. */
  #isReported(id: JobId, job: Job | undefined): boolean {
    return this.#reported.has(id) && (!job || this.#reported.get(id) === job.submitted?.getTime());
  }
}
