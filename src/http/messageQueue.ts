/** A queue of messages between a socket and its reader. */
export interface MessageQueue {
  readonly add: (message: string) => void;
  /** Ends the queue. Only the first call of `end` or `fail` has an effect. */
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
  /** Like `fail`, but discards the queued messages. */
  readonly stop: (error: unknown) => void;
  /** The next message; undefined at the end. Throws the failure after all earlier messages were returned. */
  readonly next: () => Promise<string | undefined>;
  /** How full the queue is; 1 or more: full. */
  readonly getFillLevel: () => number;
}

/** Creates a queue that is full at this number of messages or characters. */
export function createMessageQueue(most: number, maxChars: number): MessageQueue {
  let waiting: string[] = [];
  let taken = 0;
  let chars = 0;
  let over: { readonly error?: unknown } | undefined;
  let wake: (() => void) | undefined;

  const finish = (how: { readonly error?: unknown }): void => {
    over ??= how;
    wake?.();
  };

  /** Advances an index, since shifting an array would move all queued messages. */
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
    getFillLevel: () => Math.max((waiting.length - taken) / most, chars / maxChars),
  };
}
