import { getRunStartMs } from '../domain/jobFailure.js';
import type { Job } from '../domain/job.js';
import type { Clock } from '../domain/ports.js';
import type { Disposable } from '../../lib/lifetime.js';

/** How long a percentage counts that is no longer being followed, in milliseconds. */
const maxUnfollowedMs = 60_000;

/** The maximum number of jobs whose progress is stored. */
const maxTrackedJobs = 200;

/** The progress of a running job, as its log shows it. Times in milliseconds since 1970. */
export interface LogProgress {
  readonly percent: number;
  /** When the percentage last changed. */
  readonly movedMs: number;
  /** Where the estimate starts: the start of the job, or the start of its second progress bar. */
  readonly base: { readonly percent: number; readonly atMs: number } | undefined;
}

interface TrackedProgress extends LogProgress {
  /** See {@link getRunStartMs}. */
  readonly runMs: number | undefined;
  readonly seenMs: number;
  /** How often the percentage has decreased: a job can draw several progress bars. */
  readonly restarts: number;
}

/** The progress of jobs, by the ids of their rows, from log text that is read for other reasons. */
export class ProgressTracker {
  readonly #tracked = new Map<string, TrackedProgress>();
  readonly #followers = new Map<string, number>();

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  /** Records a percentage from a job's log. */
  add(rowId: string, job: Job, percent: number): void {
    const nowMs = this.clock.now().getTime();
    const runMs = getRunStartMs(job);
    const last = this.#tracked.get(rowId);
    const old = last?.runMs === runMs ? last : undefined;
    const isRestart = old !== undefined && percent < old.percent;
    const restarts = (old?.restarts ?? 0) + (isRestart ? 1 : 0);
    const startMs = job.started?.getTime();
    const first = old ? old.base : startMs === undefined ? undefined : { percent: 0, atMs: startMs };
    // The time that a job needs for more than two bars cannot be estimated from one of them.
    const base = restarts > 1 ? undefined : isRestart ? { percent, atMs: nowMs } : first;
    this.#tracked.delete(rowId);
    this.#tracked.set(rowId, {
      percent,
      movedMs: old?.percent === percent ? old.movedMs : nowMs,
      base,
      runMs,
      seenMs: nowMs,
      restarts,
    });
    for (const oldest of this.#tracked.keys()) {
      if (this.#tracked.size <= maxTrackedJobs) break;
      this.#tracked.delete(oldest);
    }
  }

  /** While a log is followed, its last percentage is the present one. */
  follow(rowId: string): Disposable {
    const count = (change: number): void => {
      this.#followers.set(rowId, (this.#followers.get(rowId) ?? 0) + change);
      if (this.#followers.get(rowId) === 0) this.#followers.delete(rowId);
    };
    count(1);
    let isFollowing = true;
    return {
      dispose: () => {
        if (isFollowing) count(-1);
        isFollowing = false;
      },
    };
  }

  /** The present progress of a running job; undefined if unknown. */
  get(rowId: string, job: Job): LogProgress | undefined {
    const tracked = this.#tracked.get(rowId);
    if (!tracked || job.state.kind !== 'running' || tracked.runMs !== getRunStartMs(job)) return undefined;
    const ageMs = this.clock.now().getTime() - tracked.seenMs;
    return this.#followers.has(rowId) || ageMs <= maxUnfollowedMs ? tracked : undefined;
  }
}
