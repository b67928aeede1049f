import { formatGap } from './formatLog.js';
import type { Clock } from '../domain/ports.js';
import type { LogSink } from './logSink.js';

/** How long text is collected before it is passed to the sink, in milliseconds. */
const flushDelayMs = 50;

/** The number of collected characters that is passed on without waiting. */
const maxPendingChars = 256 * 1024;

/** The part of the maximum size that remains when the sink is full. */
const retainedFraction = 0.1;

/** Text in the sink, and the number of line ends in it. */
interface TextChunk {
  readonly text: string;
  readonly lines: number;
}

/**
 * Passes text to a sink in few, large chunks. When the sink is full, clears it except for the end of the
 * text.
 */
export class BoundedSink {
  #pendingText = '';
  #pendingLines = 0;
  #isFlushScheduled = false;
  /** The number of characters in the sink. */
  #chars = 0;
  /** The last chunks in the sink, which remain when it is cleared. */
  #recent: TextChunk[] = [];
  #recentChars = 0;
  #droppedLines = 0;
  /** The text at the top whenever the sink is cleared: heading lines, and the line about skipped output. */
  #heading = '';
  #skippedNote = '';
  /** The number of characters of the last line in the sink, and how many of them will be replaced. */
  #lastLineChars = 0;
  #replacedChars = 0;
  /** When the last line was last replaced. */
  #redrawnMs = -Infinity;
  #failure: { readonly error: unknown } | undefined;

  /** Aborting the signal stops the timer; collected text then stays until {@link flush}. */
  constructor(
    private readonly sink: LogSink,
    private readonly options: { readonly maxChars: number; readonly clock: Clock },
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Adds text, which the sink receives after a short delay. `lines`: the number of line ends in it, if known.
   */
  add(text: string, lines = countLineEnds(text)): void {
    if (text === '') return;
    this.#pendingText += text;
    this.#pendingLines += lines;
    if (this.#pendingText.length >= maxPendingChars) this.flush();
    else if (!this.#isFlushScheduled) this.#scheduleFlush();
  }

  /** Adds lines of the extension before the log. `stay`: they remain at the top when the sink is cleared. */
  addHeader(lines: string, stay: boolean): void {
    // They must not count as dropped lines.
    this.#droppedLines -= countLineEnds(lines);
    if (stay) this.#heading += lines;
    this.add(lines);
  }

  /** Sets the line at the top that reports output skipped before the text. */
  addSkippedNote(line: string): void {
    // It is neither dropped nor one of the job's lines.
    if (this.#skippedNote === '') this.#droppedLines--;
    this.#skippedNote = line;
    this.add(line);
  }

  /** True if the last `chars` characters can be replaced. They are part of one line. */
  canRedraw(chars: number): boolean {
    if (this.sink.redraw?.everyMs() === undefined) return false;
    const waiting = this.#pendingText.length - (this.#pendingText.lastIndexOf('\n') + 1);
    const held = waiting < this.#pendingText.length ? 0 : this.#lastLineChars - this.#replacedChars;
    return chars <= waiting + held;
  }

  /** Replaces the last characters if {@link canRedraw}, no more often than the sink supports. */
  redraw(chars: number, text: string): void {
    const waiting = Math.min(chars, this.#pendingText.length);
    this.#pendingText = this.#pendingText.slice(0, this.#pendingText.length - waiting);
    this.#replacedChars += chars - waiting;
    this.add(text, 0);
  }

  /** Passes the collected text to the sink. After a failure the sink receives nothing more. */
  flush(): void {
    const text = this.#pendingText;
    if (text === '' && this.#replacedChars === 0) return;
    const lines = this.#pendingLines;
    const undone = this.#replacedChars;
    this.#pendingText = '';
    this.#pendingLines = 0;
    this.#replacedChars = 0;
    if (this.#failure) return;
    this.#chars += text.length - undone;
    this.#removeFromEnd(undone);
    this.#retain({ text, lines });
    try {
      if (this.#chars > this.options.maxChars) this.#truncateSink();
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

  #scheduleFlush(ms = flushDelayMs): void {
    this.#isFlushScheduled = true;
    this.options.clock.sleep(ms, this.signal).then(
      () => {
        this.#isFlushScheduled = false;
        const early = this.#getRedrawDelayMs();
        if (early > 0) this.#scheduleFlush(early);
        else this.flush();
      },
      // Aborted: the caller flushes if necessary.
      () => undefined,
    );
  }

  /** How long to wait because the line was replaced recently, in milliseconds. */
  #getRedrawDelayMs(): number {
    if (this.#replacedChars === 0) return 0;
    const everyMs = this.sink.redraw?.everyMs() ?? 0;
    return this.#redrawnMs + everyMs - this.options.clock.now().getTime();
  }

  #replaceEnd(chars: number, text: string): void {
    this.#redrawnMs = this.options.clock.now().getTime();
    this.sink.redraw?.replaceEnd(chars, text);
  }

  /** Removes characters of the last line from the stored end of the text. */
  #removeFromEnd(chars: number): void {
    this.#lastLineChars -= chars;
    for (let left = chars; left > 0;) {
      const last = this.#recent.pop();
      if (!last) return;
      this.#recentChars -= last.text.length;
      if (last.text.length > left)
        this.#pushChunk({ text: last.text.slice(0, last.text.length - left), lines: last.lines });
      left -= last.text.length;
    }
  }

  #pushChunk(part: TextChunk): void {
    this.#recent.push(part);
    this.#recentChars += part.text.length;
  }

  #retain(part: TextChunk): void {
    const end = part.text.lastIndexOf('\n');
    this.#lastLineChars = end < 0 ? this.#lastLineChars + part.text.length : part.text.length - end - 1;
    if (this.options.maxChars === Infinity) return;
    const most = Math.floor(this.options.maxChars * retainedFraction);
    const surplus = Math.max(0, part.text.length - most);
    let added = part;
    if (surplus > 0) {
      this.#dropOldest(this.#recent.length);
      const gone = countLineEnds(part.text.slice(0, surplus));
      this.#droppedLines += gone;
      added = { text: part.text.slice(surplus), lines: part.lines - gone };
    }
    this.#pushChunk(added);
    let parts = 0;
    for (let left = this.#recentChars; left > most && parts < this.#recent.length - 1; parts++)
      left -= this.#recent[parts]?.text.length ?? 0;
    this.#dropOldest(parts);
  }

  #dropOldest(parts: number): void {
    for (const { text, lines } of this.#recent.splice(0, parts)) {
      this.#recentChars -= text.length;
      this.#droppedLines += lines;
    }
  }

  /**
   * Clears the sink except for the end of the text, starting with a whole line if possible, and adds the
   * number of dropped lines at the top.
   */
  #truncateSink(): void {
    const kept = this.#recent.map(({ text }) => text).join('');
    const begin = kept.indexOf('\n') + 1;
    const rest = begin < kept.length ? kept.slice(begin) : kept;
    this.#droppedLines += countLineEnds(kept.slice(0, kept.length - rest.length));
    this.#recent = [{ text: rest, lines: countLineEnds(rest) }];
    this.#recentChars = rest.length;
    const note = formatGap({ kind: 'gap', cause: 'skipped', lines: this.#droppedLines });
    const text = `${this.#heading}${this.#skippedNote}${note}\n${rest}`;
    this.#chars = text.length;
    this.#lastLineChars = rest.length - (rest.lastIndexOf('\n') + 1);
    this.sink.replaceAll(text);
  }
}

/** The number of line ends in a text. */
function countLineEnds(text: string): number {
  let ends = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ends++;
  return ends;
}
