import { lineSplitter, type SplitLine } from '../../core/lines.js';
import type { LogEvent, LogGap, LogText } from '../../core/log.js';
import { throwIfAborted } from './errors.js';
import type { LogFile } from './logFile.js';
import type { Loss } from './logMarks.js';

/** Reads lines of a log from one place on. */
export interface LogLines {
  /** The lines and losses up to the byte `to`, a block at a time. `ended`: nothing more will be written. */
  readonly upTo: (to: number, ended: boolean, signal: AbortSignal) => AsyncGenerator<readonly LogEvent[]>;
  /** The unfinished last line as a line. */
  readonly rest: () => readonly LogText[];
  /** The unfinished last line as it stands; undefined: there is none. */
  readonly partial: () => { readonly text: string; readonly at?: Date } | undefined;
  /** Where the next byte is read. */
  readonly position: () => number;
}

/** Bytes that are read at once. */
const stepBytes = 262_144;

/** Begins at the byte `from`. A place in the log is the number of bytes before it. */
export function logLines(file: LogFile, from: number): LogLines {
  // Not a `Buffer`: what the splitter copies of one with `slice` would be no copy.
  const buffer = new Uint8Array(stepBytes);
  let position = from;
  let splitter = lineSplitter();
  /** Where the splitter began to count. */
  let base = from;
  /** When the unfinished line began; it may have begun before what is loaded of the times. */
  let openedAt: Date | undefined;
  let told = 0;

  const text = (line: SplitLine, at: Date | undefined): LogText => ({
    kind: 'line',
    text: line.text,
    next: String(base + line.end),
    ...(line.open ? { open: true } : {}),
    ...(at ? { at } : {}),
  });
  const lines = (split: readonly SplitLine[], loadedFrom: number): readonly LogText[] =>
    split.map((line) =>
      text(line, base + line.start < loadedFrom ? openedAt : file.times.at(base + line.start)),
    );

  const rest = (): readonly LogText[] => {
    const split = splitter.end().map((line) => text(line, openedAt));
    splitter = lineSplitter();
    base = position;
    return split;
  };

  async function step(to: number): Promise<readonly LogText[]> {
    const bytes = buffer.subarray(
      0,
      await file.read(buffer.subarray(0, Math.min(stepBytes, to - position)), position),
    );
    const began = position;
    await file.times.load(began, began + bytes.length);
    const isOpen = splitter.partial() !== undefined;
    const split = splitter.push(bytes);
    position += bytes.length;
    const done = lines(split, isOpen ? began : -1);
    const last = split.at(-1);
    if (last) openedAt = file.times.at(base + last.end);
    else if (!isOpen) openedAt = file.times.at(began);
    return done;
  }

  async function* upTo(to: number, ended: boolean, signal: AbortSignal): AsyncGenerator<readonly LogEvent[]> {
    const losses = (await file.losses()).filter(({ offset }) => offset >= from);
    for (;;) {
      throwIfAborted(signal);
      const loss = losses[told];
      if (loss && loss.offset <= position && (ended || to > position)) {
        yield [...rest(), gapOf(loss)];
        told++;
      } else if (position < to) {
        const before = position;
        yield await step(Math.min(to, loss && loss.offset > position ? loss.offset : to));
        // The file is shorter than it was.
        if (position === before) return;
      } else return;
    }
  }

  return {
    upTo,
    rest,
    position: () => position,
    partial: () => {
      const open = splitter.partial();
      return open === undefined ? undefined : { text: open, ...(openedAt ? { at: openedAt } : {}) };
    },
  };
}

const gapOf = ({ bytes, full }: Loss): LogGap => ({
  kind: 'gap',
  cause: 'lost',
  bytes,
  why: full ? 'the disk was full' : 'the disk did not take the log',
});
