import assert from 'node:assert/strict';
import { gresText, readCount, readGres, told } from '../../../../src/backends/slurm/fields.js';

describe('a field of a response', () => {
  it('is missing if Slurm writes a placeholder', () => {
    for (const text of ['', ' ', '(null)', 'N/A', 'n/a', 'None', 'none', 'Unknown', 'None assigned'])
      assert.equal(told(text), undefined, text);
    for (const text of ['0', 'nothing', 'None of it', ' a ']) assert.equal(told(text), text);
  });

  it('is a count, also in abbreviated form', () => {
    assert.deepEqual(['0', '4', '2K', '1M', '4000+', ' 7 '].map(readCount), [0, 4, 2048, 1_048_576, 4000, 7]);
    for (const text of ['', 'x', '-1', 'N/A', '*']) assert.equal(readCount(text), undefined, text);
  });

  it('is a GRES in any form', () => {
    assert.deepEqual(readGres('gpu:a100:4(S:0-1),mps:400'), [
      { name: 'gpu', type: 'a100', count: 4 },
      { name: 'mps', type: undefined, count: 400 },
    ]);
    assert.deepEqual(readGres('gres/gpu:a100=2'), [{ name: 'gpu', type: 'a100', count: 2 }]);
    assert.deepEqual(readGres('gpu:h100'), [{ name: 'gpu', type: 'h100', count: 1 }]);
    assert.deepEqual(readGres('gpu:2(IDX:0,1)'), [{ name: 'gpu', type: undefined, count: 2 }]);
    assert.deepEqual([readGres('(null)'), readGres('')], [[], []]);
    assert.equal(gresText(readGres('gres:gpu:2,gres:shard:h100:8')), 'gpu:2,shard:h100:8');
  });
});
