import type { Clock } from '../../src/core/domain/ports.js';

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Lets this time pass: what sleeps wakes in its order, and what follows from each is done before the next. */
  readonly advance: (ms: number) => Promise<void>;
  /** Sets the time by so much, as a user does, or a machine that asks for it: what sleeps goes on sleeping as long. */
  readonly jump: (ms: number) => void;
  /** How many sleep. */
  readonly sleepers: () => number;
}

interface Sleeper {
  until: number;
  readonly wake: () => void;
}

/** Lets all that is ready run, also what follows from it and file operations that are quick. */
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
