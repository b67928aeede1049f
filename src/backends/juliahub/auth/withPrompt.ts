import { linkAbort, raceAbort } from '../../../lib/abort.js';

/** Shows a page and, if any, the code that it should display; can take as long as the user needs. */
export type ShowSignInPage = (url: string, code: string | undefined) => Promise<void>;

/**
 * Waits while a page is shown to the user. Ignores how long showing it takes; if showing it fails, ends the
 * wait and rethrows the error. The outer signal ends the wait too.
 */
export async function withPrompt<T>(
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
