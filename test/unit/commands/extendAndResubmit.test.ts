import assert from 'node:assert/strict';
import { extendJob } from '../../../src/commands/extendJob.js';
import { resubmitJob } from '../../../src/commands/resubmitJob.js';
import type { JobSubmission } from '../../../src/core/domain/backend.js';
import { toJobId } from '../../../src/core/domain/job.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { backendOf, before, completed, jobOf, queued } from '../../fakes/jobs.js';
import { keeps, leaves, scriptedUi, types, type Expected } from '../../fakes/ui.js';

describe('extendJob', () => {
  const hour = 3_600_000;
  const extending = (wholeHours: boolean, ...script: readonly Expected[]) => {
    const asked: number[] = [];
    const backend = backendOf({
      capabilities: {
        args: true,
        env: true,
        timeLimit: { isOptional: true, ...(wholeHours ? { stepMs: 3_600_000 } : {}) },
      },
      extend: (_id, byMs) => {
        asked.push(byMs);
        return Promise.resolve();
      },
    });
    const job = jobOf({ started: before(20 * 60_000), limitMs: hour });
    const { ui, seen } = scriptedUi(...script);
    const ports = portsOf({ ui, jobs: [{ backend, job }] });
    return { asked, seen, ports };
  };

  it('shows the remaining time, and calls the backend once with the input', async () => {
    const { asked, seen, ports } = extending(false, types('Extend fit.jl', '1 h 30 min'));
    await extendJob(['local/j1'], ports);
    assert.deepEqual(asked, [1.5 * hour]);
    assert.match(seen.steps[0]?.field?.prompt ?? '', /Time remaining: 40 min\./);
    assert.deepEqual(ports.deeds.done, ['refresh local']);
  });

  it('rejects text that is not a duration', async () => {
    const { seen, ports } = extending(false, types('Extend fit.jl', '', 'soon', '-1 h', '0', '5 min'));
    await extendJob(['local/j1'], ports);
    assert.equal(seen.complaints.length, 4);
    assert.match(seen.complaints[0] ?? '', /Enter a duration/);
    assert.match(seen.complaints[1] ?? '', /Invalid duration/);
  });

  it('accepts whole hours only if the backend requires them, and starts with one hour', async () => {
    const { asked, seen, ports } = extending(true, types('Extend fit.jl', '90 min', '2 h'));
    await extendJob(['local/j1'], ports);
    assert.deepEqual(seen.complaints, ['Enter whole hours.']);
    assert.equal(seen.steps[0]?.field?.initial, '1 h');
    assert.deepEqual(asked, [2 * hour]);
  });

  it('does not call the backend if it is dismissed', async () => {
    const { asked, ports } = extending(false, leaves('Extend fit.jl'));
    await extendJob(['local/j1'], ports);
    assert.deepEqual(asked, []);
  });

  it('suggests a valid duration', async () => {
    for (const wholeHours of [false, true]) {
      const { asked, ports } = extending(wholeHours, keeps('Extend fit.jl'));
      await extendJob(['local/j1'], ports);
      assert.equal(asked.length, 1);
    }
  });

  it('is disabled before the job runs and without a limit', async () => {
    const backend = backendOf({ extend: () => Promise.reject(new Error('must not be called')) });
    const { ui, seen } = scriptedUi();
    const ports = portsOf({
      ui,
      jobs: [
        { backend, job: jobOf({ id: 'a', state: queued, limitMs: hour }) },
        { backend, job: jobOf({ id: 'b' }) },
      ],
    });
    await extendJob(['local/a'], ports);
    await extendJob(['local/b'], ports);
    assert.equal(seen.told.length, 2);
  });
});

describe('resubmitJob', () => {
  const resubmitting = (again: NonNullable<JobSubmission['again']>) =>
    backendOf({ jobs: [jobOf({ id: 'again' })], again });

  it('submits the same content again and shows the new job', async () => {
    const asked: string[] = [];
    const backend = resubmitting((id) => {
      asked.push(id);
      return Promise.resolve(toJobId('again'));
    });
    const ports = portsOf({ ui: scriptedUi().ui, jobs: [{ backend, job: jobOf({ state: completed }) }] });
    await resubmitJob(['local/j1'], ports);
    assert.deepEqual(asked, ['j1']);
    assert.deepEqual(ports.deeds.done, [
      'awaitEnd local/again',
      'include local/again',
      'select local/again',
      'log local/again',
    ]);
  });

  it('does not call the backend from an untrusted workspace', async () => {
    const asked: string[] = [];
    const backend = resubmitting((id) => {
      asked.push(id);
      return Promise.resolve(toJobId('again'));
    });
    const jobs = [{ backend, job: jobOf({ state: completed }) }];
    const ports = portsOf({ ui: scriptedUi().ui, jobs, desk: { isTrusted: () => false } });
    await assert.rejects(resubmitJob(['local/j1'], ports), { problem: { kind: 'untrusted' } });
    assert.deepEqual(asked, []);
  });

  it('never submits again on its own after a failure', async () => {
    let calls = 0;
    const backend = resubmitting(() => {
      calls++;
      return Promise.reject(new JobError({ kind: 'unclearSubmit', place: 'Local' }));
    });
    const ports = portsOf({ ui: scriptedUi().ui, jobs: [{ backend, job: jobOf({ state: completed }) }] });
    await assert.rejects(resubmitJob(['local/j1'], ports));
    assert.equal(calls, 1);
    assert.deepEqual(ports.deeds.done, ['refresh local', 'refresh local', 'refresh local']);
  });
});
