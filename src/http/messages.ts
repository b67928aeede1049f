/** Messages between a socket, which gives them, and the one who reads them. */
export interface Messages {
  readonly add: (message: string) => void;
  /** There will be no more. Only the first of `end` and `fail` counts. */
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
  /** As `fail`, but what waits is not given any more. */
  readonly stop: (error: unknown) => void;
  /** The next one; undefined: there will be none. Throws what failed, once all before it was given. */
  readonly next: () => Promise<string | undefined>;
  /** How much waits, as a part of what may: from 1 on it is too much. */
  readonly fill: () => number;
}

/** Messages of which so many, or so many characters, may wait. */
export function messages(most: number, mostChars: number): Messages {
  let waiting: string[] = [];
  let taken = 0;
  let chars = 0;
  let over: { readonly error?: unknown } | undefined;
  let wake: (() => void) | undefined;

  const finish = (how: { readonly error?: unknown }): void => {
    over ??= how;
    wake?.();
  };

  /** Moves on by an index: to shift an array would move all that waits. */
  function take(): string | undefined {
    const message = waiting[taken];
    if (message === undefined) return undefined;
    taken++;
    chars -= message.length;
    if (taken === waiting.length) {
      waiting = [];
      taken = 0;
    }
    return message;
  }

  return {
    add: (message) => {
      waiting.push(message);
      chars += message.length;
      wake?.();
    },
    end: () => {
      finish({});
    },
    fail: (error) => {
      finish({ error });
    },
    stop: (error) => {
      waiting = [];
      taken = 0;
      chars = 0;
      over = { error };
      wake?.();
    },
    next: async () => {
      for (;;) {
        const message = take();
        if (message !== undefined) return message;
        if (over && 'error' in over) throw over.error;
        if (over) return undefined;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    fill: () => Math.max((waiting.length - taken) / most, chars / mostChars),
  };
}
