import assert from 'node:assert/strict';
import {
  unknownState,
  mergeHistory,
  mergeParts,
  type SchedulerJob,
} from '../../../../../src/backends/scheduler/jobs/schedulerJob.js';
import { createSlurmView } from '../../../../../src/backends/slurm/reasons.js';
import { formatPlace, toJob } from '../../../../../src/backends/scheduler/jobs/jobView.js';
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
const telling = { view: createSlurmView(), now };
const jobOf = (change: Letters = {}): Job => toJob(one(queued(queueLine(change))), telling);
const one = (all: readonly SchedulerJob[]): SchedulerJob => all[0] ?? assert.fail('nothing was read');
const jobsOf = (...lines: readonly string[]): readonly Job[] => toJobs(queued(...lines), telling);

describe('the view of a Slurm job', () => {
  it('shows what squeue reports for a running job', () => {
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

  it('shows no start time for a waiting job, but the reason and the expected start', () => {
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

  it('is held if the user or an administrator holds the job', () => {
    assert.equal(jobOf({ T: 'PENDING', r: 'JobHeldUser', R: '(JobHeldUser)' }).isHeld, true);
    assert.equal(jobOf({ T: 'PENDING', r: 'Priority', R: '(Priority)' }).isHeld, undefined);
    assert.equal(jobOf({ T: 'RUNNING', r: 'JobHeldUser' }).isHeld, undefined);
  });

  it('shows how the job finished', () => {
    const failed = toJob(one(accounted(accountLine())), telling);
    assert.deepEqual([failed.state.kind, failed.reason, failed.exit], ['ended', 'exit code 3', { code: 3 }]);
    assert.deepEqual(failed.ended, new Date('2026-03-05T11:10:00Z'));
    const late = toJob(one(accounted(accountLine({ state: 'TIMEOUT', exit: '0:0' }))), telling);
    assert.equal(late.reason, 'time limit of 10 min reached');
  });

  it('shows no run if the job was cancelled in the queue, although Slurm reports a start time', () => {
    const at = '2026-03-05T11:00:00';
    const change = { state: 'CANCELLED by 1000', exit: '0:0', start: at, end: at, nodeList: 'None assigned' };
    const job = toJob(one(accounted(accountLine(change))), telling);
    assert.deepEqual([job.started, job.reason], [undefined, 'cancelled while queued']);
  });

  it('shows no run if Slurm cancelled the job for a dependency, without a start time', () => {
    const job = jobOf({
      ...{ T: 'CANCELLED', r: 'DependencyNeverSatisfied', R: '', S: 'N/A', N: '' },
      e: '2026-03-05T11:00:00',
    });
    assert.deepEqual([job.started, job.reason], [undefined, 'never started: a dependency failed']);
  });

  it('accepts states that are named like members of Object.prototype', () => {
    for (const word of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const job = jobOf({ T: word, j: word, P: word, a: word });
      assert.deepEqual([job.state, job.reason, job.name], [{ kind: 'unknown', word }, undefined, word]);
    }
  });

  it('shows the activity of a completing or suspended job', () => {
    assert.equal(jobOf({ T: 'COMPLETING' }).reason, 'completing');
    assert.equal(jobOf({ T: 'SUSPENDED' }).reason, 'suspended');
    assert.equal(jobOf({ T: 'WHATEVER' }).state.kind, 'unknown');
  });

  it('is finished if the job is gone and its outcome is unknown', () => {
    const job = toJob({ ...one(queued(queueLine())), state: unknownState }, telling);
    assert.deepEqual(job.state, { kind: 'ended', word: 'unknown', outcome: 'stopped' });
    assert.equal(job.reason, 'exit status unknown');
  });

  it('shows the job number if the job has no name, and any other name unchanged', () => {
    assert.equal(jobOf({ j: '' }).name, '36');
    assert.equal(jobOf({ j: 'a|b\n"c"' }).name, 'a|b\n"c"');
  });

  it('has no limit if none is reported', () => {
    assert.equal(jobOf({ l: 'UNLIMITED' }).limitMs, undefined);
  });

  it('combines all components of a heterogeneous job: it starts with the first and runs as long as the last', () => {
    const parts = (first: Letters, second: Letters, third: Letters): readonly SchedulerJob[] =>
      mergeParts(
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

describe('what a waiting Slurm job waits for', () => {
  const names = new Map([
    ['3', 'long.sh'],
    ['4', 'a'],
  ]);
  const reasonOf = (E: string): string | undefined =>
    toJob(one(queued(queueLine({ T: 'PENDING', r: 'Dependency', R: '(Dependency)', N: '', S: 'N/A', E }))), {
      ...telling,
      findName: (id) => names.get(id),
    }).reason;

  it('is the name and the number of the job', () => {
    assert.equal(reasonOf('afterok:3(unfulfilled)'), 'waits for long.sh (3)');
    assert.equal(reasonOf('after:3+5(unfulfilled)'), 'waits for long.sh (3)');
  });

  it('is the number of a job that is not listed', () => {
    assert.equal(reasonOf('afterok:7_*(unfulfilled)'), 'waits for job 7');
  });

  it('counts further jobs', () => {
    assert.equal(
      reasonOf('afterok:3:4(unfulfilled),afterany:9(unfulfilled)'),
      'waits for long.sh (3) and 2 more',
    );
  });

  it('stays general without a job', () => {
    assert.equal(reasonOf('singleton(unfulfilled)'), 'waiting for other jobs');
  });
});

describe('the limit and the place of a Slurm job', () => {
  it('has no limit if Slurm reports a year', () => {
    assert.equal(jobOf({ l: '365-00:00:00' }).limitMs, undefined);
    assert.equal(jobOf({ l: '364-00:00:00' }).limitMs, 364 * 86_400_000);
  });

  it('names nodes and partition once it has started', () => {
    assert.equal(formatPlace(jobOf(), 'Partition'), 'n1, partition debug');
    assert.equal(formatPlace(jobOf({ T: 'PENDING', N: '' }), 'Partition'), undefined);
  });
});

describe('the view of an array', () => {
  const waiting = taskLine('2-4%2', {
    A: '36',
    i: '36_[2-4%2]',
    T: 'PENDING',
    r: 'JobArrayTaskLimit',
    R: '(JobArrayTaskLimit)',
    N: '',
  });

  it('is one row that counts its tasks, followed by the tasks in index order', () => {
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

  it('waits while no task runs, with the reason of the first task', () => {
    const [array] = jobsOf(taskLine('0', { T: 'COMPLETED' }), waiting);
    assert.deepEqual([array?.state.kind, array?.ended], ['queued', undefined]);
    assert.equal(array?.reason, 'throttled: 2 at once');
  });

  it('finishes when all tasks have finished, with the worst outcome', () => {
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

  it('starts with its first task and finishes with its last', () => {
    const [array] = jobsOf(
      taskLine('0', { T: 'COMPLETED', S: '2026-03-05T10:00:00', e: '2026-03-05T11:00:00' }),
      taskLine('1', { T: 'COMPLETED', S: '2026-03-05T09:00:00', e: '2026-03-05T10:00:00' }),
    );
    assert.deepEqual(array?.started, new Date('2026-03-05T09:00:00Z'));
    assert.deepEqual(array.ended, new Date('2026-03-05T11:00:00Z'));
  });

  it('is held if all waiting tasks are held', () => {
    const held = { T: 'PENDING', r: 'JobHeldUser', R: '(JobHeldUser)' };
    assert.equal(jobsOf(taskLine('0', held), taskLine('1'))[0]?.isHeld, true);
    assert.equal(jobsOf(taskLine('0', held), taskLine('1', { T: 'PENDING' }))[0]?.isHeld, undefined);
    assert.equal(jobsOf(taskLine('1'))[0]?.isHeld, undefined);
  });

  it('has the values that all tasks share', () => {
    const [array] = jobsOf(taskLine('0', { A: '37', N: 'n1' }), taskLine('1', { A: '38', N: 'n2' }));
    assert.deepEqual(
      array?.resources.map(({ label }) => label),
      ['Partition', 'CPUs', 'Memory', 'Account', 'QOS', 'Folder'],
    );
  });

  it('is built fast for 5,000 tasks', () => {
    const lines = Array.from({ length: 5_000 }, (_, at) => taskLine(String(at), { A: String(100 + at) }));
    const seen = queued(...lines);
    const elapsedMs = startStopwatch();
    assert.equal(toJobs(seen, telling).length, 5_001);
    assert.ok(elapsedMs() < 500);
  });
});

describe('the list of jobs', () => {
  it('is in the order of submission, newest first, arrays with all their tasks', () => {
    const ids = jobsOf(
      queueLine({ A: '30', V: '2026-03-05T09:00:00' }),
      taskLine('0', { V: '2026-03-05T10:00:00' }),
      queueLine({ A: '50', V: '2026-03-05T09:00:00' }),
      queueLine({ A: '60', V: '2026-03-05T11:00:00' }),
    ).map(({ id }) => id);
    assert.deepEqual(ids, ['60', '36', '36_0', '50', '30']);
  });
});

describe('a job in both the queue and the accounting', () => {
  const history = one(accounted(accountLine()));

  it('has the state from the queue with the outcome from the accounting', () => {
    const both = mergeHistory(one(queued(queueLine({ T: 'FAILED', e: 'N/A', N: '' }))), history);
    assert.deepEqual([both.exit, both.end, both.nodeList], [{ code: 3 }, history.end, 'n1']);
  });

  it('has only the state from the queue if it waits or runs again', () => {
    for (const T of ['PENDING', 'RUNNING', 'COMPLETING']) {
      const seen = one(queued(queueLine({ T })));
      assert.equal(mergeHistory(seen, history), seen);
    }
  });
});
