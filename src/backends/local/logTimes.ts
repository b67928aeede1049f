import type { FileHandle } from 'node:fs/promises';
import { parseTimeMark, timeMarkBytes } from './logMarks.js';

/** The times at which the bytes of a log arrived. */
export interface LogTimeReader {
  /** Loads the times of the bytes from `start` up to `end`. */
  readonly load: (start: number, end: number) => Promise<void>;
  /** When the loaded byte at `offset` arrived; undefined if unknown. */
  readonly at: (offset: number) => Date | undefined;
}

/** How many marks are read at a time. */
const marksPerRead = 256;

/** Reads times from an open `log.times`; undefined if it does not exist, so that no time is known. */
export function createLogTimeReader(file: FileHandle | undefined): LogTimeReader {
  /** The loaded marks: those before the index `next`, up to the first that is not needed yet. */
  let offsets: number[] = [];
  let times: Date[] = [];
  let next = 0;

  /** Moves to the mark that applies at `start`, or searches for it if nothing before it is loaded. */
  async function seek(from: FileHandle, start: number): Promise<void> {
    const first = findUpperBound(offsets, start) - 1;
    offsets = first < 0 ? [] : offsets.slice(first);
    times = first < 0 ? [] : times.slice(first);
    if (first >= 0) return;
    const count = Math.floor((await from.stat()).size / timeMarkBytes);
    next = Math.max(0, (await findFirstMarkAfter(from, count, start)) - 1);
  }

  return {
    load: async (start, end) => {
      if (!file) return;
      await seek(file, start);
      while ((offsets.at(-1) ?? -1) < end) {
        const bytes = await readMarks(file, next, marksPerRead);
        for (let at = 0; at + timeMarkBytes <= bytes.length; at += timeMarkBytes) {
          const { offset, ms } = parseTimeMark(bytes, at);
          offsets.push(offset);
          times.push(new Date(ms));
        }
        next += bytes.length / timeMarkBytes;
        if (bytes.length < marksPerRead * timeMarkBytes) return;
      }
    },
    // Lines that arrived together share one date: a log has far more lines than marks.
    at: (offset) => {
      const time = times[findUpperBound(offsets, offset) - 1];
      // A damaged file can contain invalid dates.
      return time && Number.isFinite(time.getTime()) ? time : undefined;
    },
  };
}

/** The index of the first of `count` marks after `offset`. */
async function findFirstMarkAfter(file: FileHandle, count: number, offset: number): Promise<number> {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const bytes = await readMarks(file, middle, 1);
    if (bytes.length === timeMarkBytes && parseTimeMark(bytes, 0).offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function readMarks(file: FileHandle, index: number, count: number): Promise<Buffer> {
  const buffer = Buffer.alloc(count * timeMarkBytes);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, index * timeMarkBytes);
  return buffer.subarray(0, bytesRead - (bytesRead % timeMarkBytes));
}

/** How many of the ascending numbers are at most `value`. */
function findUpperBound(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
