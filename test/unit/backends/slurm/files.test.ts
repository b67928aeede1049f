import assert from 'node:assert/strict';
import { slurmFiles } from '../../../../src/backends/slurm/files.js';
import { asJobId } from '../../../../src/core/job.js';
import { filesOf, never, problemOf } from '../hosts/doubles.js';
import { fakeHost } from './world.js';

const filesIn = (output: string) =>
  slurmFiles(filesOf(fakeHost(() => ({ output }))), () =>
    Promise.resolve({ folder: '/r/j', name: 'fit', script: undefined }),
  ).files(asJobId('36'), never);

describe('the files of a job on a cluster', () => {
  it('are all of them, however many', async () => {
    const entries = Array.from({ length: 100_000 }, (_, at) => `1 1700000000.0 work/out/${String(at)}\0`);
    const found = await filesIn(entries.join(''));
    assert.equal(found.length, 100_000);
    assert.equal(new Set(found.map(({ name }) => name)).size, 100_000);
  });

  it('are refused, not cut, where the answer is too long', async () => {
    const name = 'n'.repeat(250);
    const entries = Array.from({ length: 260_000 }, (_, at) => `1 1700000000.0 work/${name}${String(at)}\0`);
    const problem = await problemOf(filesIn(entries.join('')));
    assert.equal(problem.kind, 'badAnswer');
  });
});
