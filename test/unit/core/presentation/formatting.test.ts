import assert from 'node:assert/strict';
import { startStopwatch } from '../../../fakes/stopwatch.js';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatOrdinal,
  parseDuration,
} from '../../../../src/core/presentation/formatting.js';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('durationText', () => {
  for (const [ms, text] of [
    [-5, 'under 1 s'],
    [0, 'under 1 s'],
    [40, '40 ms'],
    [99.6, '100 ms'],
    [100, '0.1 s'],
    [3_240, '3.2 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [4 * minute + 10 * second, '4 min 10 s'],
    [59 * minute + 59 * second, '59 min 59 s'],
    [hour, '1 h'],
    [2 * hour + 5 * minute + 59 * second, '2 h 5 min'],
    [47 * hour, '47 h'],
    [2 * day, '2 days'],
    [3 * day + 4 * hour, '3 days 4 h'],
    [30 * day + 4 * hour, '30 days'],
  ] as const) {
    it(`formats ${String(ms)} ms as ${text}`, () => {
      assert.equal(formatDuration(ms), text);
    });
  }
});

describe('ageText', () => {
  const now = new Date(2026, 2, 5, 12, 0, 0);
  for (const [at, text] of [
    [new Date(2026, 2, 5, 12, 0, 30), 'just now'],
    [new Date(2026, 2, 5, 11, 59, 51), 'just now'],
    [new Date(2026, 2, 5, 11, 59, 45), '15 s ago'],
    [new Date(2026, 2, 5, 11, 55, 0), '5 min ago'],
    [new Date(2026, 2, 5, 9, 30, 0), '2 h ago'],
    [new Date(2026, 2, 4, 14, 2, 0), 'yesterday 14:02'],
    [new Date(2026, 2, 3, 9, 5, 0), '2026-03-03 09:05'],
    [new Date(2025, 11, 31, 23, 59, 0), '2025-12-31 23:59'],
  ] as const) {
    it(`formats ${at.toString()} at noon of 5 March 2026 as ${text}`, () => {
      assert.equal(formatAge(at, now), text);
    });
  }

  it('counts minutes across midnight, and calls older times yesterday', () => {
    const early = new Date(2026, 2, 5, 0, 10, 0);
    assert.equal(formatAge(new Date(2026, 2, 4, 23, 50, 0), early), '20 min ago');
    assert.equal(formatAge(new Date(2026, 2, 4, 22, 50, 0), early), 'yesterday 22:50');
  });
});

describe('bytesText', () => {
  for (const [bytes, text] of [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [3.1 * 2 ** 20, '3.1 MiB'],
    [2 ** 20 - 1, '1.0 MiB'],
    [2 ** 31, '2.0 GiB'],
    [5000 * 2 ** 40, '5000.0 TiB'],
  ] as const) {
    it(`formats ${String(bytes)} as ${text}`, () => {
      assert.equal(formatBytes(bytes), text);
    });
  }
});

describe('countText', () => {
  for (const [count, text] of [
    [0, '0'],
    [999, '999'],
    [1204, '1,204'],
    [812_000, '812,000'],
    [1_000_000, '1,000,000'],
  ] as const) {
    it(`formats ${String(count)} as ${text}`, () => {
      assert.equal(formatCount(count), text);
    });
  }
});

describe('ordinalText', () => {
  it('appends English suffixes', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 111, 112, 123].map(formatOrdinal),
      '1st 2nd 3rd 4th 10th 11th 12th 13th 21st 22nd 101st 111th 112th 123rd'.split(' '),
    );
  });
});

describe('parseDuration', () => {
  for (const [text, ms] of [
    ['90', 90 * minute],
    [' 30 min ', 30 * minute],
    ['2 h', 2 * hour],
    ['2H', 2 * hour],
    ['1h30', 90 * minute],
    ['1 h 30 min', 90 * minute],
    ['1h30m15s', hour + 30 * minute + 15 * second],
    ['5 min 30', 5 * minute + 30 * second],
    ['0.5 h', 30 * minute],
    ['0,5 h', 30 * minute],
    ['1:30', 90 * minute],
    ['1:30:15', hour + 30 * minute + 15 * second],
    ['3 days', 3 * day],
    ['1 day 6 hours', 30 * hour],
    ['90 s', 90 * second],
    ['3650 d', 3650 * day],
  ] as const) {
    it(`parses "${text}" as ${formatDuration(ms)}`, () => {
      assert.equal(parseDuration(text), ms);
    });
  }

  for (const text of [
    '',
    '0',
    '-5',
    'soon',
    'h',
    '5 weeks',
    '30 min 2 h',
    '1 h 2 h',
    '10 20',
    '1 s 5',
    '1:75',
    '1e3',
    '4000 d',
    '1 h!',
    '１ h',
  ]) {
    it(`rejects "${text}"`, () => {
      assert.equal(parseDuration(text), undefined);
    });
  }

  it('rejects long invalid input without delay', () => {
    const elapsedMs = startStopwatch();
    assert.equal(parseDuration(`${'1'.repeat(50_000)}!`), undefined);
    assert.equal(parseDuration(`${'1 '.repeat(50_000)}!`), undefined);
    assert.ok(elapsedMs() < 500);
  });
});
