import assert from 'node:assert/strict';
import { cancelJobs } from '../../../src/commands/cancelJob.js';
import { deleteJobs } from '../../../src/commands/deleteJob.js';
import type { JobControl } from '../../../src/core/domain/backend.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { backendOf, completed, failed, jobOf, queued } from '../../fakes/jobs.js';
import { answers, scriptedUi } from '../../fakes/ui.js';

/** Runs with the given names, and fails for those that start with `bad`. */
function acting(): { readonly act: NonNullable<JobControl['cancel']>; readonly acted: string[] } {
  const acted: string[] = [];
  return {
    acted,
    act: (id) => {
      acted.push(id);
      return id.startsWith('bad')
        ? Promise.reject(new JobError({ kind: 'refused', place: 'Local', words: 'not now' }))
        : Promise.resolve();
    },
  };
}

describe('cancelJobs', () => {
  it('prompts first, cancels, and refreshes the list', async () => {
    const { act, acted } = acting();
    const { ui, seen } = scriptedUi(answers('Cancel fit.jl?', 'Cancel Job'));
    const ports = portsOf({ ui, jobs: [{ backend: backendOf({ cancel: act }), job: jobOf() }] });
    await cancelJobs(['local/j1'], ports);
    assert.deepEqual(acted, ['j1']);
    assert.deepEqual(ports.deeds.done, ['refresh local']);
    assert.match(seen.questions[0]?.detail ?? '', /may be lost.*log is kept/);
    assert.equal(seen.questions[0]?.keep, 'Keep Running');
  });

  it('does not warn of a loss if the job has not started', async () => {
    const { act } = acting();
    const { ui, seen } = scriptedUi(answers('Cancel fit.jl?', 'Cancel Job'));
    const waiting = jobOf({ state: queued });
    const ports = portsOf({ ui, jobs: [{ backend: backendOf({ cancel: act }), job: waiting }] });
    await cancelJobs(['local/j1'], ports);
    assert.deepEqual(seen.questions, [
      {
        text: 'Cancel fit.jl?',
        detail: 'It has not started, so nothing is lost.',
        buttons: ['Cancel Job'],
        keep: 'Keep Queued',
      },
    ]);
  });

  it('cancels nothing if the prompt is dismissed', async () => {
    const { act, acted } = acting();
    const { ui } = scriptedUi(answers('Cancel fit.jl?', undefined));
    const ports = portsOf({ ui, jobs: [{ backend: backendOf({ cancel: act }), job: jobOf() }] });
    await cancelJobs(['local/j1'], ports);
    assert.deepEqual(acted, []);
    assert.deepEqual(ports.deeds.done, []);
  });

  it('tries all jobs although one fails, refreshes, and then reports the failures', async () => {
    const { act, acted } = acting();
    const { ui } = scriptedUi(answers('Cancel 3 jobs?', 'Cancel 3 Jobs'));
    const backend = backendOf({ cancel: act });
    const jobs = ['a', 'bad', 'c'].map((id) => ({ backend, job: jobOf({ id }) }));
    const ports = portsOf({ ui, jobs });
    await assert.rejects(cancelJobs(['local/a', 'local/bad', 'local/c'], ports), {
      problem: { kind: 'refused', place: 'Local', words: 'not now' },
    });
    assert.deepEqual(acted, ['a', 'bad', 'c']);
    assert.deepEqual(ports.deeds.done, ['refresh local']);
  });

  it('refreshes each affected connection once', async () => {
    const { act } = acting();
    const { ui } = scriptedUi(answers('Cancel 3 jobs?', 'Cancel 3 Jobs'));
    const one = backendOf({ cancel: act });
    const two = backendOf({
      cancel: act,
      connection: { id: 'gpu', kind: 'local', title: 'GPU', settings: {} },
    });
    const jobs = [
      { backend: one, job: jobOf({ id: 'a' }) },
      { backend: two, job: jobOf({ id: 'b' }) },
      { backend: one, job: jobOf({ id: 'c' }) },
    ];
    const ports = portsOf({ ui, jobs });
    await cancelJobs(['local/a', 'gpu/b', 'local/c'], ports);
    assert.deepEqual(ports.deeds.done, ['refresh local', 'refresh gpu']);
  });
});

describe('removeJobs', () => {
  it('prompts first, removes the job, and closes its open views', async () => {
    const { act, acted } = acting();
    const { ui, seen } = scriptedUi(answers('Delete fit.jl?', 'Delete Job'));
    const jobs = [{ backend: backendOf({ delete: act }), job: jobOf({ state: completed }) }];
    const ports = portsOf({ ui, jobs });
    await deleteJobs(['local/j1'], ports);
    assert.deepEqual(acted, ['j1']);
    assert.deepEqual(ports.deeds.done, ['forget local/j1', 'refresh local']);
    assert.match(seen.questions[0]?.detail ?? '', /deleted permanently/);
  });

  it('removes nothing if the prompt is dismissed', async () => {
    const { act, acted } = acting();
    const { ui } = scriptedUi(answers('Delete fit.jl?', undefined));
    const ports = portsOf({
      ui,
      jobs: [{ backend: backendOf({ delete: act }), job: jobOf({ state: failed }) }],
    });
    await deleteJobs(['local/j1'], ports);
    assert.deepEqual(acted, []);
  });

  it('is not offered for a job that can still change', async () => {
    const { act, acted } = acting();
    const { ui, seen } = scriptedUi();
    const ports = portsOf({ ui, jobs: [{ backend: backendOf({ delete: act }), job: jobOf() }] });
    await deleteJobs(['local/j1'], ports);
    assert.deepEqual(acted, []);
    assert.equal(seen.told.length, 1);
  });

  it('keeps views of jobs that could not be removed, removes the others, and reports the failures', async () => {
    const { act } = acting();
    const { ui } = scriptedUi(answers('Delete 2 jobs?', 'Delete 2 Jobs'));
    const backend = backendOf({ delete: act });
    const jobs = ['bad', 'b'].map((id) => ({ backend, job: jobOf({ id, state: completed }) }));
    const ports = portsOf({ ui, jobs });
    await assert.rejects(deleteJobs(['local/bad', 'local/b'], ports), {
      problem: { kind: 'refused', place: 'Local', words: 'not now' },
    });
    assert.deepEqual(ports.deeds.done, ['forget local/b', 'refresh local']);
  });
});
