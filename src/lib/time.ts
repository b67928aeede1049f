import { linkAbort } from './abort.js';

/** An hour, in milliseconds. */
export const hourMs = 3_600_000;

/** A day, in milliseconds. */
export const dayMs = 24 * hourMs;

/** The current time, and delays. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms` milliseconds; rejects with an AbortError when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The pause after a number of consecutive failures: doubled each time, from `firstMs` to at most `maxMs`. */
export const getBackoffMs = (failures: number, firstMs: number, maxMs = Infinity): number =>
  Math.min(maxMs, firstMs * 2 ** Math.max(0, failures - 1));

/** Waits at most `ms` milliseconds; the work continues. Undefined after the timeout. */
export async function waitUpTo<T>(
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
 * Runs something with a timeout of `ms` milliseconds. After it, the signal of `run` is aborted, and `late()`
 * is thrown without waiting. The outer signal also aborts it.
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
