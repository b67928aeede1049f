import assert from 'node:assert/strict';
import { checkClock, isPlausibleTime, type ClockRecord } from '../../../src/lib/clockTrust.js';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2026, 5, 1);

describe('the trust in a clock', () => {
  /** The result of each check, at these times after the start. */
  const looks = (...times: readonly number[]): readonly boolean[] => {
    let record: ClockRecord | undefined;
    return times.map((time) => {
      const checked = checkClock(record, start + time);
      record = checked.record;
      return checked.isTrusted;
    });
  };

  it('is kept while the clock advances, also over a week without a check', () => {
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

  it('is lost while the clock is far in the past, and for 20 hours after it was corrected', () => {
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

  it('is lost each time the clock jumps back and forth', () => {
    assert.deepEqual(looks(0, 60 * day, hour, 60 * day, 2 * hour), [true, false, false, false, false]);
  });

  it('accepts times that a clock can have had since the extension exists', () => {
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
