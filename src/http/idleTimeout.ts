import type { Clock } from '../core/domain/ports.js';

/** A timeout that runs only while data is expected from the peer. */
export interface IdleTimeout {
  /** Starts or restarts the timeout. */
  readonly start: () => void;
  /** Stops the timeout. */
  readonly pause: () => void;
}

/**
 * Creates a timeout whose callback runs after this time without data from the peer; the time is evaluated at
 * each start.
 */
export function createIdleTimeout(ms: () => number, clock: Clock, over: () => void): IdleTimeout {
  let waiting = new AbortController();
  const rest = (): void => {
    waiting.abort();
  };
  return {
    pause: rest,
    start: () => {
      rest();
      const mine = new AbortController();
      waiting = mine;
      clock.sleep(Math.max(0, ms()), mine.signal).then(
        () => {
          if (!mine.signal.aborted) over();
        },
        () => undefined,
      );
    },
  };
}
