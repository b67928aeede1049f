import assert from 'node:assert/strict';
import { cancelJobs } from '../../../src/commands/cancelJob.js';
import { copyJobId } from '../../../src/commands/showJob.js';
import type { JobTarget } from '../../../src/commands/resolveTargets.js';
import type { Backend } from '../../../src/core/domain/backend.js';
import type { Job } from '../../../src/core/domain/job.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { backendOf, completed, jobOf, queued, running } from '../../fakes/jobs.js';
import { answers, leaves, picks, scriptedUi, type Expected } from '../../fakes/ui.js';

const targetsOf = (backend: Backend, ...jobs: readonly Job[]): readonly JobTarget[] =>
  jobs.map((job) => ({ backend, job }));

const cancelling = (id = 'local', title = 'Local') => {
  const cancelled: string[] = [];
  const backend = backendOf({
    connection: { id, kind: 'local', title, settings: {} },
    cancel: (job) => {
      cancelled.push(job);
      return Promise.resolve();
    },
  });
  return { backend, cancelled };
};

const start = (jobs: readonly JobTarget[], ...script: readonly Expected[]) => {
  const { ui, seen } = scriptedUi(...script);
  return { seen, ports: portsOf({ ui, jobs }) };
};

describe('a command called with rows', () => {
  it('reports that the job is gone if its row has no job', async () => {
    const { ports, seen } = start(targetsOf(cancelling().backend, jobOf()));
    await copyJobId(['local/removed'], ports);
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['This job no longer exists.'],
    );
    assert.deepEqual(seen.copied, []);
  });

  it('explains why nothing is done if the state does not allow it', async () => {
    const { backend, cancelled } = cancelling();
    const { ports, seen } = start(targetsOf(backend, jobOf({ state: completed })));
    await cancelJobs(['local/j1'], ports);
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['Not available while fit.jl is completed.'],
    );
    assert.deepEqual(cancelled, []);
  });

  it('finds the job of a row below it', async () => {
    const { ports, seen } = start(targetsOf(cancelling().backend, jobOf({ id: 'j7' })));
    await copyJobId(['local/j7/result/out/model.json'], ports);
    assert.deepEqual(seen.copied, ['j7']);
  });

  it('runs for the jobs that allow it and skips the others', async () => {
    const { backend, cancelled } = cancelling();
    const jobs = targetsOf(
      backend,
      jobOf({ id: 'a' }),
      jobOf({ id: 'b', state: completed }),
      jobOf({ id: 'c' }),
    );
    const { ports } = start(jobs, answers('Cancel 2 jobs?', 'Cancel 2 Jobs'));
    await cancelJobs(['local/a', 'local/b', 'local/c', 'local/gone'], ports);
    assert.deepEqual(cancelled, ['a', 'c']);
  });

  it('runs once if a job and a row below it are both selected', async () => {
    const { backend, cancelled } = cancelling();
    const { ports } = start(targetsOf(backend, jobOf({ id: 'a' })), answers('Cancel fit.jl?', 'Cancel Job'));
    await cancelJobs(['local/a', 'local/a/log', 'local/a'], ports);
    assert.deepEqual(cancelled, ['a']);
  });
});

describe('a command called without rows', () => {
  it('prompts for one of the jobs that support it', async () => {
    const { backend, cancelled } = cancelling();
    const jobs = targetsOf(
      backend,
      jobOf({ id: 'a', name: 'done.jl', state: completed }),
      jobOf({ id: 'b', name: 'runs.jl', state: running }),
      jobOf({ id: 'c', name: 'waits.jl', state: queued, reason: '2nd in queue' }),
    );
    const { ports, seen } = start(
      jobs,
      picks('Cancel Job', 'waits.jl'),
      answers('Cancel waits.jl?', 'Cancel Job'),
    );
    await cancelJobs([], ports);
    assert.deepEqual(seen.steps[0]?.labels, ['runs.jl', 'waits.jl']);
    assert.equal(seen.steps[0].items[1]?.description, 'Queued · 2nd in queue');
    assert.equal(seen.steps[0].items[1].detail, 'c');
    assert.deepEqual(cancelled, ['c']);
  });

  it('names the connection of each job if there are several', async () => {
    const one = cancelling();
    const two = cancelling('gpu', 'GPU');
    const jobs = [
      ...targetsOf(one.backend, jobOf({ id: 'a' })),
      ...targetsOf(two.backend, jobOf({ id: 'a' })),
    ];
    const { ports, seen } = start(jobs, leaves('Cancel Job'));
    await cancelJobs([], ports);
    assert.deepEqual(
      seen.steps[0]?.items.map(({ detail }) => detail),
      ['Local · a', 'GPU · a'],
    );
  });

  it('reports that there is no such job', async () => {
    const { ports, seen } = start(targetsOf(cancelling().backend, jobOf({ state: completed })));
    await cancelJobs([], ports);
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['No job supports this action.'],
    );
  });

  it('shows a hostile name on one line', async () => {
    const { backend } = cancelling();
    const { ports, seen } = start(targetsOf(backend, jobOf({ name: 'a\nb\u202Ec' })), leaves('Cancel Job'));
    await cancelJobs([], ports);
    assert.deepEqual(seen.steps[0]?.labels, ['a␣b␣c']);
  });
});
