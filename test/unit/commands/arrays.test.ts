import assert from 'node:assert/strict';
import { cancelJobs } from '../../../src/commands/cancelJob.js';
import { extendJob } from '../../../src/commands/extendJob.js';
import { openLog, saveLog, showLog, showLogInTerminal } from '../../../src/commands/showLog.js';
import { notifyJobsEnded } from '../../../src/commands/notifyJobsEnded.js';
import type { JobTarget } from '../../../src/commands/resolveTargets.js';
import type { Backend } from '../../../src/core/domain/backend.js';
import type { Job } from '../../../src/core/domain/job.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { arrayOf, backendOf, before, completed, failed, jobOf, queued, running } from '../../fakes/jobs.js';
import {
  answers,
  keeps,
  leaves,
  picks,
  presses,
  saves,
  scriptedUi,
  types,
  type Expected,
} from '../../fakes/ui.js';

/** A backend that records its cancel calls. */
function cancelling(): { readonly backend: Backend; readonly cancelled: string[] } {
  const cancelled: string[] = [];
  const backend = backendOf({
    cancel: (id) => {
      cancelled.push(id);
      return Promise.resolve();
    },
    cancelQueued: (id) => {
      cancelled.push(`${id} queued`);
      return Promise.resolve();
    },
  });
  return { backend, cancelled };
}

const start = (backend: Backend, jobs: readonly Job[], ...script: readonly Expected[]) => {
  const { ui, seen } = scriptedUi(...script);
  return { seen, ports: portsOf({ ui, jobs: jobs.map((job): JobTarget => ({ backend, job })) }) };
};

describe('cancelJobs of an array', () => {
  const mixed = arrayOf([running, running, queued, queued, queued, completed]);

  it('offers all of its tasks or the waiting ones, with their numbers', async () => {
    const { backend, cancelled } = cancelling();
    const { ports, seen } = start(backend, mixed, answers('Cancel 5 tasks of sweep.py?', 'Cancel 5 Tasks'));
    await cancelJobs(['local/36'], ports);
    assert.deepEqual(seen.questions[0]?.buttons, ['Cancel 5 Tasks', 'Cancel 3 Queued Tasks']);
    assert.equal(seen.questions[0].keep, 'Keep Running');
    assert.match(seen.questions[0].detail, /^Tasks: 2 running, 3 queued, 1 completed\./);
    assert.deepEqual(cancelled, ['36']);
  });

  it('cancels only the waiting tasks if the user selects them', async () => {
    const { backend, cancelled } = cancelling();
    const { ports } = start(backend, mixed, answers('Cancel 5 tasks of sweep.py?', 'Cancel 3 Queued Tasks'));
    await cancelJobs(['local/36'], ports);
    assert.deepEqual(cancelled, ['36 queued']);
  });

  it('offers no choice if all tasks wait or all run', async () => {
    for (const [states, question, button, detail] of [
      [[queued, queued], 'Cancel 2 tasks of sweep.py?', 'Cancel 2 Tasks', /None of them has started/],
      [[running, completed], 'Cancel 1 task of sweep.py?', 'Cancel 1 Task', /running tasks may be lost/],
    ] as const) {
      const { backend, cancelled } = cancelling();
      const { ports, seen } = start(backend, arrayOf(states), answers(question, button));
      await cancelJobs(['local/36'], ports);
      assert.deepEqual(seen.questions[0]?.buttons, [button]);
      assert.match(seen.questions[0].detail, detail);
      assert.deepEqual(cancelled, ['36']);
    }
  });

  it('cancels nothing if the prompt is dismissed', async () => {
    const { backend, cancelled } = cancelling();
    const { ports } = start(backend, mixed, answers('Cancel 5 tasks of sweep.py?', undefined));
    await cancelJobs(['local/36'], ports);
    assert.deepEqual(cancelled, []);
  });

  it('cancels one task alone, and names it', async () => {
    const { backend, cancelled } = cancelling();
    const { ports } = start(backend, mixed, answers('Cancel task 36_2 of sweep.py?', 'Cancel Task'));
    await cancelJobs(['local/36_2'], ports);
    assert.deepEqual(cancelled, ['36_2']);
  });

  it('names the array if several of its tasks are selected, and says what has started', async () => {
    const { backend, cancelled } = cancelling();
    const asked = answers('Cancel 3 tasks of sweep.py?', 'Cancel 3 Tasks');
    const { ports, seen } = start(backend, mixed, asked);
    await cancelJobs(['local/36_1', 'local/36_2', 'local/36_3'], ports);
    assert.deepEqual(cancelled, ['36_1', '36_2', '36_3']);
    assert.match(seen.questions[0]?.detail ?? '', /^Unsaved results of the 1 that has started may be lost/);
  });

  it('calls the backend once for an array that is selected with its tasks', async () => {
    const { backend, cancelled } = cancelling();
    const other = jobOf({ id: '40' });
    const { ports } = start(backend, [...mixed, other], answers('Cancel 2 jobs?', 'Cancel 2 Jobs'));
    await cancelJobs(['local/36_0', 'local/36', 'local/36_1', 'local/40'], ports);
    assert.deepEqual(cancelled, ['36', '40']);
  });

  it('is offered for the array, not for each task, if no row is selected', async () => {
    const { backend } = cancelling();
    const { ports, seen } = start(backend, [...mixed, jobOf({ id: '40' })], leaves('Cancel Job'));
    await cancelJobs([], ports);
    assert.deepEqual(seen.steps[0]?.labels, ['sweep.py', 'fit.jl']);
    assert.equal(seen.steps[0].items[0]?.description, '2 running, 3 queued, 1 completed');
  });
});

describe('the log of an array', () => {
  const [array, ...tasks] = arrayOf([queued, completed, completed, failed, running, running]);
  assert.ok(array);
  const minutesAgo = [0, 9, 3, 5, 8, 2];
  const all = [
    array,
    ...tasks.map((task, index) => {
      const at = before((minutesAgo[index] ?? 0) * 60_000);
      return task.state.kind === 'ended' ? { ...task, ended: at } : { ...task, started: at };
    }),
  ];
  const backend = backendOf();

  it('is the log of the selected task: running first, then failed, newest first', async () => {
    const { ports, seen } = start(backend, all, picks('Show Log: sweep.py', '36_3'));
    await showLog(['local/36'], ports);
    assert.deepEqual(seen.steps[0]?.labels, ['36_5', '36_4', '36_3', '36_2', '36_1', '36_0']);
    assert.equal(seen.steps[0].items[2]?.description, 'Failed · 5 min ago');
    assert.deepEqual(ports.deeds.done, ['log local/36_3']);
  });

  it('is selected with the same prompt by each log command', async () => {
    const { ports } = start(
      backend,
      all,
      keeps('Open Log in Editor: sweep.py'),
      keeps('Show Log in Terminal: sweep.py'),
      keeps('Save Log As: sweep.py'),
      saves('Save Log of sweep.py', '/home/ada/a.log'),
    );
    await openLog(['local/36'], ports);
    await showLogInTerminal(['local/36'], ports);
    await saveLog(['local/36'], ports);
    assert.deepEqual(ports.deeds.done, ['logInEditor local/36_5', 'logInTerminal local/36_5']);
    assert.ok(ports.deeds.files.has('/home/ada/a.log'));
  });

  it('opens nothing if the user dismisses the prompt, and shows no prompt for a task', async () => {
    const { ports } = start(backend, all, leaves('Show Log: sweep.py'));
    await showLog(['local/36'], ports);
    assert.deepEqual(ports.deeds.done, []);
    await showLog(['local/36_1'], ports);
    assert.deepEqual(ports.deeds.done, ['log local/36_1']);
  });

  it('is the log of its only task, and a message if no task is known', async () => {
    const one = start(backend, arrayOf([running]));
    await showLog(['local/36'], one.ports);
    assert.deepEqual(one.ports.deeds.done, ['log local/36_0']);
    const none = start(backend, [array]);
    await showLog(['local/36'], none.ports);
    assert.deepEqual(none.ports.deeds.done, []);
    assert.deepEqual(
      none.seen.told.map(({ text }) => text),
      ['No task of sweep.py is known yet.'],
    );
  });

  it('shows hostile names of tasks on one line', async () => {
    const named = all.map((job) => (job === array ? job : { ...job, name: 'a\nb\u202ec' }));
    const { ports, seen } = start(backend, named, leaves('Show Log: sweep.py'));
    await showLog(['local/36'], ports);
    assert.equal(seen.steps[0]?.labels[0], 'a␣b␣c');
  });
});

describe('extendJob of an array', () => {
  it('calls the backend once, and shows no remaining time, which differs between tasks', async () => {
    const extended: string[] = [];
    const backend = backendOf({
      extend: (id) => {
        extended.push(id);
        return Promise.resolve();
      },
    });
    const jobs = arrayOf([running], { started: before(60_000), limitMs: 3_600_000 });
    const { ports, seen } = start(backend, jobs, types('Extend sweep.py', '1 h'));
    await extendJob(['local/36'], ports);
    assert.doesNotMatch(seen.steps[0]?.field?.prompt ?? '', /Time remaining/);
    assert.deepEqual(extended, ['36']);
  });
});

describe('tellEnded of an array', () => {
  const ended = (job: Job): Job => ({ ...job, started: before(13_000), ended: before(1000) });
  const [array, ...tasks] = arrayOf([completed, failed, completed], { state: failed });
  assert.ok(array);

  it('shows how its tasks finished, and reads no log', async () => {
    const backend = backendOf({
      log: () => {
        throw new Error('there is none');
      },
    });
    const { ports, seen } = start(backend, []);
    await notifyJobsEnded([{ backend, job: ended(array) }], false, ports);
    assert.deepEqual(seen.told, [
      {
        weight: 'error',
        text: 'sweep.py failed after 12 s: 2 completed, 1 failed.',
        buttons: ['Show Log'],
      },
    ]);
  });

  it('prompts for the task whose log is shown', async () => {
    const backend = backendOf();
    const { ports } = start(
      backend,
      [array, ...tasks],
      presses(/^sweep\.py failed/, 'Show Log'),
      keeps('Show Log: sweep.py'),
    );
    await notifyJobsEnded([{ backend, job: array }], false, ports);
    assert.deepEqual(ports.deeds.done, ['log local/36_1']);
  });

  it('shows another end of a resubmitted job, and each end only once', async () => {
    const backend = backendOf();
    const { ports, seen } = start(backend, []);
    const first = jobOf({ state: failed, submitted: before(9000) });
    const again = jobOf({ state: completed, submitted: before(1000) });
    for (const job of [first, first, again, again]) await notifyJobsEnded([{ backend, job }], false, ports);
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['fit.jl failed.', 'fit.jl completed.'],
    );
  });
});
