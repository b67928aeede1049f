import type { FileHandle } from 'node:fs/promises';
import { readTime, timeBytes } from './logMarks.js';

/** Tells when bytes of a log came. */
export interface LogTimes {
  /** Reads what is needed to tell the times of the bytes from `start` up to `end`. */
  readonly load: (start: number, end: number) => Promise<void>;
  /** When the byte at `offset` came, within what was loaded; undefined: not known. */
  readonly at: (offset: number) => Date | undefined;
}

/** Marks that are read at once. */
const together = 256;

/** Reads times from an open `log.times`; undefined: there is none, and no time is known. */
export function logTimes(file: FileHandle | undefined): LogTimes {
  /** What is loaded: the marks before the one of index `next`, up to the first that is not needed yet. */
  let offsets: number[] = [];
  let times: Date[] = [];
  let next = 0;

  /** Goes on to the mark that holds at `start`, or looks for it where nothing before it is loaded. */
  async function seek(from: FileHandle, start: number): Promise<void> {
    const first = upperBound(offsets, start) - 1;
    offsets = first < 0 ? [] : offsets.slice(first);
    times = first < 0 ? [] : times.slice(first);
    if (first >= 0) return;
    const count = Math.floor((await from.stat()).size / timeBytes);
    next = Math.max(0, (await firstAfter(from, count, start)) - 1);
  }

  return {
    load: async (start, end) => {
      if (!file) return;
      await seek(file, start);
      while ((offsets.at(-1) ?? -1) < end) {
        const bytes = await marks(file, next, together);
        for (let at = 0; at + timeBytes <= bytes.length; at += timeBytes) {
          const { offset, ms } = readTime(bytes, at);
          offsets.push(offset);
          times.push(new Date(ms));
        }
        next += bytes.length / timeBytes;
        if (bytes.length < together * timeBytes) return;
      }
    },
    // Lines that came together share one date: there are far more lines than marks.
    at: (offset) => {
      const time = times[upperBound(offsets, offset) - 1];
      // A damaged file holds what is no date.
      return time && Number.isFinite(time.getTime()) ? time : undefined;
    },
  };
}

/** The index of the first of `count` marks that is behind `offset`. */
async function firstAfter(file: FileHandle, count: number, offset: number): Promise<number> {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const bytes = await marks(file, middle, 1);
    if (bytes.length === timeBytes && readTime(bytes, 0).offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function marks(file: FileHandle, index: number, count: number): Promise<Buffer> {
  const buffer = Buffer.alloc(count * timeBytes);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, index * timeBytes);
  return buffer.subarray(0, bytesRead - (bytesRead % timeBytes));
}

/** How many of the ascending numbers are at most `value`. */
function upperBound(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
