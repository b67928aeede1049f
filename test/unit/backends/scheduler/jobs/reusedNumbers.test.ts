import assert from 'node:assert/strict';
import { toJobId } from '../../../../../src/core/domain/job.js';
import { never } from '../../../remote/doubles.js';
import { listOf, withCluster } from '../../slurm/fakeCluster.js';
import { accountLine, queueLine } from '../../slurm/world.js';

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a job number that the cluster reuses', () => {
  it('does not inherit the exit code or the name of the earlier job', () =>
    withCluster(async (to) => {
      const sacct = { output: '' };
      to.others['sacct'] = () => sacct;
      to.queue = [queueLine({ T: 'FAILED', j: 'early' })];
      sacct.output = accountLine({ name: 'early', exit: '3:0' });
      await listOf(to);
      await settle();
      assert.deepEqual((await listOf(to))[0]?.exit, { code: 3 });
      const next = '2026-03-06T09:00:00';
      to.queue = [queueLine({ T: 'COMPLETED', j: 'late', V: next, S: next, e: next })];
      sacct.output = accountLine({
        state: 'COMPLETED',
        name: 'late',
        exit: '0:0',
        submit: next,
        start: next,
        end: next,
      });
      await to.clock.advance(60_000);
      await listOf(to);
      await settle();
      const [job] = await listOf(to);
      assert.deepEqual([job?.name, job?.exit, job?.state.word], ['late', { code: 0 }, 'COMPLETED']);
      // The same after the controller has purged the job.
      to.queue = [];
      await to.clock.advance(60_000);
      await listOf(to);
      await settle();
      assert.equal((await to.backend.jobs.get(toJobId('36'), never))?.name, 'late');
    }));

  it('keeps the name from the queue if the accounting has changed its quotes', () =>
    withCluster(async (to) => {
      to.others['sacct'] = () => ({ output: accountLine({ name: 'a `b`', exit: '3:0' }) });
      to.queue = [queueLine({ T: 'FAILED', j: 'a "b"' })];
      await listOf(to);
      await settle();
      const [job] = await listOf(to);
      assert.deepEqual([job?.name, job?.exit], ['a "b"', { code: 3 }]);
    }));

  it('is looked up separately, regardless of the rest of the response', () =>
    withCluster(async (to) => {
      const all = [queueLine({ A: '40', j: 'x' }), queueLine()].join('');
      to.queue = [queueLine()];
      await listOf(to);
      to.others['squeue'] = () => ({ output: all });
      await to.backend.control?.cancel?.(toJobId('36'), never);
      assert.equal(to.host.lines().at(-1), 'scancel 36');
    }));
});
