import type { Clock } from '../../src/core/domain/ports.js';

/** A clock that is stopped until a test advances it. */
export interface FakeClock extends Clock {
  /**
   * Advances the time: sleepers wake in order, and the work that follows from each is done before the next.
   */
  readonly advance: (ms: number) => Promise<void>;
  /**
   * Changes the time of day, as a user or a time server does: sleepers continue to sleep for the same time.
   */
  readonly jump: (ms: number) => void;
  /** The number of sleepers. */
  readonly sleepers: () => number;
}

interface Sleeper {
  until: number;
  readonly wake: () => void;
}

/** Runs everything that is ready, including what follows from it and fast file operations. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A clock at `start` that only {@link FakeClock.advance} moves. */
export function fakeClock(start = new Date('2026-03-05T12:00:00Z')): FakeClock {
  let now = start.getTime();
  const sleepers = new Set<Sleeper>();
  return {
    now: () => new Date(now),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const abort = (): void => {
          sleepers.delete(sleeper);
          reject(new DOMException('stopped', 'AbortError'));
        };
        const sleeper = {
          until: now + ms,
          wake: () => {
            signal.removeEventListener('abort', abort);
            resolve();
          },
        };
        if (signal.aborted) {
          abort();
          return;
        }
        signal.addEventListener('abort', abort, { once: true });
        sleepers.add(sleeper);
      }),
    advance: async (ms) => {
      const end = now + ms;
      await settle();
      for (;;) {
        const [next] = [...sleepers].filter(({ until }) => until <= end).sort((a, b) => a.until - b.until);
        if (!next) break;
        now = Math.max(now, next.until);
        sleepers.delete(next);
        next.wake();
        await settle();
      }
      now = end;
    },
    jump: (ms) => {
      now += ms;
      for (const sleeper of sleepers) sleeper.until += ms;
    },
    sleepers: () => sleepers.size,
  };
}
