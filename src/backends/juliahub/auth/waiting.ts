/** A signal that stops nothing: for what has to be done to its end, and takes a bounded time. */
export const never: AbortSignal = new AbortController().signal;

/** The promise's value, or an AbortError as soon as the signal is aborted; the work itself goes on. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(new DOMException('This operation was aborted', 'AbortError'));
    };
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** Runs something once for all who ask for it meanwhile. A signal stops the waiting of the one who gave it. */
export function shared<T>(run: () => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let running: Promise<T> | undefined;
  return (signal) => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return orAborted(running, signal);
  };
}
