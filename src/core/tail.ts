import type { LogEvent, LogStart } from './log.js';
import type { Clock } from './ports.js';
import { isAbort, JobError } from './problem.js';
import { backOffMs } from './repeat.js';
import type { Say } from './say.js';
import { TailText } from './tailText.js';

/** Where a log is shown: text is added at the end, and now and then all of it is replaced. */
export interface Sink {
  readonly append: (text: string) => void;
  readonly replaceAll: (text: string) => void;
}

/** What stands before each line. */
export type TimeStamps = 'none' | 'clock' | 'sinceStart';

/** How a log is shown. */
export interface TailOptions {
  readonly from: LogStart;
  /** The most the sink is to hold, in characters. */
  readonly maxChars: number;
  readonly times: TimeStamps;
  /** Undefined: not started when reading began; times then count from the first line. */
  readonly startedAt: Date | undefined;
  /** Takes colour codes out of a text. */
  readonly strip: (text: string) => string;
  readonly say: Say;
  readonly clock: Clock;
}

const firstRetryMs = 1_000;
const mostRetryMs = 30_000;

/**
 * Shows a log in a sink until its source ends: each line once, in order. After a drop (`offline`) it goes on from where
 * it was, with growing waits. The sink never holds much more than `maxChars`; what it loses at the front is said there.
 *
 * @throws what the source throws, but for a drop; an AbortError when stopped.
 */
export async function tail(
  source: (from: LogStart) => AsyncIterable<LogEvent>,
  sink: Sink,
  options: TailOptions,
  signal: AbortSignal,
): Promise<void> {
  const text = new TailText(sink, options);
  let from = options.from;
  let failures = 0;
  try {
    for (;;) {
      try {
        for await (const event of source(from)) {
          signal.throwIfAborted();
          if (event.kind !== 'gap') failures = 0;
          if (event.kind === 'line') from = { at: 'cursor', cursor: event.next };
          text.take(event);
        }
        return;
      } catch (error) {
        if (isAbort(error) || !(error instanceof JobError) || error.problem.kind !== 'offline') throw error;
        text.flush();
        await options.clock.sleep(backOffMs(++failures, firstRetryMs, mostRetryMs), signal);
      }
    }
  } finally {
    text.end();
  }
}
