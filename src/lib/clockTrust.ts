import { dayMs, hourMs } from './time.js';

/** When a clock was last looked at, in milliseconds since 1970. `doubtMs`: since when it is not believed. */
export interface ClockRecord {
  readonly lastMs: number;
  readonly doubtMs?: number;
}

/** A clock that moves on further than this between two looks, or back by more than an hour, may have jumped. */
const maxGapMs = 8 * dayMs;

/** After a jump a clock is believed again when it went on evenly for this long. */
const confirmMs = 20 * hourMs;

/**
 * Whether ages by this clock may decide on removing something. After a jump, or an absence that looks like one, they may
 * not for 20 hours; a clock that was only wrong for a while has been set right by then.
 *
 * @param record - What the look before gave; undefined: this is the first one.
 */
export function checkClock(
  record: ClockRecord | undefined,
  nowMs: number,
): { readonly record: ClockRecord; readonly isTrusted: boolean } {
  const gapMs = record ? nowMs - record.lastMs : 0;
  if (gapMs > maxGapMs || gapMs < -hourMs || !isPlausibleTime(nowMs))
    return { record: { lastMs: nowMs, doubtMs: nowMs }, isTrusted: false };
  const doubtMs = record?.doubtMs;
  const isTrusted = doubtMs === undefined || nowMs - doubtMs >= confirmMs;
  return { record: isTrusted ? { lastMs: nowMs } : { lastMs: nowMs, doubtMs }, isTrusted };
}

/** The beginning of 2020: nothing of ours is older, so that a clock was wrong that says so. */
const earliestMs = Date.UTC(2020, 0);

/** False for a time that only a wrong clock can have given. */
export const isPlausibleTime = (ms: number): boolean => ms >= earliestMs && ms <= 8.64e15;
