import { BoundedSink } from './boundedSink.js';
import type { LogEvent, LogGap, LogPartial, LogText } from '../domain/log.js';
import { gapText, lineText } from './logText.js';
import type { Sink, TailOptions } from './sink.js';
import { CodeFilter } from '../../lib/terminalCodes.js';
import { unreachable } from '../../lib/unreachable.js';

/**
 * If lines cannot be replaced, a line that is redrawn repeatedly is shown at this interval, or at each 10 %
 * of progress, but not more often than at the minimum interval. In milliseconds.
 */
const snapshotMs = 30_000;
const leastSnapshotMs = 1_000;

/** Converts the events of a log into text for a sink. */
export class TailText {
  readonly #sink: BoundedSink;
  readonly #codes: CodeFilter;
  /** The shown text of the current piece of a line; undefined if none is shown. */
  #shown: string | undefined;
  /** The number of characters of it in the sink, including the time stamp. */
  #shownChars = 0;
  /** The newer text of that piece, which is not shown yet. */
  #held: LogPartial | undefined;
  /** When `#shown` was shown, and its progress in tens of percent. */
  #shownMs = 0;
  #shownTens = 0;
  /** When the newer text can be shown, if a timer is running. */
  #timedForMs = Infinity;
  /** True after an `open` piece: the next event continues the line. */
  #inLine = false;
  #hasBegun = false;
  #startedAt: Date | undefined;

  /** Aborting the signal stops the timer; remaining text is then shown only by {@link end}. */
  constructor(
    sink: Sink,
    private readonly options: TailOptions,
    private readonly signal: AbortSignal,
  ) {
    this.#sink = new BoundedSink(sink, options, signal);
    this.#codes = new CodeFilter(options.codes ?? 'plain');
    this.#startedAt = options.startedAt;
    if (options.opening !== undefined) this.begin();
  }

  /** Shows the lines of the extension at the top, once. Not called before the log is known to be readable. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { heading = '', opening = '' } = this.options;
    this.#sink.begin(this.#ours(heading), true);
    this.#sink.begin(this.#ours(opening), false);
  }

  /** Processes the next event. @throws the sink's error, if any. */
  take(event: LogEvent): void {
    this.#sink.throwIfFailed();
    if (!this.#hasBegun) this.begin();
    switch (event.kind) {
      case 'line':
        this.#line(event);
        return;
      case 'partial':
        this.#partial({ ...event, text: this.#codes.peek(event.text) });
        return;
      case 'gap':
        this.#gap(event);
        return;
      default:
        unreachable(event);
    }
  }

  #line(event: LogText): void {
    const text = lineText(event, this.#codes.next(event.text, event.open === true));
    // The fast path for nearly all lines.
    if (this.#shown === undefined && !event.open) this.#sink.add(`${this.#prefix(event)}${text}\n`, 1);
    else {
      this.#draw(event, text);
      if (!event.open) this.#sink.add('\n');
    }
    this.#shown = undefined;
    this.#held = undefined;
    this.#inLine = event.open === true;
  }

  /** The text contains no terminal codes. */
  #partial(event: LogPartial): void {
    const atMs = this.#snapshotAtMs(event.text);
    if (this.#canDraw(event.text) || atMs <= this.options.clock.now().getTime())
      this.#show(event, event.text);
    else {
      this.#held = event;
      this.#snapshotLater(atMs);
    }
  }

  #gap(event: LogGap): void {
    this.#finishLine();
    const text = this.#ours(`${gapText(event)}\n`);
    if (event.cause === 'skipped') this.#sink.head(text);
    else this.#sink.add(text);
  }

  /** Resets colors, so that the job's colors do not hide the extension's lines. */
  #ours(lines: string): string {
    return lines !== '' && this.options.codes === 'terminal' ? `\u001b[0m${lines}` : lines;
  }

  #show(event: LogPartial, text: string): void {
    this.#held = undefined;
    if (text === this.#shown) return;
    this.#draw(event, text);
    this.#shown = text;
    this.#shownMs = this.options.clock.now().getTime();
    this.#shownTens = tensIn(text);
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
    const whole = this.#prefix(event) + text;
    if (this.#shown === undefined) this.#sink.add(whole);
    else if (this.#sink.canRedraw(this.#shownChars)) this.#sink.redraw(this.#shownChars, whole);
    else this.#sink.add(`\n${whole}`);
    this.#shownChars = whole.length;
  }

  /** When a text can be shown on a new line. */
  #snapshotAtMs(text: string): number {
    return this.#shownMs + (tensIn(text) > this.#shownTens ? leastSnapshotMs : snapshotMs);
  }

  #snapshotLater(atMs: number): void {
    if (atMs >= this.#timedForMs) return;
    this.#timedForMs = atMs;
    this.options.clock.sleep(atMs - this.options.clock.now().getTime(), this.signal).then(
      () => {
        if (this.#timedForMs === atMs) this.#timedForMs = Infinity;
        if (this.#held) this.#partial(this.#held);
      },
      // Aborted: the newer text is shown at the end.
      () => undefined,
    );
  }

  #prefix({ at }: { readonly at?: Date }): string {
    const { times } = this.options;
    if (times === 'none' || this.#inLine || !at) return '';
    if (times === 'clock')
      return `${[at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')} `;
    this.#startedAt ??= at;
    return `+${(Math.max(0, at.getTime() - this.#startedAt.getTime()) / 1000).toFixed(1).padStart(6)} s `;
  }

  /** Ends the current line, so that the next text starts on a new line. */
  #finishLine(): void {
    if (this.#held) this.#show(this.#held, this.#held.text);
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
const tensIn = (text: string): number =>
  Math.floor(Number(/(\d{1,3})(?:\.\d+)?\s?%/.exec(text)?.[1] ?? 0) / 10);
