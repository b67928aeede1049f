import type { LogStart } from './log.js';
import type { Clock } from './ports.js';
import type { Say } from './say.js';

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
