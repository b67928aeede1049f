import { lineSplitter, type LineSplitter, type SplitLine } from './lines.js';

/** Reads at most `most` bytes of a growing file from an offset on; fewer, or none, where it ends before. */
export type ReadAt = (offset: number, most: number) => Promise<Uint8Array>;

/** The lines of a growing file, read on from one place; whoever has it reads the bytes. */
export interface LineTail extends Pick<LineSplitter, 'partial'> {
  /** Where the next byte is read. */
  readonly position: () => number;
  /** Where the first byte lies from which the places of lines are counted. */
  readonly base: () => number;
  /** The lines that the bytes at the position complete; the position moves behind them. */
  readonly push: (bytes: Uint8Array) => readonly SplitLine[];
  /** The unfinished last line as a line: nothing more will come of it. */
  readonly rest: () => readonly SplitLine[];
  /** Reads on from another place; the unfinished line is dropped. */
  readonly moveTo: (position: number) => void;
  /** How many of the last bytes before the position are known. */
  readonly comparable: () => number;
  /** True: these bytes, which now stand right before the position, are those that were read there. */
  readonly isSame: (bytes: Uint8Array) => boolean;
}

/** So many bytes before the place are compared with what was read there, to notice a file that was written anew. */
const comparedBytes = 64;

/** Begins at the byte `from`. */
export function createLineTail(from: number): LineTail {
  let splitter = lineSplitter();
  let base = from;
  let position = from;
  /** The last bytes before the position, as far as they were read here. */
  let last = new Uint8Array(0);
  const begin = (at: number): void => {
    splitter = lineSplitter();
    base = position = at;
  };
  return {
    position: () => position,
    base: () => base,
    push: (bytes) => {
      position += bytes.length;
      last = lastOf(last, bytes);
      return splitter.push(bytes);
    },
    rest: () => splitter.end(),
    partial: () => splitter.partial(),
    moveTo: (at) => {
      begin(at);
      last = new Uint8Array(0);
    },
    comparable: () => last.length,
    isSame: (bytes) => last.subarray(0, bytes.length).every((byte, at) => byte === bytes[at]),
  };
}

/** A copy: the bytes may be reused. */
function lastOf(before: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length >= comparedBytes) return new Uint8Array(bytes.subarray(-comparedBytes));
  const both = new Uint8Array(before.length + bytes.length);
  both.set(before);
  both.set(bytes, before.length);
  return both.slice(-comparedBytes);
}

const newline = 10;

/** Bytes that are looked through at once. */
const stepBytes = 65_536;

/**
 * Where reading a file may begin when it should begin near `from`: at the first line from there on that begins before
 * `to`; where none does, within the line, at the beginning of a character.
 */
export async function findLineStart(read: ReadAt, from: number, to: number): Promise<number> {
  if (from <= 0) return 0;
  for (let at = from - 1; at < to - 1;) {
    const bytes = await read(at, Math.min(stepBytes, to - 1 - at));
    const found = bytes.indexOf(newline);
    if (found >= 0) return at + found + 1;
    if (bytes.length === 0) break;
    at += bytes.length;
  }
  const bytes = await read(from, 4);
  // Within a UTF-8 sequence, all bytes but the first begin with the bits 10.
  const skipped = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return skipped < 0 || from + skipped >= to ? from : from + skipped;
}
