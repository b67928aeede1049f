import { gapText } from './logText.js';
import type { Clock } from '../domain/ports.js';
import type { Sink } from './sink.js';

/** Text is gathered this long before the sink gets it. */
const gatherMs = 50;

/** More text than this is handed on at once. */
const gatherChars = 256 * 1024;

/** This part of what the sink may hold stays when it is full. */
const keptPart = 0.1;

/** Text that was handed on, and how many lines end in it. */
interface Part {
  readonly text: string;
  readonly lines: number;
}

/** Hands text on to a sink in few, larger parts, and empties the sink but for its end when it is full. */
export class BoundedSink {
  #waiting = '';
  #waitingLines = 0;
  #isTimed = false;
  /** What the sink holds. */
  #chars = 0;
  /** The end of what the sink holds, for when it is full. */
  #recent: Part[] = [];
  #recentChars = 0;
  #goneLines = 0;
  /** What stands at the top whenever the sink is emptied: lines of ours, and the one that says what was skipped. */
  #heading = '';
  #skipped = '';
  /** So many characters of the last line are in the sink, and so many of them are to be replaced. */
  #endChars = 0;
  #undoneChars = 0;
  /** When the last line was replaced. */
  #redrawnMs = -Infinity;
  #failure: { readonly error: unknown } | undefined;

  /** The signal stops the gathering; what is gathered then stays until {@link flush}. */
  constructor(
    private readonly sink: Sink,
    private readonly about: { readonly maxChars: number; readonly clock: Clock },
    private readonly signal: AbortSignal,
  ) {}

  /** Adds text, which the sink gets a little later. `lines`: how many ends of lines it holds, where that is known. */
  add(text: string, lines = endsIn(text)): void {
    if (text === '') return;
    this.#waiting += text;
    this.#waitingLines += lines;
    if (this.#waiting.length >= gatherChars) this.flush();
    else if (!this.#isTimed) this.#flushSoon();
  }

  /** Adds lines of ours before the job's; `stay`: they stay at the top. */
  begin(lines: string, stay: boolean): void {
    // They are never gone, or not missed.
    this.#goneLines -= endsIn(lines);
    if (stay) this.#heading += lines;
    this.add(lines);
  }

  /** Adds a line that says what was left out before all the text; it stays at the top. */
  head(line: string): void {
    // It is neither gone nor one of the job's own lines.
    if (this.#skipped === '') this.#goneLines--;
    this.#skipped = line;
    this.add(line);
  }

  /** True: the last `chars` characters can be replaced, which are of one line. */
  canRedraw(chars: number): boolean {
    if (this.sink.redraw?.everyMs() === undefined) return false;
    const waiting = this.#waiting.length - (this.#waiting.lastIndexOf('\n') + 1);
    const held = waiting < this.#waiting.length ? 0 : this.#endChars - this.#undoneChars;
    return chars <= waiting + held;
  }

  /** Replaces the last characters, where that {@link canRedraw}; the sink gets it no more often than it can bear. */
  redraw(chars: number, text: string): void {
    const waiting = Math.min(chars, this.#waiting.length);
    this.#waiting = this.#waiting.slice(0, this.#waiting.length - waiting);
    this.#undoneChars += chars - waiting;
    this.add(text, 0);
  }

  /** Hands on what was gathered. A sink that fails gets nothing more. */
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

  /** Throws what the sink threw. Apart from `flush`, which a timer calls as well. */
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
      // Stopped: whoever stopped it flushes where that is wanted.
      () => undefined,
    );
  }

  /** How long what is gathered has to wait because it replaces a line that was replaced just before. */
  #redrawInMs(): number {
    if (this.#undoneChars === 0) return 0;
    const everyMs = this.sink.redraw?.everyMs() ?? 0;
    return this.#redrawnMs + everyMs - this.about.clock.now().getTime();
  }

  #replaceEnd(chars: number, text: string): void {
    this.#redrawnMs = this.about.clock.now().getTime();
    this.sink.redraw?.replaceEnd(chars, text);
  }

  /** Takes characters off the end of what is kept, which are of the last line. */
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

  /** Empties the sink but for the end, which begins with a whole line where there is one, and says so at its top. */
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

/** How many lines end in a text. */
function endsIn(text: string): number {
  let ends = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ends++;
  return ends;
}
