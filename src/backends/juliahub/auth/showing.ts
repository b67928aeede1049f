import { linkAbort, raceAbort } from '../../../lib/abort.js';

/** Shows a page to the user, and the code that it should show as well; may take as long as the user likes. */
export type Show = (url: string, code: string | undefined) => Promise<void>;

/**
 * Waits for something while a page is shown to the user; how long the showing takes does not matter, but where it fails,
 * that is thrown and the waiting is stopped. The outer signal stops the waiting as well.
 */
export async function whileShown<T>(
  show: () => Promise<void>,
  wait: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const inner = linkAbort(signal);
  try {
    const failed = show().then(() => new Promise<never>(() => undefined));
    return await raceAbort(Promise.race([wait(inner.signal), failed]), signal);
  } finally {
    inner.unlink();
    inner.abort();
  }
}
