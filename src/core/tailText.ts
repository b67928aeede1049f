import { BoundedSink } from './boundedSink.js';
import type { LogEvent, LogGap, LogPartial, LogText } from './log.js';
import { gapText, lineText } from './logText.js';
import type { Sink, TailOptions } from './sink.js';
import { unreachable } from './unreachable.js';

/** A line that is drawn again and again is shown once in this time. */
const redrawMs = 10_000;

const escape = '\u001b';

/** What stands for an escape and a bracket, in one character. */
const shortEscape = '\u009b';

const bell = '\u0007';

/** Turns the events of a log into text for a sink that can only be added to. */
export class TailText {
  readonly #sink: BoundedSink;
  /** What is shown of the piece of a line under way; undefined: nothing. */
  #shown: string | undefined;
  /** What that piece was drawn over with since, and which is not shown. */
  #held: LogPartial | undefined;
  /** When `#shown` was shown. */
  #shownMs = 0;
  #isRedrawTimed = false;
  /** True after an `open` piece: what comes goes on in the same line. */
  #inLine = false;
  #startedAt: Date | undefined;

  /** The signal stops what is done later; what is left then is shown by {@link end} alone. */
  constructor(
    sink: Sink,
    private readonly options: TailOptions,
    private readonly signal: AbortSignal,
  ) {
    this.#sink = new BoundedSink(sink, options, signal);
    this.#startedAt = options.startedAt;
  }

  /** Takes the next event; throws what the sink threw, if it did. */
  take(event: LogEvent): void {
    this.#sink.throwIfFailed();
    switch (event.kind) {
      case 'line':
        this.#line(event);
        return;
      case 'partial':
        this.#partial(event);
        return;
      case 'gap':
        this.#gap(event);
        return;
      default:
        unreachable(event);
    }
  }

  #line(event: LogText): void {
    const text = this.#strip(lineText(event));
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

  #partial(event: LogPartial): void {
    const text = this.#strip(withoutOpenEscape(event.text));
    const isRedrawn = this.#shown !== undefined && !text.startsWith(this.#shown);
    if (isRedrawn && this.#redrawInMs() > 0) {
      this.#held = { ...event, text };
      this.#redrawLater();
    } else this.#show(event, text);
  }

  /** To look for codes takes longer than to see that there can be none. */
  #strip(text: string): string {
    return text.includes(escape) || text.includes(shortEscape) ? this.options.strip(text) : text;
  }

  #gap(event: LogGap): void {
    this.#finishLine();
    const text = `${gapText(event, this.options.say)}\n`;
    if (event.cause === 'skipped') this.#sink.head(text);
    else this.#sink.add(text);
  }

  #show(event: LogPartial, text: string): void {
    this.#draw(event, text);
    this.#shown = text;
    this.#shownMs = this.options.clock.now().getTime();
    this.#held = undefined;
  }

  /** Adds what a piece of a line has more than what is shown of it, or all of it on a line of its own. */
  #draw(event: LogText | LogPartial, text: string): void {
    if (this.#shown === undefined) this.#sink.add(this.#prefix(event) + text);
    else if (text.startsWith(this.#shown)) this.#sink.add(text.slice(this.#shown.length));
    else this.#sink.add(`\n${this.#prefix(event)}${text}`);
  }

  #redrawInMs(): number {
    return this.#shownMs + redrawMs - this.options.clock.now().getTime();
  }

  #redrawLater(): void {
    if (this.#isRedrawTimed) return;
    this.#isRedrawTimed = true;
    this.options.clock.sleep(this.#redrawInMs(), this.signal).then(
      () => {
        this.#isRedrawTimed = false;
        if (!this.#held) return;
        if (this.#redrawInMs() > 0) this.#redrawLater();
        else this.#show(this.#held, this.#held.text);
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

/** Without a colour code at the end that is not there as a whole: nobody could take it out. */
function withoutOpenEscape(text: string): string {
  const at = text.lastIndexOf(escape);
  if (at < 0) return text;
  const code = text.slice(at + 1);
  const isOpen = /^(\[[0-?]*[ -/]*)?$/.test(code) || (code.startsWith(']') && !code.includes(bell));
  return isOpen ? text.slice(0, at) : text;
}
