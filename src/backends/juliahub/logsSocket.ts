import type { Clock } from '../../core/domain/ports.js';
import { waker } from '../../core/jobs/repeat.js';

/** Messages of a socket that come while they are not looked for. */
export interface Heard {
  /**
   * All that came since; where there are none, those that come first within `ms`; empty: none did. Undefined: the other
   * side has ended it. Throws what the socket threw, once all before it was given.
   */
  readonly next: (ms: number, signal: AbortSignal) => Promise<readonly string[] | undefined>;
  /** Ends it on this side. */
  readonly close: () => void;
}

/** Messages wait up to this number, or this many characters; then the socket is not read. */
const mostWaiting = 2_000;
const mostWaitingChars = 4_000_000;

/** Listens from now on; `listen` is given a signal that ends with this or is closed with it. */
export function hear(
  listen: (signal: AbortSignal) => AsyncIterable<string>,
  clock: Clock,
  signal: AbortSignal,
): Heard {
  const stop = new AbortController();
  const come = waker(clock);
  let waiting: string[] = [];
  let chars = 0;
  let end: { readonly error?: unknown } | undefined;
  let goOn: (() => void) | undefined;

  async function pump(): Promise<void> {
    for await (const message of listen(AbortSignal.any([signal, stop.signal]))) {
      waiting.push(message);
      chars += message.length;
      come.wake();
      if (waiting.length < mostWaiting && chars < mostWaitingChars) continue;
      await new Promise<void>((resolve) => (goOn = resolve));
      if (stop.signal.aborted) return;
    }
  }
  void pump()
    .then(() => (end = {}))
    .catch((error: unknown) => (end = { error }))
    .finally(come.wake);

  function taken(): readonly string[] {
    const messages = waiting;
    waiting = [];
    chars = 0;
    goOn?.();
    return messages;
  }

  return {
    next: async (ms, ownSignal) => {
      if (waiting.length === 0 && !end) await come.wait(ms, ownSignal);
      if (waiting.length > 0 || !end) return taken();
      if ('error' in end) throw end.error;
      return undefined;
    },
    close: () => {
      stop.abort();
      goOn?.();
    },
  };
}
