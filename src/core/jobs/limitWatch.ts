import type { Job } from '../domain/job.js';
import type { Clock } from '../domain/ports.js';
import { repeat, waker } from './repeat.js';

/** How long before its limit a job is worth a warning, in milliseconds. */
export const warnBeforeMs = 600_000;

/** A running job that will soon be ended by its time limit. */
export interface NearLimit<T> {
  readonly target: T;
  readonly endsAt: Date;
}

/**
 * Tells of each running job once, ten minutes before its limit ends it; a job whose whole limit is shorter than that,
 * when half of it is left. An extended limit counts as another one. Rests, without a timer, while no job has a limit.
 */
export class LimitWatch<T extends { readonly job: Job }> {
  readonly #waker;
  readonly #told = new Map<string, number>();

  /** @param key - Names a target among all. */
  constructor(
    private readonly targets: () => readonly T[],
    private readonly key: (target: T) => string,
    private readonly tell: (near: NearLimit<T>) => void,
    private readonly clock: Clock,
    signal: AbortSignal,
  ) {
    this.#waker = waker(clock);
    void repeat(() => Promise.resolve(this.#look()), this.#waker, signal);
  }

  /** Something about the jobs is another. */
  wake(): void {
    this.#waker.wake();
  }

  /** Tells of those that are near; milliseconds until the next one is. */
  #look(): number | undefined {
    const now = this.clock.now().getTime();
    let next: number | undefined;
    const running = new Set<string>();
    for (const target of this.targets()) {
      const times = timesOf(target.job);
      if (!times) continue;
      const key = this.key(target);
      running.add(key);
      if (this.#told.get(key) === times.endMs || times.endMs <= now) continue;
      if (times.warnMs <= now) {
        this.#told.set(key, times.endMs);
        this.tell({ target, endsAt: new Date(times.endMs) });
      } else next = Math.min(next ?? Infinity, times.warnMs - now);
    }
    for (const key of [...this.#told.keys()]) if (!running.has(key)) this.#told.delete(key);
    // A timer takes no more than this.
    return next === undefined ? undefined : Math.min(next, 2 ** 31 - 1);
  }
}

function timesOf({ state, started, limitMs, tasks }: Job): { warnMs: number; endMs: number } | undefined {
  // Each task of an array has a limit of its own.
  if (tasks || state.kind !== 'running' || !started || limitMs === undefined) return undefined;
  const endMs = started.getTime() + limitMs;
  return { endMs, warnMs: endMs - Math.min(warnBeforeMs, limitMs / 2) };
}
