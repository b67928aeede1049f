import { BoundedSink } from './boundedSink.js';
import type { LogEvent, LogGap, LogPartial, LogText } from '../domain/log.js';
import { formatGap, formatLogLine } from './formatLog.js';
import type { LogSink, TailOptions } from './logSink.js';
import { CodeFilter } from '../../lib/terminalCodes.js';
import { assertNever } from '../../lib/assertNever.js';

/**
 * If lines cannot be replaced, a line that is redrawn repeatedly is shown at this interval, or at each 10 %
 * of progress, but not more often than at the minimum interval. In milliseconds.
 */
const snapshotMs = 30_000;
const minSnapshotMs = 1_000;

/** Converts the events of a log into text for a sink. */
export class TailWriter {
  readonly #sink: BoundedSink;
  readonly #codes: CodeFilter;
  /** The shown text of the current piece of a line; undefined if none is shown. */
  #shown: string | undefined;
  /** The number of characters of it in the sink, including the time stamp. */
  #shownChars = 0;
  /** The newer text of that piece, which is not shown yet. */
  #pendingPartial: LogPartial | undefined;
  /** When `#shown` was shown, and its progress in tens of percent. */
  #shownMs = 0;
  #shownTens = 0;
  /** When the newer text can be shown, if a timer is running. */
  #scheduledMs = Infinity;
  /** True after an `open` piece: the next event continues the line. */
  #inLine = false;
  #hasBegun = false;
  #startedAt: Date | undefined;

  /** Aborting the signal stops the timer; remaining text is then shown only by {@link end}. */
  constructor(
    sink: LogSink,
    private readonly options: TailOptions,
    private readonly signal: AbortSignal,
  ) {
    this.#sink = new BoundedSink(sink, options, signal);
    this.#codes = new CodeFilter(options.codes ?? 'plain');
    this.#startedAt = options.startedAt;
    if (options.opening !== undefined) this.writeHeader();
  }

  /** Shows the lines of the extension at the top, once. Not called before the log is known to be readable. */
  writeHeader(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { heading = '', opening = '' } = this.options;
    this.#sink.addHeader(this.#formatNotes(heading), true);
    this.#sink.addHeader(this.#formatNotes(opening), false);
  }

  /** Processes the next event. @throws the sink's error, if any. */
  write(event: LogEvent): void {
    this.#sink.throwIfFailed();
    if (!this.#hasBegun) this.writeHeader();
    switch (event.kind) {
      case 'line':
        this.#writeLine(event);
        return;
      case 'partial':
        this.#writePartial({ ...event, text: this.#codes.peek(event.text) });
        return;
      case 'gap':
        this.#writeGap(event);
        return;
      default:
        assertNever(event);
    }
  }

  #writeLine(event: LogText): void {
    const text = formatLogLine(event, this.#codes.next(event.text, event.open === true));
    // The fast path for nearly all lines.
    if (this.#shown === undefined && !event.open) this.#sink.add(`${this.#formatPrefix(event)}${text}\n`, 1);
    else {
      this.#draw(event, text);
      if (!event.open) this.#sink.add('\n');
    }
    this.#shown = undefined;
    this.#pendingPartial = undefined;
    this.#inLine = event.open === true;
  }

  /** The text contains no terminal codes. */
  #writePartial(event: LogPartial): void {
    const atMs = this.#getSnapshotMs(event.text);
    if (this.#canDraw(event.text) || atMs <= this.options.clock.now().getTime())
      this.#showPartial(event, event.text);
    else {
      this.#pendingPartial = event;
      this.#scheduleSnapshot(atMs);
    }
  }

  #writeGap(event: LogGap): void {
    this.#finishLine();
    const text = this.#formatNotes(`${formatGap(event)}\n`);
    if (event.cause === 'skipped') this.#sink.addSkippedNote(text);
    else this.#sink.add(text);
  }

  /** Resets colors, so that the job's colors do not hide the extension's lines. */
  #formatNotes(lines: string): string {
    return lines !== '' && this.options.codes === 'terminal' ? `\u001b[0m${lines}` : lines;
  }

  #showPartial(event: LogPartial, text: string): void {
    this.#pendingPartial = undefined;
    if (text === this.#shown) return;
    this.#draw(event, text);
    this.#shown = text;
    this.#shownMs = this.options.clock.now().getTime();
    this.#shownTens = getPercentTens(text);
  }

  /** True if the text can be shown without adding a line. */
  #canDraw(text: string): boolean {
    return (
      this.#shown === undefined || text.startsWith(this.#shown) || this.#sink.canRedraw(this.#shownChars)
    );
  }

  /** Appends the new part of a piece of a line, or replaces the piece, or shows it on a new line. */
  #draw(event: LogText | LogPartial, text: string): void {
    if (this.#shown !== undefined && text.startsWith(this.#shown)) {
      const more = text.slice(this.#shown.length);
      this.#sink.add(more);
      this.#shownChars += more.length;
      return;
    }
    const whole = this.#formatPrefix(event) + text;
    if (this.#shown === undefined) this.#sink.add(whole);
    else if (this.#sink.canRedraw(this.#shownChars)) this.#sink.redraw(this.#shownChars, whole);
    else this.#sink.add(`\n${whole}`);
    this.#shownChars = whole.length;
  }

  /** When a text can be shown on a new line. */
  #getSnapshotMs(text: string): number {
    return this.#shownMs + (getPercentTens(text) > this.#shownTens ? minSnapshotMs : snapshotMs);
  }

  #scheduleSnapshot(atMs: number): void {
    if (atMs >= this.#scheduledMs) return;
    this.#scheduledMs = atMs;
    this.options.clock.sleep(atMs - this.options.clock.now().getTime(), this.signal).then(
      () => {
        if (this.#scheduledMs === atMs) this.#scheduledMs = Infinity;
        if (this.#pendingPartial) this.#writePartial(this.#pendingPartial);
      },
      // Aborted: the newer text is shown at the end.
      () => undefined,
    );
  }

  #formatPrefix({ at }: { readonly at?: Date }): string {
    const { times } = this.options;
    if (times === 'none' || this.#inLine || !at) return '';
    if (times === 'clock')
      return `${[at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')} `;
    this.#startedAt ??= at;
    return `+${(Math.max(0, at.getTime() - this.#startedAt.getTime()) / 1000).toFixed(1).padStart(6)} s `;
  }

  /** Ends the current line, so that the next text starts on a new line. */
  #finishLine(): void {
    if (this.#pendingPartial) this.#showPartial(this.#pendingPartial, this.#pendingPartial.text);
    // An escape sequence does not continue in what follows.
    this.#sink.add(this.#codes.next('', false));
    if (this.#shown !== undefined || this.#inLine) this.#sink.add('\n');
    this.#shown = undefined;
    this.#inLine = false;
  }

  /** Passes the collected text to the sink. */
  flush(): void {
    this.#sink.flush();
  }

  /** Shows all remaining text, ends the last line, and flushes. @throws the sink's error, if any. */
  end(): void {
    this.#finishLine();
    this.#sink.flush();
    this.#sink.throwIfFailed();
  }
}

/** The progress in tens of percent; 0 if the text contains none. */
const getPercentTens = (text: string): number =>
  Math.floor(Number(/(\d{1,3})(?:\.\d+)?\s?%/.exec(text)?.[1] ?? 0) / 10);
