import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isActive, type Job } from '../../src/core/domain/job.js';
import { cluster, type Cluster } from '../engines/cluster.js';
import { listed, sentenceOf, sh, statesUntil, watched, type Watched } from './slurmFaults.js';
import { linesOf, never, submit, wholeLog } from './subject.js';
import { cancelQueuedTasks, holdJob, readEvents, releaseJob, requeueJob } from '../fakes/backendCalls.js';

const isOver = (job: Job): boolean => !isActive(job);

describe('Slurm: actions on jobs and their tasks', () => {
  let slurm: Cluster;
  let to: Watched;
  before(async function () {
    this.timeout(180_000);
    slurm = await cluster('accounting');
  });
  beforeEach(async () => {
    to = await watched(slurm.env);
  });
  afterEach(() => to.end());
  const array = (options: Readonly<Record<string, string>>) =>
    submit(to.backend, sh('exec sleep 60\n'), { options });
  const isKind =
    (kind: Job['state']['kind']) =>
    ({ state }: Job): boolean =>
      state.kind === kind;

  it('a queued task that is cancelled here leaves no trace, and is reported as cancelled', async () => {
    const { backend } = to;
    const id = await array({ array: '0-3', extra: '--hold' });
    await statesUntil(backend, id, isKind('queued'));
    await backend.control?.cancel?.(`${id}_2` as typeof id, never);
    const { job, words } = await statesUntil(backend, `${id}_2`, isOver);
    assert.deepEqual([job.state.word, job.reason], ['CANCELLED', 'cancelled while queued']);
    assert.ok(!words.includes('absent'), words.join());
    const queue = await slurm.run(['squeue', '-h', '-r', '-t', 'all', '-j', id, '-o', '%i']);
    const account = await slurm.run(['sacct', '-X', '-n', '-P', '-o', 'JobID', '-j', id]);
    assert.ok(!`${queue.stdout}${account.stdout}`.includes(`${id}_2`), 'Slurm itself has no record of it');
    assert.deepEqual((await listed(backend, id))?.tasks, {
      ...{ queued: 3, running: 0, completed: 0, failed: 0, stopped: 1 },
    });
    await backend.control?.cancel?.(id, never);
    const all = await statesUntil(backend, id, isOver);
    assert.equal(all.job.tasks?.stopped, 4);
  });

  it('a queued task that is cancelled elsewhere is not shown as waiting forever', async () => {
    const { backend } = to;
    const id = await array({ array: '0-2', extra: '--hold' });
    await statesUntil(backend, id, isKind('queued'));
    await slurm.run(['scancel', `${id}_1`]);
    const { job } = await statesUntil(backend, `${id}_1`, isOver);
    assert.equal(job.reason, 'exit status unknown');
    assert.equal((await listed(backend, id))?.tasks?.queued, 2);
    await backend.control?.cancel?.(id, never);
    await statesUntil(backend, id, isOver);
  });

  it('cancels the queued ones and no others, then all', async () => {
    const { backend } = to;
    const id = await array({ array: '0-5', throttle: '2' });
    await statesUntil(backend, id, (job) => job.tasks?.running === 2);
    await cancelQueuedTasks(backend, id, never);
    const { job } = await statesUntil(backend, id, ({ tasks }) => tasks?.queued === 0);
    assert.deepEqual(job.tasks, { queued: 0, running: 2, completed: 0, failed: 0, stopped: 4 });
    await backend.control?.cancel?.(id, never);
    const all = await statesUntil(backend, id, isOver);
    assert.equal(all.job.tasks?.stopped, 6);
  });

  it('holds and releases an array, and one task of it', async () => {
    const { backend } = to;
    const id = await array({ array: '0-3', extra: '--begin=now+1hour' });
    const task = `${id}_1` as typeof id;
    await statesUntil(backend, id, isKind('queued'));
    await holdJob(backend, task, never);
    // In its collapsed rows squeue does not show which of the queued tasks is held.
    const reason = async (index: number): Promise<string> =>
      (await slurm.run(['squeue', '-h', '-r', '-j', `${id}_${String(index)}`, '-o', '%r'])).stdout.trim();
    assert.match(await reason(1), /^JobHeld/);
    assert.doesNotMatch(await reason(2), /JobHeld/);
    assert.notEqual((await listed(backend, id))?.isHeld, true);
    await releaseJob(backend, task, never);
    assert.doesNotMatch(await reason(1), /JobHeld/);
    await holdJob(backend, id, never);
    await statesUntil(backend, id, (job) => job.isHeld === true);
    assert.equal((await listed(backend, `${id}_3`))?.isHeld, true);
    await releaseJob(backend, id, never);
    await statesUntil(backend, id, (job) => job.isHeld !== true);
    await backend.control?.cancel?.(id, never);
    await statesUntil(backend, id, isOver);
  });

  it('reports the outcome of the second run of a requeued job, and reads its log from the start', async function () {
    this.timeout(40_000);
    const { backend } = to;
    const id = await submit(
      backend,
      sh(
        'echo "run ${SLURM_RESTART_COUNT:-0}"\nif [ "${SLURM_RESTART_COUNT:-0}" = 0 ]; then sleep 60; fi\nexit 9\n',
      ),
    );
    await statesUntil(backend, id, isKind('running'));
    const following = wholeLog(backend, id);
    await statesUntil(backend, id, () => true);
    await soonLine(to, id, 'run 0');
    await requeueJob(backend, id, never);
    // Slurm waits two minutes before the restart, unless configured otherwise.
    await statesUntil(backend, id, isKind('queued'));
    // A node rejects a job in the second in which its first run was ended ("already killed").
    await sleep(2_500);
    await slurm.run(['scontrol', 'update', `JobId=${id}`, 'StartTime=now']);
    const { job } = await statesUntil(backend, id, (one) => one.exit?.code === 9, 25_000);
    assert.equal(job.state.word, 'FAILED');
    const events = await following;
    const own = linesOf(events).filter((line) => !line.includes('DUE TO JOB REQUEUE'));
    assert.deepEqual(own, ['run 0', 'run 1']);
    assert.equal(events.filter(({ kind }) => kind === 'gap').length, 1, 'the restart is marked');
  });

  it('extends for the administrator, and explains to others why not', async () => {
    const limited = { limitMs: 600_000 };
    const id = await submit(to.backend, sh('exec sleep 60\n'), limited);
    await statesUntil(to.backend, id, isKind('running'));
    await to.backend.control?.extend?.(id, 600_000, never);
    await statesUntil(to.backend, id, ({ limitMs }) => limitMs === 1_200_000);
    await to.backend.control?.cancel?.(id, never);
    const other = await watched(slurm.env, { isOrdinary: true });
    try {
      const own = await submit(other.backend, sh('exec sleep 60\n'), limited);
      await statesUntil(other.backend, own, isKind('running'));
      const extend = other.backend.control?.extend;
      assert.ok(extend);
      assert.equal(
        await sentenceOf(extend(own, 600_000, never)),
        `Slurm rejected the request: only Slurm administrators can raise a job's time limit. Ask them to extend job ${own}, or resubmit it with a longer limit.`,
      );
      assert.equal((await listed(other.backend, own))?.limitMs, 600_000);
      await other.backend.control.cancel?.(own, never);
      await statesUntil(other.backend, own, isOver);
    } finally {
      await other.end();
    }
  });
});

/** Waits until the log contains a line. */
async function soonLine({ backend }: Watched, id: Job['id'], line: string): Promise<void> {
  for (const giveUp = Date.now() + 10_000; Date.now() < giveUp;) {
    for await (const event of readEvents(backend, id, { at: 'start' }, false, never))
      if (event.kind === 'line' && event.text === line) return;
  }
  throw new Error(`the log has no line ${line}`);
}
