import { closeSync, openSync, writeSync } from 'node:fs';
import { isDiskFull } from '../../lib/errno.js';
import {
  gapMarkBytes,
  maxGapMarks,
  getMarkIntervalMs,
  timeMarkBytes,
  formatGapMark,
  formatTimeMark,
  type LogGapMark,
} from './logMarks.js';
import type { JobPaths } from './paths.js';

/** Receives a job's output. */
export interface JobLogWriter {
  /** Never fails: bytes that the disk refuses are counted as lost, and the job continues. */
  readonly write: (chunk: Uint8Array) => void;
  readonly close: () => void;
}

/**
 * Writes a job's log as it arrives, with the times in a second file. Writes wait for the disk; meanwhile the pipe
 * fills and the job waits, so that memory is limited.
 *
 * @throws the errors of opening the three files.
 */
export function createJobLogWriter(paths: JobPaths, now: () => number = Date.now): JobLogWriter {
  const log = openSync(paths.log, 'w', 0o600);
  const times = openSync(paths.times, 'w', 0o600);
  const losses = createGapRecorder(paths);
  let size = 0;
  let marks = 0;
  let markedMs = 0;
  const mark = (): void => {
    const ms = now();
    // Also marks after the clock was set back, hence `Math.abs`.
    if (marks > 0 && Math.abs(ms - markedMs) < getMarkIntervalMs(marks)) return;
    markedMs = ms;
    // Written at its own position, so that half a mark on a full disk does not shift the following ones.
    if (tryWrite(times, formatTimeMark({ offset: size, ms }), marks * timeMarkBytes).error === undefined)
      marks++;
  };
  return {
    write: (chunk) => {
      mark();
      const { written, error } = losses.isOver()
        ? { written: 0, error: undefined }
        : tryWrite(log, chunk, size);
      size += written;
      if (written < chunk.length) losses.add(size, chunk.length - written, isDiskFull(error));
    },
    close: () => {
      losses.close();
      for (const file of [log, times]) closeSync(file);
    },
  };
}

function tryWrite(file: number, bytes: Uint8Array, at: number): { written: number; error: unknown } {
  let written = 0;
  try {
    while (written < bytes.length) {
      written += writeSync(file, bytes, written, bytes.length - written, at + written);
    }
    return { written, error: undefined };
  } catch (error) {
    return { written, error };
  }
}

/** Gaps are recorded in a file with reserved room, since they occur on a full disk. */
function createGapRecorder(paths: JobPaths): {
  add: (offset: number, bytes: number, full: boolean) => void;
  isOver: () => boolean;
  close: () => void;
} {
  const file = openSync(paths.lost, 'w', 0o600);
  tryWrite(file, Buffer.alloc(gapMarkBytes * maxGapMarks), 0);
  let count = 0;
  let last: LogGapMark | undefined;
  const isOver = (): boolean => count >= maxGapMarks;
  return {
    add: (offset, bytes, full) => {
      if (last && (last.offset === offset || isOver())) last = { ...last, bytes: last.bytes + bytes };
      else {
        last = { offset, bytes, full };
        count++;
      }
      tryWrite(file, formatGapMark(last), (count - 1) * gapMarkBytes);
    },
    isOver,
    close: () => {
      closeSync(file);
    },
  };
}
