import type { Clock } from '../core/domain/ports.js';

/** A timeout that runs only while data is expected from the peer. */
export interface Silence {
  /** Starts or restarts the timeout. */
  readonly wait: () => void;
  /** Stops the timeout. */
  readonly rest: () => void;
}

/**
 * Creates a timeout whose callback runs after this time without data from the peer; the time is evaluated at
 * each start.
 */
export function silence(ms: () => number, clock: Clock, over: () => void): Silence {
  let waiting = new AbortController();
  const rest = (): void => {
    waiting.abort();
  };
  return {
    rest,
    wait: () => {
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
