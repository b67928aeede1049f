import { linkAbort } from './abort.js';

/** An hour, in milliseconds. */
export const hourMs = 3_600_000;

/** A day, in milliseconds. */
export const dayMs = 24 * hourMs;

/** The time, and waiting. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`; rejects with an AbortError when stopped. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The wait after the given number of failures in a row: doubled with each, from `firstMs` to at most `maxMs`. */
export const backoffMs = (failures: number, firstMs: number, maxMs = Infinity): number =>
  Math.min(maxMs, firstMs * 2 ** Math.max(0, failures - 1));

/** Waits so many milliseconds at most; the work goes on. Undefined: it takes longer. */
export async function waitAtMost<T>(
  work: Promise<T>,
  ms: number,
  clock: Pick<Clock, 'sleep'>,
): Promise<T | undefined> {
  const enough = new AbortController();
  const late = clock.sleep(ms, enough.signal).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    enough.abort();
  }
}

/**
 * Runs something that has to be done within `ms`. Too late: its signal is aborted, and `late` is thrown without waiting
 * for it any longer. The outer signal stops it as well.
 */
export async function withTimeout<T>(
  run: (signal: AbortSignal) => Promise<T>,
  { ms, late, clock }: { readonly ms: number; readonly late: () => Error; readonly clock: Clock },
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const inner = linkAbort(signal);
  const tooLate = clock.sleep(ms, inner.signal).then(() => {
    throw late();
  });
  try {
    return await Promise.race([run(inner.signal), tooLate]);
  } finally {
    inner.unlink();
    inner.abort();
  }
}
