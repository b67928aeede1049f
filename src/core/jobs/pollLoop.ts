import type { Clock } from '../domain/ports.js';
import { isAbort } from '../domain/problem.js';

/** Wakes a waiting loop. A wake during a round makes the next round start without a pause. */
export interface WakeSignal {
  readonly wake: () => void;
  /**
   * Resolves after `ms` milliseconds (undefined: never) or when woken; rejects with an AbortError when
   * aborted.
   */
  readonly wait: (ms: number | undefined, signal: AbortSignal) => Promise<void>;
}

/** Creates a wake signal for one loop. */
export function createWakeSignal(clock: Clock): WakeSignal {
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
        await (ms === undefined ? woken : Promise.race([woken, sleepQuietly(clock, ms, stop.signal)]));
      } finally {
        isPending = false;
        awaken = undefined;
        // Release the timer and the listener.
        stop.abort();
      }
      signal.throwIfAborted();
    },
  };
}

/** A sleep that resolves when it is aborted. */
const sleepQuietly = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  clock.sleep(ms, signal).catch((error: unknown) => {
    if (!isAbort(error)) throw error;
  });

/**
 * Runs rounds one after another. A round returns the milliseconds until the next one; undefined: wait to be
 * woken, without a timer. Resolves when aborted.
 */
export async function runPollLoop(
  round: () => Promise<number | undefined>,
  { wait }: WakeSignal,
  signal: AbortSignal,
): Promise<void> {
  try {
    while (!signal.aborted) await wait(await round(), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
