import assert from 'node:assert/strict';
import { runMoreActions } from '../../../src/commands/jobActions.js';
import { listActions, commandActionIds } from '../../../src/core/domain/availableActions.js';
import type { JobAction } from '../../../src/core/domain/jobAction.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { backendOf, completed, jobOf, queued, running, suspendAction } from '../../fakes/jobs.js';
import { answers, leaves, picks, scriptedUi, types, type Expected } from '../../fakes/ui.js';
import manifest from '../../../package.json' with { type: 'json' };

/** A backend whose jobs can be suspended and resumed, with a running job `a`, a queued `b` and a running `c`. */
function placeWith(...script: readonly Expected[]) {
  const done: string[] = [];
  const suspend = suspendAction((id, reason) => {
    done.push(`suspend ${id}: ${reason}`);
    return Promise.resolve();
  });
  const snapshot: JobAction = {
    id: 'snapshot',
    title: 'Take Snapshot',
    icon: 'device-camera',
    progress: ({ name }) => `Taking a snapshot of ${name}`,
    isEnabled: ({ state }) => state.kind !== 'ended',
    run: ({ id }) => {
      done.push(`snapshot ${id}`);
      return Promise.resolve();
    },
  };
  const backend = backendOf({ hold: () => Promise.resolve(), actions: [suspend, snapshot] });
  const jobs = [
    jobOf({ id: 'a', state: running }),
    jobOf({ id: 'b', state: queued }),
    jobOf({ id: 'c', state: running }),
    jobOf({ id: 'd', state: completed }),
  ];
  const { ui, seen } = scriptedUi(...script);
  const ports = portsOf({ ui, jobs: jobs.map((job) => ({ backend, job })) });
  return { backend, jobs, done, seen, ports };
}

const menu = /^More Actions for /;

describe('More Actions…', () => {
  it('is a word of the rows of jobs that have such an action enabled', () => {
    const { backend, jobs } = placeWith();
    const able = jobs.filter((job) => listActions(backend, job).includes('moreActions'));
    assert.deepEqual(
      able.map(({ id }) => id),
      ['a', 'b', 'c'],
    );
    const holding = backendOf({ hold: () => Promise.resolve() });
    assert.ok(!listActions(holding, jobOf({ state: queued })).includes('moreActions'));
  });

  it('lists the enabled actions without a command, asks for inputs after the confirmation, and runs it', async () => {
    const { done, seen, ports } = placeWith(
      picks(menu, 'Suspend Job'),
      answers(/^Suspend fit\.jl\?/, 'Suspend Job'),
      types(/^Suspend Job: Reason$/, 'maintenance'),
    );
    await runMoreActions(['local/a'], ports);
    assert.deepEqual(seen.left(), []);
    assert.deepEqual(seen.steps[0]?.labels, ['Suspend Job', 'Take Snapshot']);
    assert.deepEqual(done, ['suspend a: maintenance']);
    assert.deepEqual(ports.deeds.done, ['refresh local']);
  });

  it('lists only what is enabled', async () => {
    const { seen, ports } = placeWith(leaves(menu));
    await runMoreActions(['local/b'], ports);
    assert.deepEqual(seen.steps[0]?.labels, ['Take Snapshot']);
  });

  it('runs on those of several jobs that support the action', async () => {
    const { done, ports } = placeWith(
      picks(/^More Actions for 3 jobs$/, 'Suspend Job'),
      answers(/^Suspend 2 jobs\?/, 'Suspend Job'),
      types(/^Suspend Job: Reason$/, ''),
    );
    await runMoreActions(['local/a', 'local/b', 'local/c'], ports);
    assert.deepEqual(done, ['suspend a: ', 'suspend c: ']);
  });

  it('does nothing where the user leaves the list, the confirmation, or the inputs', async () => {
    const scripts = [
      [leaves(menu)],
      [picks(menu, 'Suspend Job'), answers(/^Suspend fit\.jl\?/, undefined)],
      [
        picks(menu, 'Suspend Job'),
        answers(/^Suspend fit\.jl\?/, 'Suspend Job'),
        leaves(/^Suspend Job: Reason$/),
      ],
    ];
    for (const script of scripts) {
      const { done, ports } = placeWith(...script);
      await runMoreActions(['local/a'], ports);
      assert.deepEqual(done, []);
    }
  });

  it('says so where the job has no such action', async () => {
    const { seen, ports } = placeWith();
    await runMoreActions(['local/d'], ports);
    assert.equal(seen.told.length, 1);
    assert.match(seen.told[0]?.text ?? '', /^Not available while fit\.jl is completed\.$/i);
  });

  it('leaves out the actions that have a command', () => {
    const commands = manifest.contributes.commands.map(({ command }) => command);
    for (const id of commandActionIds) assert.ok(commands.includes(`batchJobs.${id}`), id);
  });
});
