/**
 * A place in a job's log from which reading can go on. Opaque: a backend makes it (a byte offset, an event id) and
 * only the same backend reads it; it stays valid as long as the job's log is kept.
 */
export type LogCursor = string;

/** What a log says next, in the order in which the job said it. */
export type LogEvent = LogText | LogPartial | LogGap;

/** A line, or a piece of a line too long to hold in memory whole. */
export interface LogText {
  readonly kind: 'line';
  /** Without its line end; with whatever colour codes the job wrote. At most 64 Ki characters. */
  readonly text: string;
  /** True: the same line goes on in the next `line` event. */
  readonly open?: true;
  /** When the job wrote it; undefined: not told. */
  readonly at?: Date;
  /** Reading on from here gives what follows, and nothing of this. */
  readonly next: LogCursor;
  /** True: it goes on with the message of the line before it, and is of the same level. */
  readonly continues?: true;
  /** `info`, `warn`, `error` or the engine's own word; undefined: plain output. */
  readonly level?: string;
  /** Named values that came with the line. */
  readonly fields?: Readonly<Record<string, string>>;
}

/**
 * The last line as far as it goes: its end has not come. The next `partial` or `line` stands in its place: it repeats
 * the text and goes on from it, or (a progress bar that was drawn again) has another text.
 */
export interface LogPartial {
  readonly kind: 'partial';
  readonly text: string;
  readonly at?: Date;
}

/** Something the job wrote cannot be shown here. */
export interface LogGap {
  readonly kind: 'gap';
  /** How much is missing, each where known. */
  readonly lines?: number;
  readonly bytes?: number;
  /**
   * `skipped`: left out because reading began near the end; it can be had with `olderLog`. `lost`: gone for good
   * (truncated, dropped connection without history, full disk).
   */
  readonly cause: 'skipped' | 'lost';
  /** Of a `skipped` part: where it ends, for `olderLog`; undefined: the `next` of the first line does. */
  readonly before?: LogCursor;
  /** What happened, for a `lost` part: a phrase such as `the disk was full`. */
  readonly why?: string;
}

/** Where reading begins: at the beginning, near the end (about `bytes` of text before it), or after a cursor. */
export type LogStart =
  | { readonly at: 'start' }
  | { readonly at: 'end'; readonly bytes: number }
  | { readonly at: 'cursor'; readonly cursor: LogCursor };

/** A page of older lines, oldest first. */
export interface LogPage {
  readonly events: readonly LogEvent[];
  /** From where the next older page ends; undefined: this page begins with the log's first line. */
  readonly before?: LogCursor;
}

/** One of several logs of a job: standard output, standard error, the scheduler's own, that of a node. */
export interface LogSource {
  /** Unique within its job. */
  readonly id: string;
  /** Sentence case: `Standard error`. */
  readonly title: string;
  /** What it is or where it is from, in a few words. */
  readonly detail?: string;
}
