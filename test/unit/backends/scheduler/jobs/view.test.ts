import assert from 'node:assert/strict';
import {
  forgottenState,
  joined,
  joinParts,
  type Seen,
} from '../../../../../src/backends/scheduler/jobs/seen.js';
import { slurmView } from '../../../../../src/backends/slurm/reasons.js';
import { toJob } from '../../../../../src/backends/scheduler/jobs/view.js';
import type { Job } from '../../../../../src/core/domain/job.js';
import {
  accounted,
  accountLine,
  queued,
  queueLine,
  taskLine,
  toJobs,
  type Letters,
} from '../../slurm/world.js';
import { startStopwatch } from '../../../../fakes/stopwatch.js';

const now = new Date('2026-03-05T12:00:00Z');
const telling = { view: slurmView(), now };
const jobOf = (change: Letters = {}): Job => toJob(one(queued(queueLine(change))), telling);
const one = (all: readonly Seen[]): Seen => all[0] ?? assert.fail('nothing was read');
const jobsOf = (...lines: readonly string[]): readonly Job[] => toJobs(queued(...lines), telling);

describe('a job of Slurm as users see it', () => {
  it('has what squeue tells of one that runs', () => {
    const job = jobOf({ b: 'gres:gpu:2' });
    assert.deepEqual(
      { ...job, raw: undefined, resources: job.resources.map(({ label, value }) => `${label} ${value}`) },
      {
        id: '36',
        name: 'fit',
        state: { kind: 'running', word: 'RUNNING' },
        resources: [
          'Partition debug',
          'Nodes n1',
          'CPUs 2',
          'Memory 64M',
          'GPUs/GRES gpu:2',
          'Account lab',
          'QOS normal',
          'Folder /home/al',
        ],
        inputs: {},
        files: [],
        raw: undefined,
        submitted: new Date('2026-03-05T10:59:00Z'),
        started: new Date('2026-03-05T11:00:00Z'),
        limitMs: 600_000,
        command: '/home/al/fit.sh 7',
        script: 'fit.sh',
        mayRequeue: true,
      },
    );
  });

  it('has not begun while it waits, and says why it waits and until when', () => {
    const job = jobOf({
      T: 'PENDING',
      r: 'Resources',
      R: '(Resources)',
      N: '',
      S: '2026-03-05T13:00:00',
      e: 'N/A',
    });
    assert.equal(job.started, undefined);
    assert.match(job.reason ?? '', /^waiting for resources, may start at \d\d:\d\d$/);
    assert.equal(job.mayRequeue, undefined);
  });

  it('is held where somebody holds it', () => {
    assert.equal(jobOf({ T: 'PENDING', r: 'JobHeldUser', R: '(JobHeldUser)' }).isHeld, true);
    assert.equal(jobOf({ T: 'PENDING', r: 'Priority', R: '(Priority)' }).isHeld, undefined);
    assert.equal(jobOf({ T: 'RUNNING', r: 'JobHeldUser' }).isHeld, undefined);
  });

  it('says how it ended', () => {
    const failed = toJob(one(accounted(accountLine())), telling);
    assert.deepEqual([failed.state.kind, failed.reason, failed.exit], ['ended', 'exit code 3', { code: 3 }]);
    assert.deepEqual(failed.ended, new Date('2026-03-05T11:10:00Z'));
    const late = toJob(one(accounted(accountLine({ state: 'TIMEOUT', exit: '0:0' }))), telling);
    assert.equal(late.reason, 'time limit of 10 min reached');
  });

  it('never ran where it was cancelled in the queue, though Slurm tells a start', () => {
    const at = '2026-03-05T11:00:00';
    const change = { state: 'CANCELLED by 1000', exit: '0:0', start: at, end: at, nodeList: 'None assigned' };
    const job = toJob(one(accounted(accountLine(change))), telling);
    assert.deepEqual([job.started, job.reason], [undefined, 'cancelled while queued']);
  });

  it('never ran where Slurm cancelled it for a dependency, without a start', () => {
    const job = jobOf({
      ...{ T: 'CANCELLED', r: 'DependencyNeverSatisfied', R: '', S: 'N/A', N: '' },
      e: '2026-03-05T11:00:00',
    });
    assert.deepEqual([job.started, job.reason], [undefined, 'never started: a dependency failed']);
  });

  it('is told for states that are called like members of every object', () => {
    for (const word of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const job = jobOf({ T: word, j: word, P: word, a: word });
      assert.deepEqual([job.state, job.reason, job.name], [{ kind: 'unknown', word }, undefined, word]);
    }
  });

  it('says of one that is ending, or stands still, what it does', () => {
    assert.equal(jobOf({ T: 'COMPLETING' }).reason, 'completing');
    assert.equal(jobOf({ T: 'SUSPENDED' }).reason, 'suspended');
    assert.equal(jobOf({ T: 'WHATEVER' }).state.kind, 'unknown');
  });

  it('has ended where it is gone and nobody knows how', () => {
    const job = toJob({ ...one(queued(queueLine())), state: forgottenState }, telling);
    assert.deepEqual(job.state, { kind: 'ended', word: 'unknown', outcome: 'stopped' });
    assert.equal(job.reason, 'exit status unknown');
  });

  it('is called by its number where it has no name, and keeps any other', () => {
    assert.equal(jobOf({ j: '' }).name, '36');
    assert.equal(jobOf({ j: 'a|b\n"c"' }).name, 'a|b\n"c"');
  });

  it('has no limit where none is told', () => {
    assert.equal(jobOf({ l: 'UNLIMITED' }).limitMs, undefined);
  });

  it('is one for all parts of a heterogeneous job, which runs in the first and goes on with the last', () => {
    const parts = (first: Letters, second: Letters, third: Letters): readonly Seen[] =>
      joinParts(
        queued(
          queueLine({ A: '37', i: '36+1', C: '8', N: 'n2', j: 'other', ...second }),
          queueLine({ A: '36', i: '36+0', C: '2', N: 'n1', ...first }),
          queueLine({ A: '38', i: '36+2', C: '1', N: 'n3', ...third }),
        ),
      );
    const [job, ...others] = toJobs(parts({}, {}, {}), telling);
    assert.deepEqual(others, []);
    assert.deepEqual([job?.id, job?.name, job?.parent], ['36', 'fit', undefined]);
    const resources = new Map(job?.resources.map(({ label, value }) => [label, value]));
    assert.deepEqual([resources.get('CPUs'), resources.get('Nodes')], ['11', 'n1,n2,n3']);
    const words = (...states: readonly string[]): string | undefined => {
      const [first = '', second = '', third = ''] = states;
      return toJobs(parts({ T: first }, { T: second }, { T: third }), telling)[0]?.state.word;
    };
    assert.equal(words('COMPLETED', 'COMPLETED', 'COMPLETING'), 'COMPLETING');
    assert.equal(words('COMPLETED', 'RUNNING', 'COMPLETED'), 'RUNNING');
    assert.equal(words('FAILED', 'COMPLETED', 'COMPLETED'), 'FAILED');
    assert.equal(words('RUNNING', 'CANCELLED', 'CANCELLED'), 'RUNNING');
  });
});

describe('an array', () => {
  const waiting = taskLine('2-4%2', {
    A: '36',
    i: '36_[2-4%2]',
    T: 'PENDING',
    r: 'JobArrayTaskLimit',
    R: '(JobArrayTaskLimit)',
    N: '',
  });

  it('is a row that counts its tasks, before them by their indices', () => {
    const jobs = jobsOf(
      waiting,
      taskLine('10', { A: '41', T: 'FAILED' }),
      taskLine('1', { A: '38' }),
      taskLine('0', { A: '37', T: 'COMPLETED' }),
    );
    assert.deepEqual(
      jobs.map(({ id, parent }) => [id, parent]),
      [['36', undefined], ...['36_0', '36_1', '36_2', '36_3', '36_4', '36_10'].map((id) => [id, '36'])],
    );
    assert.deepEqual(jobs[0]?.tasks, { queued: 3, running: 1, completed: 1, failed: 1, stopped: 0 });
    assert.equal(jobs[0].state.kind, 'running');
  });

  it('waits while none of its tasks runs, with the reason of the first', () => {
    const [array] = jobsOf(taskLine('0', { T: 'COMPLETED' }), waiting);
    assert.deepEqual([array?.state.kind, array?.ended], ['queued', undefined]);
    assert.equal(array?.reason, 'array task limit reached');
  });

  it('has ended when all of its tasks have, as the worst of them', () => {
    const outcomeOf = (...states: readonly string[]): unknown => {
      const [array] = jobsOf(...states.map((T, at) => taskLine(String(at), { T })));
      return array?.state.kind === 'ended' && array.state.outcome;
    };
    assert.equal(outcomeOf('COMPLETED', 'COMPLETED'), 'completed');
    assert.equal(outcomeOf('COMPLETED', 'CANCELLED'), 'stopped');
    assert.equal(outcomeOf('FAILED', 'CANCELLED', 'COMPLETED'), 'failed');
    assert.equal(outcomeOf('COMPLETED', 'COMPLETING'), false);
    assert.equal(outcomeOf('COMPLETED', 'NEW_WORD'), false);
  });

  it('began with the first of its tasks and ended with the last', () => {
    const [array] = jobsOf(
      taskLine('0', { T: 'COMPLETED', S: '2026-03-05T10:00:00', e: '2026-03-05T11:00:00' }),
      taskLine('1', { T: 'COMPLETED', S: '2026-03-05T09:00:00', e: '2026-03-05T10:00:00' }),
    );
    assert.deepEqual(array?.started, new Date('2026-03-05T09:00:00Z'));
    assert.deepEqual(array.ended, new Date('2026-03-05T11:00:00Z'));
  });

  it('is held where all that wait are', () => {
    const held = { T: 'PENDING', r: 'JobHeldUser', R: '(JobHeldUser)' };
    assert.equal(jobsOf(taskLine('0', held), taskLine('1'))[0]?.isHeld, true);
    assert.equal(jobsOf(taskLine('0', held), taskLine('1', { T: 'PENDING' }))[0]?.isHeld, undefined);
    assert.equal(jobsOf(taskLine('1'))[0]?.isHeld, undefined);
  });

  it('has what its tasks have alike', () => {
    const [array] = jobsOf(taskLine('0', { A: '37', N: 'n1' }), taskLine('1', { A: '38', N: 'n2' }));
    assert.deepEqual(
      array?.resources.map(({ label }) => label),
      ['Partition', 'CPUs', 'Memory', 'Account', 'QOS', 'Folder'],
    );
  });

  it('of 5,000 tasks is told in no time', () => {
    const lines = Array.from({ length: 5_000 }, (_, at) => taskLine(String(at), { A: String(100 + at) }));
    const seen = queued(...lines);
    const elapsedMs = startStopwatch();
    assert.equal(toJobs(seen, telling).length, 5_001);
    assert.ok(elapsedMs() < 500);
  });
});

describe('the list', () => {
  it('is in the order of submission, the newest first, arrays with all their tasks', () => {
    const ids = jobsOf(
      queueLine({ A: '30', V: '2026-03-05T09:00:00' }),
      taskLine('0', { V: '2026-03-05T10:00:00' }),
      queueLine({ A: '50', V: '2026-03-05T09:00:00' }),
      queueLine({ A: '60', V: '2026-03-05T11:00:00' }),
    ).map(({ id }) => id);
    assert.deepEqual(ids, ['60', '36', '36_0', '50', '30']);
  });
});

describe('what both the queue and the accounting know of a job', () => {
  const history = one(accounted(accountLine()));

  it('is the word of the queue with how it ended', () => {
    const both = joined(one(queued(queueLine({ T: 'FAILED', e: 'N/A', N: '' }))), history);
    assert.deepEqual([both.exit, both.end, both.nodeList], [{ code: 3 }, history.end, 'n1']);
  });

  it('is only the queue’s of one that waits or runs again', () => {
    for (const T of ['PENDING', 'RUNNING', 'COMPLETING']) {
      const seen = one(queued(queueLine({ T })));
      assert.equal(joined(seen, history), seen);
    }
  });
});
