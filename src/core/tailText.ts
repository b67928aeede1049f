import type { LogEvent, LogPartial, LogText } from './log.js';
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

/** Turns the events of a log into text for a sink that can only be added to. */
export class TailText {
  /** What is shown of the piece of a line under way; undefined: nothing. */
  #shown: string | undefined;
  /** True after an `open` piece: what comes goes on in the same line. */
  #inLine = false;
  #drawn = 0;
  #waiting = '';
  #isTimed = false;
  #chars = 0;
  #lines = 0;
  #recent: string[] = [];
  #recentChars = 0;
  #startedAt: Date | undefined;

  constructor(
    private readonly sink: Sink,
    private readonly options: TailOptions,
    private readonly signal: AbortSignal,
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
        this.#finishLine();
        this.#add(`${gapText(event, this.options.say)}\n`);
        return;
      default:
        unreachable(event);
    }
  }

  #line(event: LogText): void {
    const text = this.options.strip(withFields(event));
    if (this.#shown === undefined) this.#add(this.#prefix(event) + text);
    else if (text.startsWith(this.#shown)) this.#add(text.slice(this.#shown.length));
    else this.#add(`\n${this.#prefix(event)}${text}`);
    this.#shown = undefined;
    this.#inLine = event.open === true;
    if (!event.open) this.#add('\n');
  }

  #partial(event: LogPartial): void {
    const text = this.options.strip(event.text);
    const now = this.options.clock.now().getTime();
    if (this.#shown === undefined) this.#add(this.#prefix(event) + text);
    else if (text.startsWith(this.#shown)) this.#add(text.slice(this.#shown.length));
    else if (now - this.#drawn < redrawMs) return;
    else this.#add(`\n${this.#prefix(event)}${text}`);
    this.#shown = text;
    this.#drawn = now;
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
    this.options.clock.sleep(gatherMs, this.signal).then(
      () => {
        this.#isTimed = false;
        this.flush();
      },
      // Stopped: whoever stopped it flushes at the end.
      () => undefined,
    );
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
    const begin = kept.indexOf('\n') + 1;
    this.#lines += begin > 0 ? 1 : 0;
    const rest = kept.slice(begin);
    this.#recent = [rest];
    this.#recentChars = rest.length;
    const note = gapText({ kind: 'gap', lines: this.#lines, cause: 'skipped' }, this.options.say);
    this.sink.replaceAll(`${note}\n${rest}`);
    this.#chars = rest.length;
  }

  /** Hands on all that is left, on a line that is finished. */
  end(): void {
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
