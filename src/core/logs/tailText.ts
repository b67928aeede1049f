import { BoundedSink } from './boundedSink.js';
import type { LogEvent, LogGap, LogPartial, LogText } from '../domain/log.js';
import { gapText, lineText } from './logText.js';
import type { Sink, TailOptions } from './sink.js';
import { CodeFilter } from '../../lib/terminalCodes.js';
import { unreachable } from '../../lib/unreachable.js';

/**
 * Where a line cannot be replaced, one that is drawn again and again is shown once in this time, or each 10 %, but no
 * more often than in the other.
 */
const snapshotMs = 30_000;
const leastSnapshotMs = 1_000;

/** Turns the events of a log into text for a sink. */
export class TailText {
  readonly #sink: BoundedSink;
  readonly #codes: CodeFilter;
  /** What is shown of the piece of a line under way; undefined: nothing. */
  #shown: string | undefined;
  /** How many characters of it the sink was given, with what stands before it. */
  #shownChars = 0;
  /** What that piece was drawn over with since, and which is not shown. */
  #held: LogPartial | undefined;
  /** When `#shown` was shown, and how many tens of percent it told. */
  #shownMs = 0;
  #shownTens = 0;
  /** When what is held may be shown, if that is waited for. */
  #timedForMs = Infinity;
  /** True after an `open` piece: what comes goes on in the same line. */
  #inLine = false;
  #hasBegun = false;
  #startedAt: Date | undefined;

  /** The signal stops what is done later; what is left then is shown by {@link end} alone. */
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

  /** Shows the lines of ours at the top, if they are not there yet: not before the log is known to be readable. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { heading = '', opening = '' } = this.options;
    this.#sink.begin(this.#ours(heading), true);
    this.#sink.begin(this.#ours(opening), false);
  }

  /** Takes the next event; throws what the sink threw, if it did. */
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
    // At once, as nearly all lines come.
    if (this.#shown === undefined && !event.open) this.#sink.add(`${this.#prefix(event)}${text}\n`, 1);
    else {
      this.#draw(event, text);
      if (!event.open) this.#sink.add('\n');
    }
    this.#shown = undefined;
    this.#held = undefined;
    this.#inLine = event.open === true;
  }

  /** The text is without codes already. */
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

  /** Lines of ours, which the job's colors must not hide. */
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

  /** True: the text can be shown without a line of its own. */
  #canDraw(text: string): boolean {
    return (
      this.#shown === undefined || text.startsWith(this.#shown) || this.#sink.canRedraw(this.#shownChars)
    );
  }

  /** Adds what a piece of a line has more than what is shown of it; or all of it, in its place or on a line of its own. */
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

  /** When a text may be shown on a line of its own. */
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
      // Stopped: what is held is shown at the end.
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

  /** Ends the line under way, so that what follows stands on its own. */
  #finishLine(): void {
    if (this.#held) this.#show(this.#held, this.#held.text);
    // What follows is not the rest of a code that is under way.
    this.#sink.add(this.#codes.next('', false));
    if (this.#shown !== undefined || this.#inLine) this.#sink.add('\n');
    this.#shown = undefined;
    this.#inLine = false;
  }

  /** Hands on what was gathered. */
  flush(): void {
    this.#sink.flush();
  }

  /** Hands on all that is left, on a line that is finished; throws what the sink threw, if it did. */
  end(): void {
    this.#finishLine();
    this.#sink.flush();
    this.#sink.throwIfFailed();
  }
}

/** How many tens of percent a progress bar tells; 0 where it tells none. */
const tensIn = (text: string): number =>
  Math.floor(Number(/(\d{1,3})(?:\.\d+)?\s?%/.exec(text)?.[1] ?? 0) / 10);
