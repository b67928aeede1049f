import type { Clock } from '../../../core/domain/ports.js';
import { createWakeSignal } from '../../../core/jobs/pollLoop.js';

/** A queue of the messages of a socket. */
export interface SocketMessages {
  /**
   * All messages since the last call; if there are none, those that arrive first within `ms`, empty if none
   * do. Undefined: the server has closed the socket. Throws the socket's error after all earlier messages
   * were returned.
   */
  readonly next: (ms: number, signal: AbortSignal) => Promise<readonly string[] | undefined>;
  /** Closes the socket. */
  readonly close: () => void;
}

/** Maximum number of queued messages, and of their characters; above it the socket is not read. */
const maxQueuedMessages = 2_000;
const maxQueuedChars = 4_000_000;

/** Starts listening; the listener's signal aborts with the outer signal or when the queue is closed. */
export function createSocketMessages(
  listen: (signal: AbortSignal) => AsyncIterable<string>,
  clock: Clock,
  signal: AbortSignal,
): SocketMessages {
  const stop = new AbortController();
  const come = createWakeSignal(clock);
  let waiting: string[] = [];
  let chars = 0;
  let end: { readonly error?: unknown } | undefined;
  let goOn: (() => void) | undefined;

  async function pump(): Promise<void> {
    for await (const message of listen(AbortSignal.any([signal, stop.signal]))) {
      waiting.push(message);
      chars += message.length;
      come.wake();
      if (waiting.length < maxQueuedMessages && chars < maxQueuedChars) continue;
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
