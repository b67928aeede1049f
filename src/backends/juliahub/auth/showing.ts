import { orAborted } from './waiting.js';

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
  const inner = new AbortController();
  const stop = (): void => {
    inner.abort(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const failed = show().then(() => new Promise<never>(() => undefined));
    return await orAborted(Promise.race([wait(inner.signal), failed]), signal);
  } finally {
    signal.removeEventListener('abort', stop);
    inner.abort();
  }
}
