import assert from 'node:assert/strict';
import { parseEstimate } from '../../../../src/backends/slurm/estimate.js';

describe('the estimate of sbatch for a dry run', () => {
  it('contains when and where the job could start', () => {
    const text =
      'sbatch: Welcome to alpha\n' +
      'sbatch: Job 37 to start at 2026-11-21T09:34:50 using 8 processors on nodes n[1-2] in partition debug\n';
    assert.deepEqual(parseEstimate(text), {
      start: new Date('2026-11-21T09:34:50Z'),
      cpus: 8,
      nodeList: 'n[1-2]',
      partition: 'debug',
    });
  });

  it('has no start time if Slurm reports none', () => {
    const text =
      'sbatch: Job 36 to start at 11213-10-12T12:18:50 using 4 processors on nodes n2 in partition debug';
    assert.deepEqual([parseEstimate(text)?.start, parseEstimate(text)?.partition], [undefined, 'debug']);
  });

  it('is missing if sbatch rejected the job', () => {
    for (const text of ['', 'allocation failure: Requested node configuration is not available\n'])
      assert.equal(parseEstimate(text), undefined);
  });
});
