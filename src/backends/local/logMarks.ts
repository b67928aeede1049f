/** The size of a time mark in bytes: a position in the log and a time. */
export const timeMarkBytes = 16;

/** Bytes from the position `offset` on arrived at `ms` (since 1970) or later. */
export interface TimeMark {
  readonly offset: number;
  readonly ms: number;
}

/** The bytes of a time mark in `log.times`. */
export function formatTimeMark({ offset, ms }: TimeMark): Buffer {
  const bytes = Buffer.alloc(timeMarkBytes);
  bytes.writeDoubleLE(offset, 0);
  bytes.writeDoubleLE(ms, 8);
  return bytes;
}

/** The mark at byte `at` of a part of `log.times`. */
export const parseTimeMark = (bytes: Buffer, at: number): TimeMark => ({
  offset: bytes.readDoubleLE(at),
  ms: bytes.readDoubleLE(at + 8),
});

/**
 * The interval between time marks in milliseconds: 10 at first, doubled after each 65,536 marks up to 1.28 s, so that
 * the marks of a job that writes for a day need eight megabytes.
 */
export const getMarkIntervalMs = (marks: number): number => 10 * 2 ** Math.min(7, Math.floor(marks / 65_536));

/** The size of a gap record in bytes. */
export const gapMarkBytes = 24;

/** The maximum number of separate gaps; later losses are added to the last one. */
export const maxGapMarks = 170;

/** `bytes` bytes are missing before the position `offset`. `full`: because the disk was full. */
export interface LogGapMark {
  readonly offset: number;
  readonly bytes: number;
  readonly full: boolean;
}

/** The bytes of a gap record in `log.lost`. */
export function formatGapMark({ offset, bytes, full }: LogGapMark): Buffer {
  const record = Buffer.alloc(gapMarkBytes);
  record.writeDoubleLE(offset, 0);
  record.writeDoubleLE(bytes, 8);
  record.writeDoubleLE(full ? 1 : 2, 16);
  return record;
}

/** The gaps in `log.lost`, in the order of the log; the rest of the file is zeros. */
export function parseGapMarks(file: Buffer): readonly LogGapMark[] {
  const losses: LogGapMark[] = [];
  for (let at = 0; at + gapMarkBytes <= file.length; at += gapMarkBytes) {
    const bytes = file.readDoubleLE(at + 8);
    if (!(bytes > 0)) break;
    losses.push({ offset: file.readDoubleLE(at), bytes, full: file.readDoubleLE(at + 16) === 1 });
  }
  return losses;
}
