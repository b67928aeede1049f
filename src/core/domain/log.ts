/**
 * A position in a job's log from which reading can resume. Opaque: only the backend that created it (from a
 * byte offset, an event id) can interpret it. Valid as long as the log exists.
 */
export type LogCursor = string;

/** The next part of a log, in the order in which the job wrote it. */
export type LogEvent = LogText | LogPartial | LogGap;

/** A line, or a piece of a line that is too long to hold in memory. */
export interface LogText {
  readonly kind: 'line';
  /** Without its line terminator; can contain ANSI escape sequences. At most 65,536 characters. */
  readonly text: string;
  /** True: the line continues in the next `line` event. */
  readonly open?: true;
  /** The time the job wrote it; undefined if unknown. */
  readonly at?: Date;
  /** Reading from here returns what follows this event. */
  readonly next: LogCursor;
  /** True: continues the message of the previous line and has the same level. */
  readonly continues?: true;
  /** `info`, `warn`, `error` or the engine's own name; undefined for plain output. */
  readonly level?: string;
  /** Named values that the engine reports with the line. */
  readonly fields?: Readonly<Record<string, string>>;
}

/**
 * The unfinished last line. The next `partial` or `line` event replaces it: either it repeats this text and
 * appends to it, or, as with a progress bar, it has a different text.
 */
export interface LogPartial {
  readonly kind: 'partial';
  readonly text: string;
  readonly at?: Date;
}

/** A part of the log that is missing. */
export interface LogGap {
  readonly kind: 'gap';
  /** The size of the missing part, as far as it is known. */
  readonly lines?: number;
  readonly bytes?: number;
  /**
   * `skipped`: not read, because reading started near the end; {@link JobLogs.older} returns it. `lost`:
   * permanently unavailable (a truncated file, a dropped connection without history, a full disk).
   */
  readonly cause: 'skipped' | 'lost';
  /**
   * For `skipped`: the end of the missing part, for {@link JobLogs.older}; undefined: the `next` of the first
   * line.
   */
  readonly before?: LogCursor;
  /** For `lost`: the reason, as a phrase such as `the disk was full`. */
  readonly why?: string;
}

/**
 * The position where reading starts: at the start, near the end (about `bytes` bytes before it), or after a
 * cursor.
 */
export type LogStart =
  | { readonly at: 'start' }
  | { readonly at: 'end'; readonly bytes: number }
  | { readonly at: 'cursor'; readonly cursor: LogCursor };

/** A page of older lines, oldest first. */
export interface LogPage {
  readonly events: readonly LogEvent[];
  /** The end of the next older page; undefined if this page contains the first line. */
  readonly before?: LogCursor;
}

/**
 * One of several logs of a job: standard output, standard error, the scheduler's own log, the log of a node.
 */
export interface LogSource {
  /** Unique within its job. */
  readonly id: string;
  /** Sentence case: `Standard error`. */
  readonly title: string;
  /** Content or origin of the log, in a few words. */
  readonly detail?: string;
}
