import type { Clock } from '../core/domain/ports.js';

/** Time that passes only while the other side is waited for. */
export interface Silence {
  /** From now on it is waited for; where it was already, the time begins anew. */
  readonly wait: () => void;
  /** It is waited for no longer. */
  readonly rest: () => void;
}

/** Calls `over` once the other side was waited for as long as `ms` says, asked each time, without a word from it. */
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
