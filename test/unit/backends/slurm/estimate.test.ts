import assert from 'node:assert/strict';
import { readEstimate } from '../../../../src/backends/slurm/estimate.js';

describe('what sbatch expects of a submission that is only tried', () => {
  it('is when and where it may start', () => {
    const text =
      'sbatch: Welcome to alpha\n' +
      'sbatch: Job 37 to start at 2026-11-21T09:34:50 using 8 processors on nodes n[1-2] in partition debug\n';
    assert.deepEqual(readEstimate(text), {
      start: new Date('2026-11-21T09:34:50Z'),
      cpus: 8,
      nodeList: 'n[1-2]',
      partition: 'debug',
    });
  });

  it('has no start where Slurm cannot tell one', () => {
    const text =
      'sbatch: Job 36 to start at 11213-10-12T12:18:50 using 4 processors on nodes n2 in partition debug';
    assert.deepEqual([readEstimate(text)?.start, readEstimate(text)?.partition], [undefined, 'debug']);
  });

  it('is nothing where it refused', () => {
    for (const text of ['', 'allocation failure: Requested node configuration is not available\n'])
      assert.equal(readEstimate(text), undefined);
  });
});
