import assert from 'node:assert/strict';
import { checkClock, isPlausibleTime, type ClockRecord } from '../../../src/lib/clockTrust.js';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2026, 5, 1);

describe('the trust in a clock', () => {
  /** What each look said, at these times after the beginning. */
  const looks = (...times: readonly number[]): readonly boolean[] => {
    let record: ClockRecord | undefined;
    return times.map((time) => {
      const checked = checkClock(record, start + time);
      record = checked.record;
      return checked.isTrusted;
    });
  };

  it('is there while it goes on, also over a week without a look', () => {
    assert.deepEqual(looks(0, hour, 3 * day, 10 * day), [true, true, true, true]);
  });

  for (const jump of [60 * day, 9 * day, 365 * day, 30_000 * day])
    it(`is lost for 20 hours by a jump of ${String(jump / day)} days`, () => {
      assert.deepEqual(looks(0, jump, jump + hour, jump + 19 * hour, jump + 21 * hour), [
        true,
        false,
        false,
        false,
        true,
      ]);
    });

  it('is lost while it says a time long ago, and for 20 hours after it was set right', () => {
    const to1970 = -start + hour;
    assert.deepEqual(looks(0, to1970, to1970 + 30 * hour, day, day + hour, day + 21 * hour), [
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  it('is lost each time it jumps to and fro', () => {
    assert.deepEqual(looks(0, 60 * day, hour, 60 * day, 2 * hour), [true, false, false, false, false]);
  });

  it('finds times plausible that a clock may have given while there was this extension', () => {
    assert.deepEqual([0, 1, Date.UTC(2019, 11, 31), Number.NaN, 1e18, -1, start].map(isPlausibleTime), [
      false,
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
  });
});
