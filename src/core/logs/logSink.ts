import type { LogStart } from '../domain/log.js';
import type { Clock } from '../domain/ports.js';
import type { CodeMode } from '../../lib/terminalCodes.js';

/** Displays a log: text is appended, and occasionally replaced completely. */
export interface LogSink {
  readonly append: (text: string) => void;
  readonly replaceAll: (text: string) => void;
  /** Present if the unfinished last line can be replaced, so that progress bars move. */
  readonly redraw?: LineRedraw;
  /** The displayed text; undefined, or absent: it is not stored. */
  readonly shown?: () => string | undefined;
  /** Appends a line that reports why reading failed, also to text shown earlier; absent: as `append`. */
  readonly fail?: (text: string) => void;
}

/** Replaces the last line of a sink. */
export interface LineRedraw {
  /**
   * The minimum milliseconds between two replacements; undefined: the sink (currently) contains too much
   * text.
   */
  readonly everyMs: () => number | undefined;
  /** Removes characters of the last line from the end and appends text. */
  readonly replaceEnd: (chars: number, text: string) => void;
}

/** The time stamp before each line. */
export type TimestampMode = 'none' | 'clock' | 'sinceStart';

/** How a log is displayed. */
export interface TailOptions {
  readonly from: LogStart;
  /** The maximum number of characters in the sink; infinite: the sink limits itself. */
  readonly maxChars: number;
  readonly times: TimestampMode;
  /** Undefined: the job had not started when reading started; times are then relative to the first line. */
  readonly startedAt: Date | undefined;
  /** Which of the job's terminal codes remain; `plain` by default. */
  readonly codes?: CodeMode;
  /** Lines of the extension that stay at the top, each with its line terminator. */
  readonly heading?: string;
  /** Lines of the extension that are shown before the log responds, each with its line terminator. */
  readonly opening?: string;
  readonly clock: Clock;
}
