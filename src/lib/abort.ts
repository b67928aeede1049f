/** A signal that stops nothing: for work that has to be finished and takes a bounded time. */
export const neverAborted: AbortSignal = new AbortController().signal;

/** The error that an aborted promise rejects with. */
export const createAbortError = (message = 'This operation was aborted'): DOMException =>
  new DOMException(message, 'AbortError');

/** True for the error of an aborted operation, Node's own included. */
export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

/** @throws an AbortError where the signal is aborted, whatever reason it carries. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw createAbortError();
}

/** The reason of an aborted signal where that is an error, else an AbortError. */
export const getAbortError = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : createAbortError();

/**
 * The promise's value, or an error as soon as the signal is aborted; the work itself goes on unobserved.
 *
 * @param toError - Makes the error; an AbortError, whatever reason the signal carries, unless given.
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
  /** Leaves the outer signal alone from now on. */
  readonly unlink: () => void;
}

/**
 * A controller that is aborted with the outer signal, for the same reason. Linked by hand: `AbortSignal.any` keeps a
 * record in the outer signal, which may be long-lived, for every call.
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
 * Runs something once for all who ask while it runs. A signal stops the waiting of the caller that gave it, and nothing
 * else.
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
