/** A signal that is never aborted, for work of bounded duration that must complete. */
export const neverAborted: AbortSignal = new AbortController().signal;

/** Creates the error that an aborted promise rejects with. */
export const createAbortError = (message = 'This operation was aborted'): DOMException =>
  new DOMException(message, 'AbortError');

/** True for the error of an aborted operation, including Node's own. */
export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

/** @throws an AbortError if the signal is aborted, regardless of its reason. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw createAbortError();
}

/** The reason of an aborted signal if it is an error; otherwise an AbortError. */
export const getAbortError = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : createAbortError();

/**
 * Resolves with the promise's value, or rejects as soon as the signal is aborted. The work itself continues
 * in the background.
 *
 * @param toError - Creates the error; by default an AbortError, regardless of the signal's reason.
 */
export function raceAbort<T>(
  work: Promise<T>,
  signal: AbortSignal,
  toError: (signal: AbortSignal) => Error = () => createAbortError(),
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(toError(signal));
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}

/** A controller that is aborted together with an outer signal. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  readonly abort: (reason?: unknown) => void;
  /** Detaches it from the outer signal. */
  readonly unlink: () => void;
}

/**
 * Creates a controller that is aborted with the outer signal, for the same reason. `AbortSignal.any` is not
 * used: it stores a record of every call in the outer signal, which may be long-lived.
 */
export function linkAbort(outer: AbortSignal): LinkedAbort {
  const inner = new AbortController();
  const stop = (): void => {
    inner.abort(outer.reason);
  };
  if (outer.aborted) stop();
  else outer.addEventListener('abort', stop, { once: true });
  return {
    signal: inner.signal,
    abort: (reason) => {
      inner.abort(reason);
    },
    unlink: () => {
      outer.removeEventListener('abort', stop);
    },
  };
}

/**
 * Shares one run among all callers while it is in progress. A caller's signal aborts only that caller's
 * promise.
 */
export function dedupeCalls<T>(run: () => Promise<T>): (signal?: AbortSignal) => Promise<T> {
  let running: Promise<T> | undefined;
  return (signal) => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return signal ? raceAbort(running, signal) : running;
  };
}
