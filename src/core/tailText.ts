import type { LogEvent, LogGap, LogPartial, LogText } from './log.js';
import { gapText } from './logText.js';
import type { Sink, TailOptions } from './tail.js';
import { unreachable } from './unreachable.js';

/** Text is gathered this long before the sink gets it. */
const gatherMs = 50;

/** More text than this is handed on at once. */
const gatherChars = 256 * 1024;

/** A line that is drawn again and again is shown once in this time. */
const redrawMs = 10_000;

/** This part of what the sink may hold stays when it is full. */
const keptPart = 0.1;

/** A colour code or the like whose end has not come yet. */
// eslint-disable-next-line no-control-regex -- the escape character is what begins one.
const cutCode = /\u001b(?:[[(][0-?]*[ -/]*|\][^\u0007\u001b]{0,200})?$/;

/** Turns the events of a log into text for a sink that can only be added to. */
export class TailText {
  /** What is shown of the piece of a line under way; undefined: nothing. */
  #shown: string | undefined;
  /** True after an `open` piece: what comes goes on in the same line. */
  #inLine = false;
  /** When the piece of a line was last drawn on a line of its own. */
  #drawn = 0;
  /** What the line was drawn over with and is not shown yet. */
  #held: { readonly text: string; readonly prefix: string } | undefined;
  #isHeldTimed = false;
  #waiting = '';
  #isTimed = false;
  #chars = 0;
  #lines = 0;
  #recent: string[] = [];
  #recentChars = 0;
  #startedAt: Date | undefined;
  /** The note that the log began before what was ever shown. */
  #above = '';
  readonly #timers = new AbortController();

  constructor(
    private readonly sink: Sink,
    private readonly options: TailOptions,
  ) {
    this.#startedAt = options.startedAt;
  }

  /** Takes the next event. */
  take(event: LogEvent): void {
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

  #gap(event: LogGap): void {
    const note = `${gapText(event, this.options.say)}\n`;
    if (event.cause === 'skipped') this.#above = note;
    this.#finishLine();
    this.#add(note);
  }

  #line(event: LogText): void {
    const text = this.options.strip(withFields(event));
    if (this.#shown === undefined) this.#add(this.#prefix(event) + text);
    else if (text.startsWith(this.#shown)) this.#add(text.slice(this.#shown.length));
    else this.#add(`\n${this.#prefix(event)}${text}`);
    this.#shown = undefined;
    this.#held = undefined;
    this.#inLine = event.open === true;
    if (!event.open) this.#add('\n');
  }

  #partial(event: LogPartial): void {
    const text = this.options.strip(event.text.replace(cutCode, ''));
    if (this.#shown !== undefined && !text.startsWith(this.#shown)) {
      this.#held = { text, prefix: this.#prefix(event) };
      this.#drawHeld();
      return;
    }
    if (this.#shown === undefined) this.#drawn = this.#now();
    this.#add(this.#shown === undefined ? this.#prefix(event) + text : text.slice(this.#shown.length));
    this.#shown = text;
    this.#held = undefined;
  }

  /** Shows what a line was drawn over with, on a line of its own, as soon as that is due. */
  #drawHeld(): void {
    if (!this.#held || this.#isHeldTimed) return;
    const leftMs = this.#drawn + redrawMs - this.#now();
    if (leftMs <= 0) {
      this.#showHeld();
      return;
    }
    this.#isHeldTimed = true;
    this.#after(leftMs, () => {
      this.#isHeldTimed = false;
      this.#drawHeld();
    });
  }

  #showHeld(): void {
    const held = this.#held;
    this.#held = undefined;
    if (!held || held.text === this.#shown) return;
    this.#add(`\n${held.prefix}${held.text}`);
    this.#shown = held.text;
    this.#drawn = this.#now();
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
    this.#showHeld();
    if (this.#shown !== undefined || this.#inLine) this.#add('\n');
    this.#shown = undefined;
    this.#inLine = false;
  }

  #add(text: string): void {
    if (text === '') return;
    this.#waiting += text;
    if (this.#waiting.length >= gatherChars) this.flush();
    else if (!this.#isTimed) this.#flushSoon();
  }

  #flushSoon(): void {
    this.#isTimed = true;
    this.#after(gatherMs, () => {
      this.#isTimed = false;
      this.flush();
    });
  }

  /** Does something later, unless all is over by then. */
  #after(ms: number, run: () => void): void {
    this.options.clock.sleep(ms, this.#timers.signal).then(run, () => undefined);
  }

  #now(): number {
    return this.options.clock.now().getTime();
  }

  /** Hands on what was gathered. */
  flush(): void {
    const text = this.#waiting;
    if (text === '') return;
    this.#waiting = '';
    this.#chars += text.length;
    this.#keep(text);
    if (this.#chars <= this.options.maxChars) this.sink.append(text);
    else this.#startOver();
  }

  /** Remembers the end of what was shown, for when the sink is full. */
  #keep(text: string): void {
    const most = this.options.maxChars * keptPart;
    const part = text.length > most ? text.slice(-most) : text;
    if (part !== text) this.#forget(Infinity, text.slice(0, -most));
    this.#recent.push(part);
    this.#recentChars += part.length;
    while (this.#recentChars > most && this.#recent.length > 1) this.#forget(1, '');
  }

  #forget(parts: number, more: string): void {
    const gone = this.#recent.splice(0, parts).join('');
    this.#recentChars -= gone.length;
    this.#lines += newlines(gone) + newlines(more);
  }

  /** Empties the sink but for the end, and says so at its top. */
  #startOver(): void {
    const kept = this.#recent.join('');
    const next = kept.indexOf('\n') + 1;
    // The rest of the line that was cut goes too, unless it is all there is.
    const begin = next < kept.length ? next : 0;
    this.#lines += begin > 0 ? 1 : 0;
    const rest = kept.slice(begin);
    this.#recent = [rest];
    this.#recentChars = rest.length;
    const note = gapText({ kind: 'gap', lines: this.#lines, cause: 'skipped' }, this.options.say);
    const all = `${this.#above}${note}\n${rest}`;
    this.sink.replaceAll(all);
    this.#chars = all.length;
  }

  /** Hands on all that is left, on a line that is finished. */
  end(): void {
    this.#timers.abort();
    this.#finishLine();
    this.flush();
  }
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function withFields({ level, text, fields }: LogText): string {
  const values = Object.entries(fields ?? {}).map(([name, value]) => ` ${name}=${value}`);
  return `${level === undefined ? '' : `${level} `}${text}${values.join('')}`;
}
