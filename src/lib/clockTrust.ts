import { dayMs, hourMs } from './time.js';

/** The time of the last check, in milliseconds since 1970. `doubtMs`: since when the clock is not trusted. */
export interface ClockRecord {
  readonly lastMs: number;
  readonly doubtMs?: number;
}

/** If the time between two checks is longer, or negative by more than an hour, the clock may have jumped. */
const maxGapMs = 8 * dayMs;

/** After a jump, a clock is trusted again when it has run evenly for this long. */
const confirmMs = 20 * hourMs;

/**
 * Determines whether ages by this clock can justify deleting something. After a jump, or an absence that
 * looks like one, they cannot for 20 hours, by which time a clock that was temporarily wrong has been
 * corrected.
 *
 * @param record - The result of the previous check; undefined: this is the first one.
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

/**
 * The beginning of 2020. No file of the extension is older, so an earlier time means that the clock is wrong.
 */
const minPlausibleMs = Date.UTC(2020, 0);

/** False for a time that only a wrong clock can report. */
export const isPlausibleTime = (ms: number): boolean => ms >= minPlausibleMs && ms <= 8.64e15;
