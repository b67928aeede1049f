import type { Clock } from '../domain/ports.js';
import { isAbort } from '../domain/problem.js';

/** Wakes a loop that waits or rests; a wake during a round makes the next one follow at once. */
export interface Waker {
  readonly wake: () => void;
  /** Resolves after `ms` (undefined: never by itself) or when woken; rejects with an AbortError when stopped. */
  readonly wait: (ms: number | undefined, signal: AbortSignal) => Promise<void>;
}

/** A waker for one loop. */
export function waker(clock: Clock): Waker {
  let isPending = false;
  let awaken: (() => void) | undefined;
  return {
    wake: () => {
      isPending = true;
      awaken?.();
    },
    wait: async (ms, signal) => {
      signal.throwIfAborted();
      const stop = new AbortController();
      const woken = new Promise<void>((resolve) => {
        awaken = resolve;
        if (isPending) resolve();
        signal.addEventListener(
          'abort',
          () => {
            resolve();
          },
          { once: true, signal: stop.signal },
        );
      });
      try {
        await (ms === undefined ? woken : Promise.race([woken, slept(clock, ms, stop.signal)]));
      } finally {
        isPending = false;
        awaken = undefined;
        // No timer and no listener outlives the wait.
        stop.abort();
      }
      signal.throwIfAborted();
    },
  };
}

/** A sleep that ends quietly when it is no longer waited for. */
const slept = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  clock.sleep(ms, signal).catch((error: unknown) => {
    if (!isAbort(error)) throw error;
  });

/**
 * Runs rounds one after the other, never two at a time. A round says after how many milliseconds the next one follows;
 * undefined: it rests, without any timer, until woken. Ends when stopped.
 */
export async function repeat(
  round: () => Promise<number | undefined>,
  { wait }: Waker,
  signal: AbortSignal,
): Promise<void> {
  try {
    while (!signal.aborted) await wait(await round(), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
