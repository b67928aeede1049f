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
const together = 4_096;

/** Reads times from an open `log.times`; undefined: there is none, and no time is known. */
export function logTimes(file: FileHandle | undefined): LogTimes {
  let offsets: number[] = [];
  let times: number[] = [];
  return {
    load: async (start, end) => {
      offsets = [];
      times = [];
      if (!file) return;
      const count = Math.floor((await file.stat()).size / timeBytes);
      const first = Math.max(0, (await firstAfter(file, count, start)) - 1);
      for (let index = first; index < count; index += together) {
        const bytes = await marks(file, index, Math.min(together, count - index));
        for (let at = 0; at + timeBytes <= bytes.length; at += timeBytes) {
          const { offset, ms } = readTime(bytes, at);
          if (offset >= end) return;
          offsets.push(offset);
          times.push(ms);
        }
      }
    },
    at: (offset) => {
      const index = upperBound(offsets, offset) - 1;
      const ms = index < 0 ? undefined : times[index];
      return ms === undefined ? undefined : new Date(ms);
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
