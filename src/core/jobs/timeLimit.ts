import type { Clock } from '../domain/ports.js';

/**
 * Runs something that has to be done within `ms`. Too late: its signal is aborted, and `late` is thrown without waiting
 * for it any longer. The outer signal stops it as well.
 */
export async function withinTime<T>(
  run: (signal: AbortSignal) => Promise<T>,
  { ms, late, clock }: { readonly ms: number; readonly late: () => Error; readonly clock: Clock },
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  // Linked by hand: `AbortSignal.any` keeps a record in the long-lived outer signal for every round.
  const inner = new AbortController();
  const stop = (): void => {
    inner.abort(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  const tooLate = clock.sleep(ms, inner.signal).then(() => {
    throw late();
  });
  try {
    return await Promise.race([run(inner.signal), tooLate]);
  } finally {
    signal.removeEventListener('abort', stop);
    inner.abort();
  }
}
