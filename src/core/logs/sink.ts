import type { LogStart } from '../domain/log.js';
import type { Clock } from '../domain/ports.js';
import type { CodeMode } from '../../lib/terminalCodes.js';

/** Where a log is shown: text is added at the end, and now and then all of it is replaced. */
export interface Sink {
  readonly append: (text: string) => void;
  readonly replaceAll: (text: string) => void;
  /** Where the last line can be replaced while its end has not come, so that a progress bar moves. */
  readonly redraw?: LineRedraw;
  /** What it shows; undefined, as the whole: that is not kept. */
  readonly shown?: () => string | undefined;
  /** Adds a line of ours that says why reading failed, to what was shown before as well; undefined: as `append`. */
  readonly fail?: (text: string) => void;
}

/** How a sink replaces its last line. */
export interface LineRedraw {
  /** Milliseconds from one replacement to the next; undefined: what the sink holds is too much (now) for that. */
  readonly everyMs: () => number | undefined;
  /** Takes characters off the end, which are all of the last line, and adds text. */
  readonly replaceEnd: (chars: number, text: string) => void;
}

/** What stands before each line. */
export type TimeStamps = 'none' | 'clock' | 'sinceStart';

/** How a log is shown. */
export interface TailOptions {
  readonly from: LogStart;
  /** The most the sink is to hold, in characters; infinite: the sink sees to that itself. */
  readonly maxChars: number;
  readonly times: TimeStamps;
  /** Undefined: not started when reading began; times then count from the first line. */
  readonly startedAt: Date | undefined;
  /** What is left of the codes that the job wrote; `plain` where it is not given. */
  readonly codes?: CodeMode;
  /** Lines of ours that stay at the top, each with its end. */
  readonly heading?: string;
  /** Lines of ours to begin with, shown before the log says anything, each with its end. */
  readonly opening?: string;
  readonly clock: Clock;
}
