import { createLineSplitter, type LineSplitter, type SplitLine } from './lineSplitter.js';

/** Reads at most `most` bytes of a growing file from an offset; fewer, or none, at the end of the file. */
export type RangeReader = (offset: number, most: number) => Promise<Uint8Array>;

/** Splits a growing file into lines, starting at an offset. The caller reads the bytes. */
export interface LineTail extends Pick<LineSplitter, 'partial'> {
  /** The offset of the next byte to read. */
  readonly position: () => number;
  /** The offset that line positions are relative to. */
  readonly base: () => number;
  /** Adds the bytes at the position, returns the lines they complete, and advances the position. */
  readonly push: (bytes: Uint8Array) => readonly SplitLine[];
  /** The unfinished last line as a complete line, when no data will follow. */
  readonly takeRest: () => readonly SplitLine[];
  /** Continues at another offset; the unfinished line is dropped. */
  readonly moveTo: (position: number) => void;
  /** The number of bytes before the position that can be compared. */
  readonly getComparableBytes: () => number;
  /** True if these bytes, which are now directly before the position, are the ones that were read there. */
  readonly isSame: (bytes: Uint8Array) => boolean;
}

/** The number of bytes before the position that are compared to detect a replaced file. */
const comparedBytes = 64;

/** Starts at the byte `from`. */
export function createLineTail(from: number): LineTail {
  let splitter = createLineSplitter();
  let base = from;
  let position = from;
  /** The last bytes before the position, as far as they were read. */
  let last = new Uint8Array(0);
  const begin = (at: number): void => {
    splitter = createLineSplitter();
    base = position = at;
  };
  return {
    position: () => position,
    base: () => base,
    push: (bytes) => {
      position += bytes.length;
      last = takeLastBytes(last, bytes);
      return splitter.push(bytes);
    },
    takeRest: () => splitter.end(),
    partial: () => splitter.partial(),
    moveTo: (at) => {
      begin(at);
      last = new Uint8Array(0);
    },
    getComparableBytes: () => last.length,
    isSame: (bytes) => last.subarray(0, bytes.length).every((byte, at) => byte === bytes[at]),
  };
}

/** A copy, since the bytes can be reused. */
function takeLastBytes(before: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length >= comparedBytes) return new Uint8Array(bytes.subarray(-comparedBytes));
  const both = new Uint8Array(before.length + bytes.length);
  both.set(before);
  both.set(bytes, before.length);
  return both.slice(-comparedBytes);
}

const newline = 10;

/** The number of bytes searched in one step. */
const scanChunkBytes = 65_536;

/**
 * The offset where reading can start near `from`: the first start of a line between `from` and `to`; if there
 * is none, the next start of a character.
 */
export async function findLineStart(read: RangeReader, from: number, to: number): Promise<number> {
  if (from <= 0) return 0;
  for (let at = from - 1; at < to - 1;) {
    const bytes = await read(at, Math.min(scanChunkBytes, to - 1 - at));
    const found = bytes.indexOf(newline);
    if (found >= 0) return at + found + 1;
    if (bytes.length === 0) break;
    at += bytes.length;
  }
  const bytes = await read(from, 4);
  // In a UTF-8 sequence, all bytes except the first start with the bits 10.
  const skipped = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return skipped < 0 || from + skipped >= to ? from : from + skipped;
}
