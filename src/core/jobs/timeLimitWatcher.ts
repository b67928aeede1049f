import type { Job } from '../domain/job.js';
import type { Clock } from '../domain/ports.js';
import { runPollLoop, createWakeSignal } from './pollLoop.js';

/** How long before the end of its time limit a job causes a warning, in milliseconds. */
export const warnBeforeMs = 600_000;

/** A running job that will soon reach its time limit. */
export interface NearLimit<T> {
  readonly target: T;
  readonly endsAt: Date;
}

/**
 * Reports each running job once, ten minutes before it reaches its time limit; if the whole limit is shorter
 * than twenty minutes, when half of it has passed. Extending the limit causes another report. No timer runs
 * while no job has a limit.
 */
export class TimeLimitWatcher<T extends { readonly job: Job }> {
  readonly #wakeSignal;
  readonly #notifiedEndMs = new Map<string, number>();

  /** @param key - Returns a unique key of a target. */
  constructor(
    private readonly targets: () => readonly T[],
    private readonly key: (target: T) => string,
    private readonly onNearLimit: (near: NearLimit<T>) => void,
    private readonly clock: Clock,
    signal: AbortSignal,
  ) {
    this.#wakeSignal = createWakeSignal(clock);
    void runPollLoop(() => Promise.resolve(this.#checkLimits()), this.#wakeSignal, signal);
  }

  /** Call when a job has changed. */
  wake(): void {
    this.#wakeSignal.wake();
  }

  /** Reports the jobs that are due; returns the milliseconds until the next one is. */
  #checkLimits(): number | undefined {
    const now = this.clock.now().getTime();
    let next: number | undefined;
    const running = new Set<string>();
    for (const target of this.targets()) {
      const times = getLimitTimes(target.job);
      if (!times) continue;
      const key = this.key(target);
      running.add(key);
      if (this.#notifiedEndMs.get(key) === times.endMs || times.endMs <= now) continue;
      if (times.warnMs <= now) {
        this.#notifiedEndMs.set(key, times.endMs);
        this.onNearLimit({ target, endsAt: new Date(times.endMs) });
      } else next = Math.min(next ?? Infinity, times.warnMs - now);
    }
    for (const key of [...this.#notifiedEndMs.keys()]) if (!running.has(key)) this.#notifiedEndMs.delete(key);
    // The maximum delay of a timer.
    return next === undefined ? undefined : Math.min(next, 2 ** 31 - 1);
  }
}

function getLimitTimes({
  state,
  started,
  limitMs,
  tasks,
}: Job): { warnMs: number; endMs: number } | undefined {
  // Each task of an array has its own limit.
  if (tasks || state.kind !== 'running' || !started || limitMs === undefined) return undefined;
  const endMs = started.getTime() + limitMs;
  return { endMs, warnMs: endMs - Math.min(warnBeforeMs, limitMs / 2) };
}
