import assert from 'node:assert/strict';
import { toJobId } from '../../../../src/core/domain/job.js';
import { createJobMetadataStore } from '../../../../src/store/jobMetadata/store.js';
import { keptLog, never, problemOf } from '../../remote/doubles.js';
import { jobFolder, listOf, submitTo, withCluster, type FakeCluster } from '../slurm/fakeCluster.js';
import { accountLine, queueLine, taskLine, type Letters } from '../slurm/world.js';

const remove = ({ backend }: FakeCluster, id: string): Promise<void> =>
  backend.control?.delete?.(toJobId(id), never) ?? Promise.reject(new Error('deletion is not supported'));

const parent: Letters = { A: '77', j: 'fit.sh', Z: `${jobFolder}/work`, o: `${jobFolder}/job.sh 1` };

describe('deleting a job', () => {
  for (const [name, command] of [
    ['a script next to its own', `${jobFolder}/work/next.sh`],
    ['a script elsewhere', '/home/al/next.sh'],
    ['a script with the same name', `${jobFolder}/work/job.sh`],
    ['a command only', '(null)'],
  ] as const)
    it(`keeps the folder of the job that submitted it: ${name}`, () =>
      withCluster(async (to) => {
        await submitTo(to);
        to.queue = [
          queueLine({ ...parent, T: 'COMPLETED' }),
          queueLine({ ...parent, A: '78', j: 'next.sh', o: command, T: 'COMPLETED' }),
        ];
        await listOf(to);
        await remove(to, '78');
        assert.equal(to.removals(), 0);
        await remove(to, '77');
        assert.equal(to.removals(), 1);
      }));

  it('removes its folder too if only the accounting has the job', () =>
    withCluster(async (to) => {
      await submitTo(to);
      const seen = { submit: '2026-03-05T12:00:01', state: 'COMPLETED', workDir: `${jobFolder}/work` };
      const own = accountLine({ ...seen, own: '77', name: 'fit.sh' });
      const child = accountLine({ ...seen, own: '78', name: 'next.sh' });
      to.others['sacct'] = () => ({ output: own + child });
      await listOf(to);
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      await listOf(to);
      await remove(to, '78');
      assert.equal(to.removals(), 0);
      await remove(to, '77');
      assert.equal(to.removals(), 1);
    }));

  for (const [name, change] of [
    ['runs a script in it', { Z: '/home/al', o: `${jobFolder}/job.sh` }],
    ['has its working directory in it', { Z: `${jobFolder}/work/deep`, o: '/home/al/next.sh' }],
    [
      'runs a script in it from another job folder',
      { Z: '/r/20260306-120000-0123abcd/work', o: `${jobFolder}/job.sh` },
    ],
  ] as const)
    it(`is rejected while a job ${name}`, () =>
      withCluster(async (to) => {
        await submitTo(to);
        to.queue = [
          queueLine({ ...parent, T: 'COMPLETED' }),
          queueLine({ ...parent, A: '78', j: 'next.sh', ...change }),
        ];
        await listOf(to);
        assert.equal((await problemOf(remove(to, '77'))).kind, 'invalid');
        assert.equal(to.removals(), 0);
      }));
});

describe('the metadata of a deleted job', () => {
  it('goes once the job is deleted, but hides the job as long as the cluster lists it', () =>
    withCluster(async (to) => {
      const metadata = createJobMetadataStore(to.folder, keptLog().log);
      await submitTo(to);
      await metadata.update({ job: '77' }, { set: { label: 'mine' } });
      to.queue = [queueLine(parent)];
      await listOf(to);
      await problemOf(remove(to, '77'));
      assert.equal((await metadata.get({ job: '77' }))?.label, 'mine');
      to.queue = [queueLine({ ...parent, T: 'COMPLETED' })];
      to.clock.jump(1_000);
      await remove(to, '77');
      const kept = await metadata.get({ job: '77' });
      assert.deepEqual(Object.keys(kept ?? {}), ['facts']);
      assert.deepEqual(Object.keys(kept?.facts ?? {}).sort(), ['name', 'removed']);
      assert.deepEqual(await listOf(to), []);
    }));

  it('goes with that of the tasks of an array', () =>
    withCluster(async (to) => {
      const metadata = createJobMetadataStore(to.folder, keptLog().log);
      await metadata.update({ job: '36_1' }, { set: { label: 'task' } });
      to.queue = [taskLine('1', { T: 'COMPLETED' }), taskLine('2', { T: 'COMPLETED' })];
      await listOf(to);
      await remove(to, '36');
      assert.equal(await metadata.get({ job: '36_1' }), undefined);
      assert.deepEqual(await listOf(to), []);
    }));
});

describe('a submission whose number was not printed', () => {
  it('is not confused with the job that it has submitted itself', () =>
    withCluster(async (to) => {
      to.sbatch = { output: '\n' };
      to.queue = [
        queueLine({ ...parent, A: '78', o: `${jobFolder}/work/next.sh` }),
        queueLine({ ...parent, Z: '/home/al' }),
      ];
      assert.equal(await submitTo(to), '77');
    }));
});
