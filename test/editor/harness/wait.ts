import { setTimeout as sleep } from 'node:timers/promises';

/** How long something on the screen may take, in milliseconds, unless a test says otherwise. */
export const patienceMs = 15_000;

/**
 * Looks again and again until there is something to return.
 *
 * @param look - gives undefined or false while it is not yet so
 * @param complaint - what to say when it never was; asked at the end, so that it can tell what was there instead
 * @returns what `look` gave
 */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  complaint: () => string,
  ms: number = patienceMs,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    // What goes wrong while looking may be right the next time; the last chance tells it.
    const found = await Promise.resolve(look()).catch((error: unknown) => {
      if (Date.now() > end) throw error;
      return undefined;
    });
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`${complaint()} (waited ${ms / 1000} s)`);
    await sleep(50);
  }
}
