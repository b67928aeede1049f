import assert from 'node:assert/strict';
import {
  parseTimeSpan,
  parseTime,
  parseTimeOption,
  formatTimeSpan,
  formatTime,
} from '../../../../src/backends/scheduler/times.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe('a timestamp from Slurm', () => {
  it('is in UTC, regardless of the local time zone', () => {
    assert.deepEqual(parseTime('2026-11-20T14:03:11'), new Date('2026-11-20T14:03:11Z'));
    assert.deepEqual(parseTime(' 2024-02-29T00:00:00\n'), new Date('2024-02-29T00:00:00Z'));
  });

  it('is unknown if Slurm reports none or an invalid one', () => {
    const none = ['N/A', 'Unknown', 'None', 'NONE', '', '(null)', '2026-11-20', '14:03:11', '1700000000'];
    const wrong = [
      '2026-13-01T00:00:00',
      '2026-02-30T00:00:00',
      '2026-11-20T25:00:00',
      '2026-11-20T14:03:11Z',
    ];
    for (const text of [...none, ...wrong]) assert.equal(parseTime(text), undefined, text);
  });

  it('is formatted for an option in the form that is parsed', () => {
    const time = new Date('2026-03-29T01:30:00.999Z');
    assert.equal(formatTime(time), '2026-03-29T01:30:00');
    assert.deepEqual(parseTime(formatTime(time)), new Date('2026-03-29T01:30:00Z'));
  });
});

describe('a duration from Slurm', () => {
  it('is parsed from all of its shortened forms', () => {
    assert.equal(parseTimeSpan('0:00'), 0);
    assert.equal(parseTimeSpan('9:54'), 9 * minute + 54_000);
    assert.equal(parseTimeSpan('10:00'), 10 * minute);
    assert.equal(parseTimeSpan('1:02:03'), hour + 2 * minute + 3_000);
    assert.equal(parseTimeSpan('00:01:00'), minute);
    assert.equal(parseTimeSpan('2-00:00:00'), 2 * day);
    assert.equal(parseTimeSpan('364-23:59:58'), 365 * day - 2_000);
  });

  it('can be unlimited', () => {
    for (const text of ['UNLIMITED', 'infinite', ' UNLIMITED '])
      assert.equal(parseTimeSpan(text), 'unlimited');
  });

  it('is unknown if Slurm reports none', () => {
    for (const text of ['NOT_SET', 'INVALID', 'Partition_Limit', 'n/a', 'N/A', '', '90', '1:2', '-1:00'])
      assert.equal(parseTimeSpan(text), undefined, text);
  });
});

describe('a time limit in the form of --time', () => {
  it('has minutes first if it is short, and days before a dash', () => {
    assert.equal(parseTimeOption('90'), 90 * minute);
    assert.equal(parseTimeOption('1:30'), 90_000);
    assert.equal(parseTimeOption('1:30:00'), 90 * minute);
    assert.equal(parseTimeOption('2-0'), 2 * day);
    assert.equal(parseTimeOption('1-12'), 36 * hour);
    assert.equal(parseTimeOption('2-0:30'), 2 * day + 30 * minute);
    assert.equal(parseTimeOption('2-01:02:03'), 2 * day + hour + 2 * minute + 3_000);
  });

  it('removes the limit with a zero or a word', () => {
    for (const text of ['0', '0:00', '0-0', '-1', 'UNLIMITED', 'infinite'])
      assert.equal(parseTimeOption(text), 'unlimited', text);
  });

  it('is rejected if sbatch would reject it', () => {
    for (const text of ['', 'soon', '1h', '1:2:3:4', '-5', '1-', '-1:00', '1.5', '2-0:0:0:0', 'now+1'])
      assert.equal(parseTimeOption(text), undefined, text);
  });

  it('is formatted so that parsing returns it, rounded up to the next minute', () => {
    assert.equal(formatTimeSpan(90 * minute), '0-01:30:00');
    assert.equal(formatTimeSpan(90_000), '0-00:02:00');
    assert.equal(formatTimeSpan(1), '0-00:01:00');
    assert.equal(formatTimeSpan(50 * hour), '2-02:00:00');
    for (const minutes of [1, 59, 60, 61, 1439, 1440, 1441, 525_600])
      assert.equal(parseTimeOption(formatTimeSpan(minutes * minute)), minutes * minute);
  });
});
