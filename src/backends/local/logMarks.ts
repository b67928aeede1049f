/** Bytes of one time mark: at which byte of the log, and when it came. */
export const timeBytes = 16;

/** From the byte `offset` of the log on, bytes came at `ms` (since 1970) or later. */
export interface TimeMark {
  readonly offset: number;
  readonly ms: number;
}

/** A time mark as it stands in `log.times`. */
export function writeTime({ offset, ms }: TimeMark): Buffer {
  const bytes = Buffer.alloc(timeBytes);
  bytes.writeDoubleLE(offset, 0);
  bytes.writeDoubleLE(ms, 8);
  return bytes;
}

/** The mark that begins at byte `at` of what was read of `log.times`. */
export const readTime = (bytes: Buffer, at: number): TimeMark => ({
  offset: bytes.readDoubleLE(at),
  ms: bytes.readDoubleLE(at + 8),
});

/**
 * Milliseconds between two time marks: 10 at first, and twice as many after each 65,536 marks up to 1.28 s, so that
 * the marks of a job that writes for a day take eight megabytes.
 */
export const markEveryMs = (marks: number): number => 10 * 2 ** Math.min(7, Math.floor(marks / 65_536));

/** Bytes of one record of a loss. */
export const lossBytes = 24;

/** How many losses are told apart; all that is lost after them counts to the last. */
export const lossesMost = 170;

/** Before the byte `offset` of the log, `bytes` bytes are missing. `full`: because the disk was full. */
export interface Loss {
  readonly offset: number;
  readonly bytes: number;
  readonly full: boolean;
}

/** A loss as it stands in `log.lost`. */
export function writeLoss({ offset, bytes, full }: Loss): Buffer {
  const record = Buffer.alloc(lossBytes);
  record.writeDoubleLE(offset, 0);
  record.writeDoubleLE(bytes, 8);
  record.writeDoubleLE(full ? 1 : 2, 16);
  return record;
}

/** The losses in `log.lost`, in the order of the log; the rest of the file is zeros. */
export function readLosses(file: Buffer): readonly Loss[] {
  const losses: Loss[] = [];
  for (let at = 0; at + lossBytes <= file.length; at += lossBytes) {
    const bytes = file.readDoubleLE(at + 8);
    if (!(bytes > 0)) break;
    losses.push({ offset: file.readDoubleLE(at), bytes, full: file.readDoubleLE(at + 16) === 1 });
  }
  return losses;
}
