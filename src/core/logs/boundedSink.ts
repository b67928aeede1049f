import { gapText } from './logText.js';
import type { Clock } from '../domain/ports.js';
import type { Sink } from './sink.js';

/** How long text is collected before it is passed to the sink, in milliseconds. */
const gatherMs = 50;

/** The number of collected characters that is passed on without waiting. */
const gatherChars = 256 * 1024;

/** The part of the maximum size that remains when the sink is full. */
const keptPart = 0.1;

/** Text in the sink, and the number of line ends in it. */
interface Part {
  readonly text: string;
  readonly lines: number;
}

/**
 * Passes text to a sink in few, large chunks. When the sink is full, clears it except for the end of the
 * text.
 */
export class BoundedSink {
  #waiting = '';
  #waitingLines = 0;
  #isTimed = false;
  /** The number of characters in the sink. */
  #chars = 0;
  /** The last chunks in the sink, which remain when it is cleared. */
  #recent: Part[] = [];
  #recentChars = 0;
  #goneLines = 0;
  /** The text at the top whenever the sink is cleared: heading lines, and the line about skipped output. */
  #heading = '';
  #skipped = '';
  /** The number of characters of the last line in the sink, and how many of them will be replaced. */
  #endChars = 0;
  #undoneChars = 0;
  /** When the last line was last replaced. */
  #redrawnMs = -Infinity;
  #failure: { readonly error: unknown } | undefined;

  /** Aborting the signal stops the timer; collected text then stays until {@link flush}. */
  constructor(
    private readonly sink: Sink,
    private readonly about: { readonly maxChars: number; readonly clock: Clock },
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Adds text, which the sink receives after a short delay. `lines`: the number of line ends in it, if known.
   */
  add(text: string, lines = endsIn(text)): void {
    if (text === '') return;
    this.#waiting += text;
    this.#waitingLines += lines;
    if (this.#waiting.length >= gatherChars) this.flush();
    else if (!this.#isTimed) this.#flushSoon();
  }

  /** Adds lines of the extension before the log. `stay`: they remain at the top when the sink is cleared. */
  begin(lines: string, stay: boolean): void {
    // They must not count as dropped lines.
    this.#goneLines -= endsIn(lines);
    if (stay) this.#heading += lines;
    this.add(lines);
  }

  /** Sets the line at the top that reports output skipped before the text. */
  head(line: string): void {
    // It is neither dropped nor one of the job's lines.
    if (this.#skipped === '') this.#goneLines--;
    this.#skipped = line;
    this.add(line);
  }

  /** True if the last `chars` characters can be replaced. They are part of one line. */
  canRedraw(chars: number): boolean {
    if (this.sink.redraw?.everyMs() === undefined) return false;
    const waiting = this.#waiting.length - (this.#waiting.lastIndexOf('\n') + 1);
    const held = waiting < this.#waiting.length ? 0 : this.#endChars - this.#undoneChars;
    return chars <= waiting + held;
  }

  /** Replaces the last characters if {@link canRedraw}, no more often than the sink supports. */
  redraw(chars: number, text: string): void {
    const waiting = Math.min(chars, this.#waiting.length);
    this.#waiting = this.#waiting.slice(0, this.#waiting.length - waiting);
    this.#undoneChars += chars - waiting;
    this.add(text, 0);
  }

  /** Passes the collected text to the sink. After a failure the sink receives nothing more. */
  flush(): void {
    const text = this.#waiting;
    if (text === '' && this.#undoneChars === 0) return;
    const lines = this.#waitingLines;
    const undone = this.#undoneChars;
    this.#waiting = '';
    this.#waitingLines = 0;
    this.#undoneChars = 0;
    if (this.#failure) return;
    this.#chars += text.length - undone;
    this.#undo(undone);
    this.#keep({ text, lines });
    try {
      if (this.#chars > this.about.maxChars) this.#startOver();
      else if (undone > 0) this.#replaceEnd(undone, text);
      else this.sink.append(text);
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** Throws the sink's error, if any. Separate from `flush`, which a timer also calls. */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #flushSoon(ms = gatherMs): void {
    this.#isTimed = true;
    this.about.clock.sleep(ms, this.signal).then(
      () => {
        this.#isTimed = false;
        const early = this.#redrawInMs();
        if (early > 0) this.#flushSoon(early);
        else this.flush();
      },
      // Aborted: the caller flushes if necessary.
      () => undefined,
    );
  }

  /** How long to wait because the line was replaced recently, in milliseconds. */
  #redrawInMs(): number {
    if (this.#undoneChars === 0) return 0;
    const everyMs = this.sink.redraw?.everyMs() ?? 0;
    return this.#redrawnMs + everyMs - this.about.clock.now().getTime();
  }

  #replaceEnd(chars: number, text: string): void {
    this.#redrawnMs = this.about.clock.now().getTime();
    this.sink.redraw?.replaceEnd(chars, text);
  }

  /** Removes characters of the last line from the stored end of the text. */
  #undo(chars: number): void {
    this.#endChars -= chars;
    for (let left = chars; left > 0;) {
      const last = this.#recent.pop();
      if (!last) return;
      this.#recentChars -= last.text.length;
      if (last.text.length > left)
        this.#push({ text: last.text.slice(0, last.text.length - left), lines: last.lines });
      left -= last.text.length;
    }
  }

  #push(part: Part): void {
    this.#recent.push(part);
    this.#recentChars += part.text.length;
  }

  #keep(part: Part): void {
    const end = part.text.lastIndexOf('\n');
    this.#endChars = end < 0 ? this.#endChars + part.text.length : part.text.length - end - 1;
    if (this.about.maxChars === Infinity) return;
    const most = Math.floor(this.about.maxChars * keptPart);
    const surplus = Math.max(0, part.text.length - most);
    let added = part;
    if (surplus > 0) {
      this.#forget(this.#recent.length);
      const gone = endsIn(part.text.slice(0, surplus));
      this.#goneLines += gone;
      added = { text: part.text.slice(surplus), lines: part.lines - gone };
    }
    this.#push(added);
    let parts = 0;
    for (let left = this.#recentChars; left > most && parts < this.#recent.length - 1; parts++)
      left -= this.#recent[parts]?.text.length ?? 0;
    this.#forget(parts);
  }

  #forget(parts: number): void {
    for (const { text, lines } of this.#recent.splice(0, parts)) {
      this.#recentChars -= text.length;
      this.#goneLines += lines;
    }
  }

  /**
   * Clears the sink except for the end of the text, starting with a whole line if possible, and adds the
   * number of dropped lines at the top.
   */
  #startOver(): void {
    const kept = this.#recent.map(({ text }) => text).join('');
    const begin = kept.indexOf('\n') + 1;
    const rest = begin < kept.length ? kept.slice(begin) : kept;
    this.#goneLines += endsIn(kept.slice(0, kept.length - rest.length));
    this.#recent = [{ text: rest, lines: endsIn(rest) }];
    this.#recentChars = rest.length;
    const note = gapText({ kind: 'gap', cause: 'skipped', lines: this.#goneLines });
    const text = `${this.#heading}${this.#skipped}${note}\n${rest}`;
    this.#chars = text.length;
    this.#endChars = rest.length - (rest.lastIndexOf('\n') + 1);
    this.sink.replaceAll(text);
  }
}

/** The number of line ends in a text. */
function endsIn(text: string): number {
  let ends = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ends++;
  return ends;
}
