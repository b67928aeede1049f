import assert from 'node:assert/strict';
import { validateArray, formatIndices, parseDisplayId } from '../../../../src/backends/scheduler/taskIds.js';
import { arrayIndexBound } from '../../../../src/backends/slurm/questions.js';
import { parseRanges, splitTasks } from '../../../../src/backends/scheduler/taskRanges.js';

const wrong = (text: string): string | undefined => validateArray(text, arrayIndexBound);

/** Pseudo-random numbers, the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state;
  }
}

describe('task lists of an array', () => {
  it('are formatted in the usual short form', () => {
    assert.equal(formatIndices([3, 1, 2, 2]), '1-3');
    assert.equal(formatIndices([0, 2, 4, 6, 8, 12]), '0-8:2,12');
    assert.equal(formatIndices([0, 2]), '0,2');
    assert.equal(formatIndices([4, 5]), '4-5');
    assert.equal(formatIndices([1, 2, 3, 10, 20, 30], 4), '1-3,10-30:10%4');
    assert.equal(formatIndices([]), '');
  });

  it('are unchanged after formatting and parsing', () => {
    const random = numbers(7);
    for (let round = 0; round < 200; round++) {
      const many = random.next().value % 40;
      const set = new Set([...Array(many + 1).keys()].map(() => random.next().value % 60));
      const sorted = [...set].sort((a, b) => a - b);
      const read = parseRanges(formatIndices(set));
      assert.deepEqual(read && splitTasks(read, 1_000), { indices: sorted }, formatIndices(set));
      assert.equal(wrong(formatIndices(set)), undefined);
    }
  });
});

describe('the input for an array', () => {
  it('can be anything that sbatch accepts, or empty', () => {
    for (const text of ['', '0-15', '1,3,5', '1-7:2', '0-99%4', '5', ' 1-3 , 7 ', '0-4000000:5'])
      assert.equal(wrong(text), undefined, text);
  });

  it('is explained if it is invalid', () => {
    assert.equal(wrong('9-1'), 'Invalid range 9-1.');
    assert.equal(wrong('1-4:0'), '1-4:0 is not an index or a range of indices.');
    assert.equal(wrong('1,,2'), 'Missing index next to a comma.');
    assert.equal(wrong('1 2'), '1 2 is not an index or a range of indices.');
    assert.equal(wrong('0-9%0'), 'Max concurrent tasks must be at least 1.');
    assert.equal(wrong('4000001'), '4000001 exceeds the limit of Slurm: 4,000,000.');
    assert.equal(wrong('0-2000000'), 'More than a million tasks is not supported.');
    for (const text of ['all', '[0-9]', '0..9', '%4', '0-9%', '0-9%4%5', '$(id)'])
      assert.match(wrong(text) ?? '', /^Enter indices such as/, text);
  });
});

describe('a Slurm job id', () => {
  it('is split into its parts', () => {
    assert.deepEqual(parseDisplayId('36'), { base: 36 });
    assert.deepEqual(parseDisplayId('36_2'), { base: 36, index: 2 });
    assert.deepEqual(parseDisplayId('36+1'), { base: 36, part: 1 });
    assert.deepEqual(parseDisplayId('8_[1-4%2]'), {
      base: 8,
      tasks: { ranges: [{ from: 1, to: 4, step: 1 }], count: 4, throttle: 2, cut: false },
    });
  });

  it('is rejected if it has another form', () => {
    for (const text of ['', '36.batch', '36_2.0', 'x', '36_', '36_[', '36_*', '36+x', '36 37', '-36'])
      assert.equal(parseDisplayId(text), undefined, text);
  });
});
