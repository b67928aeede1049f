import assert from 'node:assert/strict';
import { formatGres, parseCount, parseGres, toNonEmpty } from '../../../../src/backends/slurm/fields.js';

describe('a field of a response', () => {
  it('is missing if Slurm writes a placeholder', () => {
    for (const text of ['', ' ', '(null)', 'N/A', 'n/a', 'None', 'none', 'Unknown', 'None assigned'])
      assert.equal(toNonEmpty(text), undefined, text);
    for (const text of ['0', 'nothing', 'None of it', ' a ']) assert.equal(toNonEmpty(text), text);
  });

  it('is a count, also in abbreviated form', () => {
    assert.deepEqual(
      ['0', '4', '2K', '1M', '4000+', ' 7 '].map(parseCount),
      [0, 4, 2048, 1_048_576, 4000, 7],
    );
    for (const text of ['', 'x', '-1', 'N/A', '*']) assert.equal(parseCount(text), undefined, text);
  });

  it('is a GRES in any form', () => {
    assert.deepEqual(parseGres('gpu:a100:4(S:0-1),mps:400'), [
      { name: 'gpu', type: 'a100', count: 4 },
      { name: 'mps', type: undefined, count: 400 },
    ]);
    assert.deepEqual(parseGres('gres/gpu:a100=2'), [{ name: 'gpu', type: 'a100', count: 2 }]);
    assert.deepEqual(parseGres('gpu:h100'), [{ name: 'gpu', type: 'h100', count: 1 }]);
    assert.deepEqual(parseGres('gpu:2(IDX:0,1)'), [{ name: 'gpu', type: undefined, count: 2 }]);
    assert.deepEqual([parseGres('(null)'), parseGres('')], [[], []]);
    assert.equal(formatGres(parseGres('gres:gpu:2,gres:shard:h100:8')), 'gpu:2,shard:h100:8');
  });
});
