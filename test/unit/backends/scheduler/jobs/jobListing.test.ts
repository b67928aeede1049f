import assert from 'node:assert/strict';
import { createSlurmHistory } from '../../../../../src/backends/slurm/history.js';
import { createJobListing } from '../../../../../src/backends/scheduler/jobs/jobListing.js';
import { createSlurmQueue } from '../../../../../src/backends/slurm/dialect.js';
import { createSlurmView } from '../../../../../src/backends/slurm/reasons.js';
import { createJobWatcher } from '../../../../../src/backends/scheduler/jobs/jobWatcher.js';
import { createJobIndex } from '../../../../../src/core/jobs/jobIndex.js';
import { fakeClock, settle } from '../../../../fakes/clock.js';
import { keptLog, never } from '../../../remote/doubles.js';
import { accountLine, callsOn, fakeHost, queueLine, taskLine } from '../../slurm/world.js';
import { longestBlock } from '../../../../fakes/longestBlock.js';
import { startStopwatch } from '../../../../fakes/stopwatch.js';
import type { JobListResult } from '../../../../../src/core/domain/paging.js';

/** A listing built from the output of squeue and sacct, as a function of the number of requested jobs. */
function listOf(squeue: () => string, sacct: () => string = () => '') {
  const clock = fakeClock();
  const calls = callsOn(
    fakeHost(([program = '']) => {
      if (program === 'squeue') return { output: squeue() };
      return program === 'sacct' ? { output: sacct() } : { code: 1, errors: 'Invalid job id specified' };
    }),
    clock,
  );
  const { log } = keptLog();
  const watching = createJobWatcher({
    calls,
    queue: createSlurmQueue(calls),
    history: createSlurmHistory(calls, () => 7, clock, log),
    clock,
    log,
  });
  const notes = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() };
  const { members } = createJobListing({
    watching,
    notes,
    checkStarts: (all) => Promise.resolve(all),
    view: createSlurmView(),
    clock,
  });
  return {
    list: async (most: number): Promise<JobListResult> => {
      await clock.advance(10_000);
      await members.list(most, never);
      for (let turn = 0; turn < 20; turn++) await settle();
      return members.list(most, never);
    },
  };
}

const at = (minute: number): string => `2026-03-05T10:${String(minute).padStart(2, '0')}:00`;
const job = (number: number, state: string): string =>
  queueLine({ A: String(number), V: at(number % 60), T: state, N: state === 'PENDING' ? '' : 'n1' });
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

const waitingLine = (base: number, indices: string): string => {
  const id = String(base);
  return queueLine({
    A: id,
    i: `${id}_[${indices}]`,
    F: id,
    K: indices,
    T: 'PENDING',
    N: '',
    V: at(base % 60),
  });
};

describe('listing the jobs of a cluster', () => {
  it('returns all active jobs, regardless of their age and the number of newer jobs', async () => {
    const lines = [
      job(1, 'RUNNING'),
      ...range(2, 20).map((number) => job(number, 'COMPLETED')),
      ...range(21, 55).map((number) => job(number, 'PENDING')),
    ];
    const { list } = listOf(() => lines.join(''));
    const { jobs, hasMore: more, moreActive, counts } = await list(20);
    assert.deepEqual(
      jobs.map(({ id }) => Number(id)),
      [...range(21, 55).reverse(), 1],
    );
    assert.deepEqual([more, moreActive, counts], [true, undefined, undefined]);
    const wider = await list(40);
    assert.deepEqual(
      wider.jobs.map(({ id }) => Number(id)),
      [...range(21, 55).reverse(), 20, 19, 18, 17, 1],
    );
    const all = await list(55);
    assert.deepEqual([all.jobs.length, all.hasMore], [55, false]);
  });

  it('returns the newest finished jobs if none is active', async () => {
    const { list } = listOf(() =>
      range(1, 30)
        .map((number) => job(number, 'COMPLETED'))
        .join(''),
    );
    const { jobs, hasMore: more } = await list(20);
    assert.deepEqual([jobs.length, jobs[0]?.id, more], [20, '30', true]);
  });

  it('returns arrays with all tasks, as active if one task is active', async () => {
    const lines = [
      taskLine('0', { A: '36', V: at(1), T: 'COMPLETED' }),
      taskLine('1', { A: '37', V: at(1), T: 'RUNNING' }),
      ...range(40, 59).map((number) => job(number, 'PENDING')),
    ];
    const { jobs } = await listOf(() => lines.join('')).list(1);
    assert.deepEqual(
      jobs.slice(-3).map(({ id }) => id),
      ['36', '36_0', '36_1'],
    );
  });

  it('returns all other jobs if one is malformed', async () => {
    const odd = ['constructor', '__proto__', '\ud800', '\u001e', '\u001f', '[['.repeat(20_000)];
    const names = odd.map((name, index) => queueLine({ A: String(100 + index), j: name, a: name, q: name }));
    const broken = ['\u001e36\u001fbroken\n', '\u001e\u001e\u001e', `\u001e${'x'.repeat(100_000)}\n`];
    const { list } = listOf(() => [job(1, 'RUNNING'), ...names, ...broken, job(2, 'RUNNING')].join(''));
    const { jobs, malformed } = await list(50);
    const ids: readonly string[] = jobs.map(({ id }) => id);
    for (const id of ['1', '2', '100', '101', '102']) assert.ok(ids.includes(id), id);
    assert.ok(malformed.length >= 3);
    for (const text of malformed) assert.ok(text.length < 200);
  });
});

describe('listing an array with a huge number of waiting tasks', () => {
  it('keeps unlisted tasks as ranges: quickly, in little memory, and with the full count', async () => {
    const { list } = listOf(() => waitingLine(36, '0-999999%4'));
    const heap = process.memoryUsage().heapUsed;
    const elapsedMs = startStopwatch();
    const { jobs } = await list(20);
    assert.ok(elapsedMs() < 1_500);
    assert.ok(process.memoryUsage().heapUsed - heap < 100 * 2 ** 20);
    const [array] = jobs;
    assert.ok(array);
    assert.equal(array.id, '36');
    assert.equal(array.tasks?.queued, 1_000_000);
    const rest = jobs.find(({ id }) => id === '36_[5000-999999]');
    assert.equal(rest?.tasks?.queued, 995_000);
    assert.equal(rest.parent, '36');
    assert.equal(createJobIndex(jobs).getTasks(array.id).at(-1), rest, 'the last row of the array');
    assert.equal(jobs.length, 1 + 5_000 + 1);
  });

  it('limits the rows over all arrays: a thousand rows with a million tasks each', async () => {
    const { list } = listOf(() =>
      range(1, 1000)
        .map((number) => waitingLine(number, '0-999999'))
        .join(''),
    );
    const { jobs } = await list(20);
    assert.equal(jobs.filter(({ tasks }) => !tasks).length, 10_000);
    const arrays = createJobIndex(jobs).top;
    assert.equal(arrays.length, 1000);
    for (const array of arrays) assert.equal(array.tasks?.queued, 1_000_000);
  });

  it('updates the array as it progresses, without finishing tasks when the ranges move', async () => {
    let said = waitingLine(36, '0-99999');
    const { list } = listOf(() => said);
    await list(20);
    said = taskLine('0', { A: '37' }) + taskLine('1', { A: '38' }) + waitingLine(36, '2-99999');
    const { jobs } = await list(20);
    const counts = { queued: 99_998, running: 2, completed: 0, failed: 0, stopped: 0 };
    assert.deepEqual(jobs[0]?.tasks, counts);
    assert.deepEqual(
      jobs.filter(({ id }) => id.includes('[')).map(({ id }) => id),
      ['36_[5002-99999]'],
    );
  });

  it('reports how the array finished if the accounting has a single row for it', async () => {
    let said = waitingLine(36, '0-99999');
    const account = { own: '36', shown: '36_[0-99999]', state: 'CANCELLED by 0', exit: '0:0' };
    const { list } = listOf(
      () => said,
      () => accountLine({ ...account, nodeList: 'None assigned' }),
    );
    await list(20);
    said = '';
    const [array] = (await list(20)).jobs;
    assert.deepEqual(array?.tasks, { queued: 0, running: 0, completed: 0, failed: 0, stopped: 100_000 });
    assert.equal(array.state.kind, 'ended');
  });
});

describe('responses of several megabytes', () => {
  const many = 60_000;
  const kinds: Readonly<Record<string, () => string>> = {
    'with whole rows': () =>
      range(1, many)
        .map((number) => accountLine({ own: String(number) }))
        .join(''),
    'with malformed rows': () => '36\u001fbroken\n'.repeat(many * 3),
    'with a single long line': () => '36\u001f'.repeat(many * 20),
    'with newlines in names': () =>
      range(1, many / 10)
        .map((number) => accountLine({ own: String(number), name: '\n'.repeat(60) }))
        .join(''),
  };
  const readOnce = async (text: string): Promise<void> => {
    const { list } = listOf(
      () => job(1, 'RUNNING'),
      () => text,
    );
    const elapsedMs = startStopwatch();
    const { jobs } = await list(20);
    for (let turn = 0; turn < 500; turn++) await settle();
    const ms = elapsedMs();
    assert.ok(ms < 8_000, `${String(ms)} ms`);
    assert.ok(jobs.length >= 1);
  };
  for (const [name, make] of Object.entries(kinds))
    it(`parses the output of sacct, ${name}, within seconds and in short slices`, async function () {
      this.timeout(30_000);
      const text = make();
      const longestMs = await longestBlock(() => readOnce(text), 300);
      assert.ok(longestMs < 300, `${String(longestMs)} ms`);
    });
});
