import { gapText } from './logText.js';
import type { Clock } from './ports.js';
import type { Say } from './say.js';
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
  /** What stands at the top whenever the sink is emptied. */
  #heading = '';
  #failure: { readonly error: unknown } | undefined;

  /** The signal stops the gathering; what is gathered then stays until {@link flush}. */
  constructor(
    private readonly sink: Sink,
    private readonly about: { readonly maxChars: number; readonly say: Say; readonly clock: Clock },
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

  /** Adds a line that says what was left out before all the text; it stays at the top. */
  head(line: string): void {
    // It is neither gone nor one of the job's own lines.
    if (this.#heading === '') this.#goneLines--;
    this.#heading = line;
    this.add(line);
  }

  /** Hands on what was gathered. A sink that fails gets nothing more. */
  flush(): void {
    const text = this.#waiting;
    if (text === '') return;
    const lines = this.#waitingLines;
    this.#waiting = '';
    this.#waitingLines = 0;
    if (this.#failure) return;
    this.#chars += text.length;
    this.#keep({ text, lines });
    try {
      if (this.#chars <= this.about.maxChars) this.sink.append(text);
      else this.#startOver();
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** Throws what the sink threw. Apart from `flush`, which a timer calls as well. */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #flushSoon(): void {
    this.#isTimed = true;
    this.about.clock.sleep(gatherMs, this.signal).then(
      () => {
        this.#isTimed = false;
        this.flush();
      },
      // Stopped: whoever stopped it flushes where that is wanted.
      () => undefined,
    );
  }

  #keep(part: Part): void {
    const most = Math.floor(this.about.maxChars * keptPart);
    const surplus = Math.max(0, part.text.length - most);
    let added = part;
    if (surplus > 0) {
      this.#forget(this.#recent.length);
      const gone = endsIn(part.text.slice(0, surplus));
      this.#goneLines += gone;
      added = { text: part.text.slice(surplus), lines: part.lines - gone };
    }
    this.#recent.push(added);
    this.#recentChars += added.text.length;
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
    const note = gapText({ kind: 'gap', cause: 'skipped', lines: this.#goneLines }, this.about.say);
    const text = `${this.#heading}${note}\n${rest}`;
    this.#chars = text.length;
    this.sink.replaceAll(text);
  }
}

/** How many lines end in a text. */
function endsIn(text: string): number {
  let ends = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ends++;
  return ends;
}
