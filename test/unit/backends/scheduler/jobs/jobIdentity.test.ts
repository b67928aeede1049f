import assert from 'node:assert/strict';
import { toJobId } from '../../../../../src/core/domain/job.js';
import type { Backend } from '../../../../../src/core/domain/backend.js';
import { never, problemOf } from '../../../remote/doubles.js';
import { jobFolder, listOf, submitTo, withCluster, type FakeCluster } from '../../slurm/fakeCluster.js';
import { queueLine, taskLine, type Letters } from '../../slurm/world.js';
import { startStopwatch } from '../../../../fakes/stopwatch.js';
import { holdJob, listFiles, releaseJob, requeueJob } from '../../../../fakes/backendCalls.js';

const doings: Readonly<Record<string, (backend: Backend, id: string) => Promise<void> | undefined>> = {
  cancel: (backend, id) => backend.control?.cancel?.(toJobId(id), never),
  hold: (backend, id) => holdJob(backend, toJobId(id), never),
  release: (backend, id) => releaseJob(backend, toJobId(id), never),
  requeue: (backend, id) => requeueJob(backend, toJobId(id), never),
  extend: (backend, id) => backend.control?.extend?.(toJobId(id), 60_000, never),
};
const changed = ({ host }: FakeCluster): readonly string[] =>
  host.lines().filter((line) => /^scancel|^scontrol (hold|release|requeue|update)/.test(line));
const other: Letters = { V: '2026-03-06T09:00:00', j: 'other', Z: '/home/al/other', o: '/home/al/other.sh' };

describe('an action on a job', () => {
  for (const [name, doing] of Object.entries(doings)) {
    it(`is rejected if its number belongs to another job now: ${name}`, () =>
      withCluster(async (to) => {
        to.queue = [queueLine()];
        await listOf(to);
        to.queue = [queueLine(other)];
        const problem = await problemOf(doing(to.backend, '36') ?? Promise.resolve());
        assert.ok(problem.kind === 'invalid' && /36 now belongs to another job, other/.test(problem.why));
        assert.deepEqual(changed(to), []);
      }));

    it(`is rejected if the job cannot be looked up: ${name}`, () =>
      withCluster(async (to) => {
        to.queue = [queueLine()];
        await listOf(to);
        to.queue = [];
        assert.equal((await problemOf(doing(to.backend, '36') ?? Promise.resolve())).kind, 'gone');
        assert.deepEqual(changed(to), []);
      }));

    it(`affects the job that was shown: ${name}`, () =>
      withCluster(async (to) => {
        to.queue = [queueLine()];
        await listOf(to);
        // Changes during the run of a job, or by its user, do not make it another job.
        to.queue = [queueLine({ T: 'COMPLETING', j: 'renamed', P: 'long', l: '20:00', N: 'n2' })];
        await doing(to.backend, '36');
        assert.equal(changed(to).length, 1);
      }));
  }

  for (const [name, then, since] of [
    ['a later job with the same name in the same folder', {}, { V: '2026-03-06T10:59:00' }],
    [
      'a later job that was submitted here as well',
      { o: `${jobFolder}/job.sh` },
      { o: '/r/20260306-120000-0123abcd/job.sh' },
    ],
    [
      'a later job that runs in another folder',
      { Z: `${jobFolder}/work` },
      { Z: '/r/20260306-120000-0123abcd/work' },
    ],
    ['a job that was submitted before', {}, { V: '2025-03-06T10:59:00' }],
  ] as const)
    it(`does not affect ${name}`, () =>
      withCluster(async (to) => {
        to.queue = [queueLine(then)];
        await listOf(to);
        to.queue = [queueLine(since)];
        to.others['scontrol'] = () => ({
          output: 'JobId=36 JobName=fit UserId=al(1) Restarts=0 BatchFlag=1\n',
        });
        assert.equal(
          (await problemOf(doings['cancel']?.(to.backend, '36') ?? Promise.resolve())).kind,
          'invalid',
        );
        assert.deepEqual(changed(to), []);
      }));

  it('affects the same job after a requeue', () =>
    withCluster(async (to) => {
      to.queue = [queueLine()];
      await listOf(to);
      to.queue = [queueLine({ V: '2026-03-05T11:30:00' })];
      to.others['scontrol'] = () => ({
        output: 'JobId=36 JobName=fit UserId=al(1) Restarts=1 BatchFlag=1\n',
      });
      await doings['cancel']?.(to.backend, '36');
      assert.deepEqual(changed(to), ['scancel 36']);
      to.queue = [queueLine({ o: `${jobFolder}/job.sh` })];
      await listOf(to);
      to.queue = [queueLine({ o: `${jobFolder}/job.sh`, V: '2026-03-05T12:30:00' })];
      await doings['cancel']?.(to.backend, '36');
      assert.equal(changed(to).length, 2);
    }));

  it('affects an array or one of its tasks, but not an array of another time', () =>
    withCluster(async (to) => {
      const tasks = (change: Letters = {}): readonly string[] => [
        taskLine('1', change),
        taskLine('2-4', { A: '36', i: '36_[2-4]', T: 'PENDING', ...change }),
      ];
      to.queue = tasks();
      await listOf(to);
      for (const id of ['36', '36_1', '36_3']) await doings['cancel']?.(to.backend, id);
      assert.deepEqual(changed(to), ['scancel 36', 'scancel 36_1', 'scancel 36_3']);
      await listOf(to);
      to.queue = tasks({ V: '2026-04-05T11:30:00', j: 'other' });
      for (const id of ['36', '36_1', '36_3'])
        assert.equal(
          (await problemOf(doings['cancel']?.(to.backend, id) ?? Promise.resolve())).kind,
          'invalid',
        );
      assert.equal(changed(to).length, 3);
    }));

  it('finds its task immediately in an array of a million tasks', () =>
    withCluster(async (to) => {
      to.queue = [taskLine('1', { T: 'COMPLETED' })];
      await listOf(to);
      to.queue = [taskLine('0-999999', { A: '36', i: '36_[0-999999]', T: 'PENDING' })];
      const elapsedMs = startStopwatch();
      await doings['cancel']?.(to.backend, '36');
      assert.ok(elapsedMs() < 500, `${elapsedMs()} ms`);
    }));

  it('affects the job submitted under this number if no list was shown yet', () =>
    withCluster(async (to) => {
      await submitTo(to);
      to.queue = [queueLine({ A: '77', o: '/home/al/other.sh' })];
      const cancel = (): Promise<void> => doings['cancel']?.(to.backend, '77') ?? Promise.resolve();
      assert.equal((await problemOf(cancel())).kind, 'invalid');
      to.queue = [queueLine({ A: '77', o: `${jobFolder}/job.sh` })];
      await cancel();
      assert.deepEqual(changed(to), ['scancel 77']);
    }));

  it('is checked immediately, regardless of other waiting requests', () =>
    withCluster(async (to) => {
      to.queue = [queueLine(), queueLine({ A: '40' })];
      await listOf(to);
      const before = to.host.asked.length;
      await doings['hold']?.(to.backend, '36');
      const [look, ...rest] = to.host.lines().slice(before);
      assert.match(look ?? '', /^squeue .*--jobs=36 /);
      assert.deepEqual(rest, ['scontrol hold 36']);
    }));
});

describe('a number that belongs to another job now', () => {
  it('has no data of the earlier job: no exit code, no files, no script', () =>
    withCluster(async (to) => {
      await submitTo(to);
      to.queue = [queueLine({ A: '77', o: '/home/al/other.sh', Z: '/home/al', j: 'fit.sh' })];
      const [job] = await listOf(to);
      assert.deepEqual([job?.id, job?.script], ['77', 'other.sh']);
      const elsewhere = '/r/20260306-120000-0123abcd';
      to.queue = [queueLine({ A: '77', o: `${elsewhere}/job.sh`, Z: `${elsewhere}/work`, j: 'fit.sh' })];
      await to.clock.advance(61_000);
      assert.equal((await listOf(to))[0]?.script, 'job.sh');
      to.queue = [queueLine({ A: '77', o: '/home/al/other.sh', Z: '/home/al', j: 'fit.sh' })];
      await to.clock.advance(61_000);
      await listOf(to);
      assert.deepEqual(await listFiles(to.backend, toJobId('77'), never), []);
      // Slurm returns the script of the job that has the number now; this fake has none.
      const asked = to.host.lines().length;
      assert.equal(
        (await problemOf(to.backend.files?.script?.(toJobId('77'), never) ?? Promise.resolve())).kind,
        'refused',
      );
      assert.ok(to.host.lines().slice(asked).includes('scontrol write batch_script 77 -'));
    }));
});
