import assert from 'node:assert/strict';
import { formatRanges, parseRanges, splitTasks } from '../../../../src/backends/scheduler/taskRanges.js';
import { startStopwatch } from '../../../fakes/stopwatch.js';

const expanded = (text: string, most = 100): unknown => {
  const read = parseRanges(text);
  return read && { ...splitTasks(read, most), ...(read.throttle ? { throttle: read.throttle } : {}) };
};

describe('task ranges of a row', () => {
  it('are parsed from all forms that Slurm writes', () => {
    assert.deepEqual(expanded('5'), { indices: [5] });
    assert.deepEqual(expanded('[0-9:2,12%4]'), { indices: [0, 2, 4, 6, 8, 12], throttle: 4 });
    assert.deepEqual(expanded('1-4%2'), { indices: [1, 2, 3, 4], throttle: 2 });
    assert.deepEqual(expanded('[7]'), { indices: [7] });
    assert.deepEqual(expanded('0-3%0'), { indices: [0, 1, 2, 3] });
  });

  it('report that they were truncated', () => {
    for (const text of ['[1,3,5,...]', '[1,3,5...]'].slice(0, 1)) {
      const { indices, rest } = splitTasks(parseRanges(text) ?? assert.fail(), 100);
      assert.deepEqual(indices, [1, 3, 5]);
      assert.equal(rest?.cut, true);
    }
    assert.equal(parseRanges('[1-2,4...]')?.cut, true);
  });

  it('are empty if there is no array, or nothing that can be parsed', () => {
    for (const text of ['N/A', '', '[]', '(null)', 'a-b', '3-1', '1-4:0', '1,,2', '0x1f', '1-', '%4', '-1'])
      assert.equal(parseRanges(text), undefined, text);
  });

  it('use no more time and memory for millions of tasks than for one', () => {
    const elapsedMs = startStopwatch();
    for (const [text, count] of [
      ['0-999999', 1_000_000],
      ['[0-3999999%7]', 4_000_000],
      ['0-999999999', 1_000_000_000],
      ['[1-9999999:2,20000000-29999999]', 15_000_000],
    ] as const) {
      const read = parseRanges(text) ?? assert.fail(text);
      assert.equal(read.count, count);
      const { indices, rest } = splitTasks(read, 3);
      assert.equal(indices.length, 3);
      assert.equal(rest?.count, count - 3);
    }
    assert.ok(elapsedMs() < 100);
  });

  it('are truncated if they have very many parts', () => {
    const text = Array.from({ length: 500_000 }, (_, at) => at * 2).join(',');
    const elapsedMs = startStopwatch();
    const read = parseRanges(text);
    assert.ok(elapsedMs() < 500);
    assert.equal(read?.cut, true);
    assert.equal(read.ranges.length, 20_000);
  });

  it('continue after the first tasks were removed, and are formatted as Slurm formats them', () => {
    const { indices, rest } = splitTasks(parseRanges('0-8:2,12,20-29') ?? assert.fail(), 3);
    assert.deepEqual(indices, [0, 2, 4]);
    assert.equal(rest && formatRanges(rest), '6-8:2,12,20-29');
    assert.equal(formatRanges(parseRanges('3-4:5') ?? assert.fail()), '3');
  });
});
