import { setTimeout as sleep } from 'node:timers/promises';

/** Default timeout for something on screen, in milliseconds; most is there within one second on an idle machine. */
export const patienceMs = 30_000;

/**
 * Polls until a value is available.
 *
 * @param look - returns undefined or false until then
 * @param complaint - returns the message on timeout; called at the end, so that it can describe the actual
 *   state
 * @returns the value of `look`
 */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  complaint: () => string,
  ms: number = patienceMs,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    // An error during a poll may be temporary; the last attempt reports it.
    const found = await Promise.resolve(look()).catch((error: unknown) => {
      if (Date.now() > end) throw error;
      return undefined;
    });
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`${complaint()} (waited ${ms / 1000} s)`);
    await sleep(50);
  }
}
