import assert from 'node:assert/strict';
import { createSlurmHistory } from '../../../../../src/backends/slurm/history.js';
import {
  unknownNativeState,
  type SchedulerJob,
} from '../../../../../src/backends/scheduler/jobs/schedulerJob.js';
import { createSlurmQueue } from '../../../../../src/backends/slurm/dialect.js';
import { notLaunched } from '../../../../../src/backends/slurm/states.js';
import { createJobWatcher, type JobWatcher } from '../../../../../src/backends/scheduler/jobs/jobWatcher.js';
import { createChangeFeed } from '../../../../../src/backends/scheduler/jobs/changeFeed.js';
import { isAbort, JobError } from '../../../../../src/core/domain/problem.js';
import { fakeClock, settle, type FakeClock } from '../../../../fakes/clock.js';
import { keptLog, never, problemOf } from '../../../remote/doubles.js';
import {
  accountLine,
  callsOn,
  fakeHost,
  queueLine,
  taskLine,
  type Answer,
  type FakeHost,
} from '../../slurm/world.js';

interface World {
  readonly clock: FakeClock;
  readonly host: FakeHost;
  readonly watching: JobWatcher;
  readonly log: readonly string[];
  /** The output of each program; a function is called for every request. */
  readonly says: Record<string, Answer | (() => Answer | Promise<Answer>)>;
  /** The current jobs. */
  readonly look: () => Promise<ReadonlyMap<string, SchedulerJob>>;
  readonly states: () => Promise<Readonly<Record<string, string>>>;
}

const off: Answer = { code: 1, errors: 'Slurm accounting storage is disabled\n' };
const down: Answer = {
  code: 1,
  errors: 'sacct: error: Problem talking to the database: Connection refused\n',
};
const unknown: Answer = { code: 1, errors: 'slurm_load_jobs error: Invalid job id specified\n' };

function world(says: World['says'] = {}): World {
  const all: World['says'] = { squeue: {}, sacct: {}, scontrol: unknown, ...says };
  const clock = fakeClock();
  const host = fakeHost(([program = '']) => {
    const said = all[program];
    return typeof said === 'function' ? said() : said;
  });
  const calls = callsOn(host, clock);
  const { log, lines } = keptLog();
  const watching = createJobWatcher({
    calls,
    queue: createSlurmQueue(calls),
    history: createSlurmHistory(calls, () => 7, clock, log),
    clock,
    log,
  });
  const look = async (): Promise<ReadonlyMap<string, SchedulerJob>> => {
    const { jobs } = await watching.getSnapshot(0, never);
    await settle();
    return jobs;
  };
  return {
    clock,
    host,
    watching,
    log: lines,
    says: all,
    look,
    states: async () => {
      await clock.advance(10_000);
      await look();
      const { jobs } = await watching.getSnapshot(Infinity, never);
      return Object.fromEntries([...jobs].map(([id, { state }]) => [id, state.word]));
    },
  };
}

describe('watching jobs', () => {
  it('runs no command until the first request, and none on its own', async () => {
    const { clock, host, watching } = world({ squeue: { output: queueLine({ T: 'FAILED' }) } });
    await clock.advance(3_600_000);
    assert.deepEqual(host.asked, []);
    await watching.getSnapshot(0, never);
    await clock.advance(3_600_000);
    assert.equal(host.count('squeue'), 2, 'for all and for the exit of this one');
    assert.equal(host.count('sacct'), 2, 'for the last days and for this one');
    assert.equal(clock.sleepers(), 0);
  });

  it('calls squeue once for all concurrent requests, and not again while the response is recent', async () => {
    const { clock, host, watching } = world({ squeue: { output: queueLine() } });
    const all = await Promise.all([0, 1, 2].map((age) => watching.getSnapshot(age, never)));
    assert.deepEqual(
      all.map(({ jobs }) => [...jobs.keys()]),
      [['36'], ['36'], ['36']],
    );
    await clock.advance(5_000);
    await watching.getSnapshot(5_000, never);
    assert.equal(host.count('squeue'), 1);
    await watching.getSnapshot(4_999, never);
    assert.equal(host.count('squeue'), 2);
  });

  it('calls squeue again if an action ran while the response was pending', async () => {
    let answer: ((said: Answer) => void) | undefined;
    const { host, watching } = world({ squeue: () => new Promise((resolve) => (answer = resolve)) });
    const before = watching.getSnapshot(0, never);
    await settle();
    watching.invalidate();
    const after = watching.getSnapshot(60_000, never);
    await settle();
    answer?.({ output: queueLine({ A: '1' }) });
    assert.deepEqual([...(await before).jobs.keys()], ['1']);
    await settle();
    answer?.({ output: queueLine({ A: '2' }) });
    assert.ok((await after).jobs.has('2'));
    assert.equal(host.count('squeue'), 2);
  });

  it('reports a failure as a failure and never as an empty list, and retries on the next request', async () => {
    const { says, watching } = world({
      squeue: {
        code: 1,
        errors: 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n',
      },
    });
    assert.deepEqual(await problemOf(watching.getSnapshot(0, never)), {
      kind: 'offline',
      place: 'Slurm',
      why: 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)'.replace(
        /^slurm_\w+ error: /,
        '',
      ),
    });
    says['squeue'] = new JobError({ kind: 'offline', place: 'x', why: 'gone' });
    assert.equal((await problemOf(watching.getSnapshot(60_000, never))).kind, 'offline');
    says['squeue'] = { output: queueLine() };
    assert.equal((await watching.getSnapshot(0, never)).jobs.size, 1);
  });

  it('aborts only the request whose signal was aborted', async () => {
    let answer: ((said: Answer) => void) | undefined;
    const { host, watching } = world({ squeue: () => new Promise((resolve) => (answer = resolve)) });
    const stop = new AbortController();
    const stopped = watching.getSnapshot(0, stop.signal);
    const other = watching.getSnapshot(0, never);
    await settle();
    stop.abort();
    await assert.rejects(stopped, isAbort);
    answer?.({ output: queueLine() });
    assert.equal((await other).jobs.size, 1);
    await assert.rejects(watching.getSnapshot(Infinity, stop.signal), isAbort);
    assert.equal(host.count('squeue'), 1);
  });

  it('reports entries that cannot be parsed', async () => {
    const { watching } = world({ squeue: { output: `${queueLine()}\u001enonsense\n` } });
    const { jobs, malformed } = await watching.getSnapshot(0, never);
    assert.equal(jobs.size, 1);
    assert.deepEqual(malformed, ['squeue: nonsense']);
  });
});

describe('the outcome of jobs', () => {
  it('comes from the accounting after the queue has dropped them', async () => {
    const { says, states, watching } = world({ squeue: { output: queueLine() } });
    assert.deepEqual(await states(), { '36': 'RUNNING' });
    says['squeue'] = {};
    says['sacct'] = { output: accountLine() };
    assert.deepEqual(await states(), { '36': 'FAILED' });
    assert.deepEqual((await watching.getSnapshot(Infinity, never)).jobs.get('36')?.exit, { code: 3 });
  });

  it('comes from the queue while the queue lists them, before and without the accounting', async () => {
    const lines = ['36', '38', '40_1', '42+0'].map((id, at) =>
      queueLine({ A: String(50 + at), i: id, F: id.replace(/\D.*/, ''), T: 'FAILED', r: 'JobLaunchFailure' }),
    );
    const exits = '36                  9           \n38      768\n40_1 4021 \n42+0  0:11 \n99 x\n\n';
    const { host, states, watching } = world({
      squeue: () => ({ output: host.lines().at(-1)?.includes('exit_code') ? exits : lines.join('') }),
      sacct: () => new Promise(() => undefined),
    });
    await states();
    const { jobs } = await watching.getSnapshot(Infinity, never);
    assert.deepEqual(
      [...jobs.values()].map(({ id, exit }) => [id, exit]),
      [
        ['36', { signal: 'SIGKILL' }],
        ['38', { code: 3 }],
        ['40_1', { signal: notLaunched }],
        ['42', { signal: 'SIGSEGV' }],
      ],
    );
    const asked = host.lines().filter((line) => line.includes('exit_code'));
    assert.deepEqual(asked, [
      'squeue --noheader --states=all --jobs=36,38,40,42 --Format=JobArrayID:64,exit_code:32',
    ]);
  });

  it('is kept when the job leaves the queue', async () => {
    const { says, states, watching, host } = world({
      squeue: { output: queueLine({ T: 'FAILED' }) },
      sacct: { output: accountLine() },
    });
    await states();
    assert.deepEqual((await watching.getSnapshot(Infinity, never)).jobs.get('36')?.exit, { code: 3 });
    const asked = host.count('sacct');
    says['squeue'] = {};
    assert.deepEqual(await states(), { '36': 'FAILED' });
    assert.deepEqual((await watching.getSnapshot(Infinity, never)).jobs.get('36')?.exit, { code: 3 });
    assert.equal(host.count('sacct'), asked, 'a known outcome is not requested again');
  });

  it('is never awaited: a slow accounting does not delay a listing', async () => {
    let answer: ((said: Answer) => void) | undefined;
    const { host, says, states } = world({
      squeue: { output: queueLine({ T: 'FAILED' }) },
      sacct: () => new Promise((resolve) => (answer = resolve)),
    });
    assert.deepEqual(await states(), { '36': 'FAILED' });
    says['squeue'] = { output: queueLine({ T: 'FAILED' }) + queueLine({ A: '40' }) };
    assert.deepEqual(Object.keys(await states()), ['36', '40']);
    assert.equal(host.count('sacct'), 1, 'one request at a time');
    answer?.({});
    await settle();
  });

  it('is awaited on request, but only for a limited time', async () => {
    const { clock, watching } = world({ sacct: () => new Promise(() => undefined) });
    let isOver = false;
    void watching.waitForCompletions(3_000, never).then(() => (isOver = true));
    await clock.advance(2_999);
    assert.equal(isOver, false);
    await clock.advance(1);
    assert.equal(isOver, true);
  });

  it('comes from the controller if there is no accounting: one call per array', async () => {
    const record = (index: number): string =>
      `JobId=${String(37 + index)} ArrayJobId=36 ArrayTaskId=${String(index)} JobName=fit UserId=al(1000) GroupId=al(1000) MCS_label=N/A JobState=FAILED Reason=NonZeroExitCode ExitCode=${String(index)}:0 EndTime=2026-03-05T11:10:00 Partition=debug`;
    const tasks = Array.from({ length: 30 }, (_, index) => index);
    const { host, states, watching } = world({
      squeue: { output: tasks.map((index) => taskLine(String(index), { T: 'FAILED' })).join('') },
      sacct: off,
      scontrol: { output: `${tasks.map(record).join('\n')}\n` },
    });
    await states();
    const { jobs } = await watching.getSnapshot(Infinity, never);
    assert.deepEqual(
      tasks.map((index) => jobs.get(`36_${String(index)}`)?.exit?.code),
      tasks,
    );
    await states();
    assert.deepEqual(
      host.lines().filter((line) => line.startsWith('scontrol')),
      ['scontrol --oneliner show job 36'],
    );
    assert.equal(host.count('sacct'), 1, 'it is not requested repeatedly');
  });

  it('is unknown after several responses that do not mention the job', async () => {
    for (const sacct of [off, {}] as const) {
      const { says, states } = world({ squeue: { output: queueLine() }, sacct });
      await states();
      says['squeue'] = {};
      const seen: string[] = [];
      for (let turn = 0; turn < 5; turn++) seen.push((await states())['36'] ?? '');
      assert.deepEqual(seen, ['RUNNING', 'RUNNING', 'RUNNING', unknownNativeState, unknownNativeState]);
    }
  });

  it('is not given up within seconds, however often it is requested: the accounting can lag', async () => {
    const { says, states, look, clock, host } = world({ squeue: { output: queueLine() } });
    await states();
    says['squeue'] = {};
    says['sacct'] = { output: accountLine({ state: 'RUNNING', end: 'Unknown' }) };
    for (let turn = 0; turn < 20; turn++) {
      await clock.advance(150);
      await look();
    }
    assert.ok(host.count('sacct') > 10);
    assert.equal((await look()).get('36')?.state.word, 'RUNNING');
    says['sacct'] = { output: accountLine() };
    assert.deepEqual(await states(), { '36': 'FAILED' });
  });

  it('is not given up while the accounting does not respond, and is read when it does', async () => {
    const { says, states, clock, host } = world({ squeue: { output: queueLine() } });
    await states();
    says['squeue'] = {};
    says['sacct'] = down;
    for (let turn = 0; turn < 10; turn++) assert.deepEqual(await states(), { '36': 'RUNNING' });
    assert.ok(host.count('sacct') <= 3, 'no request for a while');
    says['sacct'] = { output: accountLine() };
    await clock.advance(120_000);
    assert.deepEqual(await states(), { '36': 'FAILED' });
  });

  it('is not set for a job that is requeued, and is requested again when that run finishes', async () => {
    const { says, states, watching } = world({
      squeue: { output: queueLine({ T: 'FAILED' }) },
      sacct: { output: accountLine() },
    });
    await states();
    says['squeue'] = { output: queueLine({ T: 'PENDING', N: '' }) };
    assert.deepEqual(await states(), { '36': 'PENDING' });
    assert.equal((await watching.getSnapshot(Infinity, never)).jobs.get('36')?.exit, undefined);
    says['squeue'] = { output: queueLine({ T: 'COMPLETED' }) };
    says['sacct'] = { output: accountLine({ state: 'COMPLETED', exit: '0:0' }) };
    assert.deepEqual(await states(), { '36': 'COMPLETED' });
    assert.deepEqual((await watching.getSnapshot(Infinity, never)).jobs.get('36')?.exit, { code: 0 });
  });

  it('is requested for the last days periodically, and older outcomes are dropped', async () => {
    const { clock, host, says, states } = world({
      sacct: {
        output: accountLine({ own: '7' }) + accountLine({ own: '8', state: 'RUNNING', end: 'Unknown' }),
      },
    });
    assert.deepEqual(await states(), { '7': 'FAILED', '8': 'RUNNING' });
    assert.match(host.lines().find((line) => line.includes(' -S ')) ?? '', / -S 2026-02-26T12:00:10 /);
    for (let turn = 0; turn < 4; turn++) await states();
    assert.deepEqual(await states(), { '7': 'FAILED', '8': unknownNativeState });
    await clock.advance(900_000);
    assert.deepEqual(
      await states(),
      { '7': 'FAILED', '8': unknownNativeState },
      'a dropped job does not reappear',
    );
    says['sacct'] = {};
    await clock.advance(8 * 86_400_000);
    assert.deepEqual(await states(), {});
  });

  it('is known for a waiting task that was cancelled here, which Slurm does not record', async () => {
    const waiting = (indices: string): Answer => ({
      output: taskLine(`[${indices}]`, { A: '36', i: `36_[${indices}]`, K: indices, T: 'PENDING', N: '' }),
    });
    const { says, states, watching } = world({ squeue: waiting('0-3') });
    await states();
    watching.markCancelled('36_2');
    says['squeue'] = waiting('0,3');
    const ended = { '36_0': 'PENDING', '36_2': 'CANCELLED', '36_3': 'PENDING' };
    assert.deepEqual(await states(), { ...ended, '36_1': 'PENDING' }, 'one was cancelled elsewhere');
    for (let turn = 0; turn < 4; turn++) await states();
    assert.deepEqual(await states(), { ...ended, '36_1': unknownNativeState });
    says['squeue'] = {};
    await states();
    watching.markCancelled('36');
    assert.deepEqual((await states())['36_3'], 'CANCELLED', 'also if it was missing before');
  });

  it('is not read from an incomplete accounting entry', async () => {
    const { says, states, watching } = world({ squeue: { output: queueLine({ T: 'FAILED' }) } });
    says['sacct'] = { output: accountLine({ end: 'Unknown', exit: '0:0' }) };
    await states();
    assert.equal((await watching.getSnapshot(Infinity, never)).jobs.get('36')?.exit, undefined);
    says['sacct'] = { output: accountLine() };
    await states();
    assert.deepEqual((await watching.getSnapshot(Infinity, never)).jobs.get('36')?.exit, { code: 3 });
  });

  it('is not requested if there is no sacct at all', async () => {
    const { host, log, states } = world({
      squeue: { output: queueLine({ T: 'FAILED' }) },
      sacct: new JobError({ kind: 'missingTool', tool: 'sacct', for: 'alpha' }),
      scontrol: {
        output:
          'JobId=36 JobName=fit UserId=al(1000) GroupId=al(1000) MCS_label=N/A JobState=FAILED Reason=None ExitCode=3:0\n',
      },
    });
    await states();
    await states();
    assert.equal(host.count('sacct'), 1);
    assert.equal(host.count('scontrol'), 1);
    assert.equal(log.filter((line) => line.includes('no history')).length, 1);
  });

  it('is requested when a job leaves the queue, regardless of earlier accounting responses', async () => {
    const { says, states } = world({ squeue: { output: queueLine() }, sacct: { output: accountLine() } });
    assert.deepEqual(await states(), { '36': 'RUNNING' });
    says['squeue'] = {};
    says['sacct'] = { output: accountLine({ state: 'COMPLETED', exit: '0:0' }) };
    await states();
    assert.deepEqual(await states(), { '36': 'COMPLETED' });
  });

  it('does not change the name that the queue reported', async () => {
    const { says, states, watching } = world({ squeue: { output: queueLine({ j: 'it\'s "x"' }) } });
    await states();
    says['squeue'] = {};
    says['sacct'] = { output: accountLine({ name: 'its x' }) };
    await states();
    assert.equal((await watching.getSnapshot(Infinity, never)).jobs.get('36')?.name, 'it\'s "x"');
  });

  it('does not treat an array as a job in addition to its tasks', async () => {
    const { states } = world({
      squeue: { output: taskLine('[0-2]', { A: '36', i: '36_[0-2]', K: '0-2', T: 'PENDING' }) },
      sacct: { output: accountLine({ state: 'PENDING', end: 'Unknown' }) },
    });
    assert.deepEqual(Object.keys(await states()), ['36_0', '36_1', '36_2']);
  });
});

describe('change notifications for the list', () => {
  const heard = (
    world: World,
  ): { readonly rounds: () => number; readonly stop: () => void; readonly only: () => boolean } => {
    const { changes, isCompletionsOnly: isOnlyLearned } = createChangeFeed(world.watching, world.clock);
    const stop = new AbortController();
    let rounds = 0;
    const listen = async (): Promise<void> => {
      for await (const _ of changes(stop.signal)) rounds++;
    };
    listen().catch((error: unknown) => assert.ok(isAbort(error)));
    return { rounds: () => rounds, stop: () => stop.abort(), only: isOnlyLearned };
  };

  it('request an immediate refresh and a few later ones after an action', async () => {
    const here = world();
    const { rounds, stop } = heard(here);
    await here.clock.advance(60_000);
    assert.equal(rounds(), 0);
    here.watching.invalidate();
    await settle();
    assert.equal(rounds(), 1);
    await here.clock.advance(11_000);
    assert.equal(rounds(), 5);
    await here.clock.advance(600_000);
    assert.equal(rounds(), 5);
    assert.equal(here.clock.sleepers(), 0, 'no timer if nothing is expected');
    stop();
    await settle();
  });

  it('report new outcomes without another squeue call', async () => {
    const here = world({ squeue: { output: queueLine({ T: 'FAILED' }) }, sacct: { output: accountLine() } });
    const { rounds, stop, only } = heard(here);
    await settle();
    await here.look();
    assert.equal(rounds(), 1);
    assert.deepEqual([only(), only()], [true, false]);
    await here.states();
    assert.equal(rounds(), 1, 'nothing new is reported once');
    stop();
    await settle();
    here.watching.invalidate();
    await settle();
    assert.equal(rounds(), 1);
  });
});
