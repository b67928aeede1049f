import assert from 'node:assert/strict';
import { notifyTimeLimit } from '../../../src/commands/notifyTimeLimit.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { memoryStore, portsOf, type World } from '../../fakes/commandPorts.js';
import { backendOf, before, jobOf, noon, type FakeMembers } from '../../fakes/jobs.js';
import { presses, scriptedUi, types, type Expected } from '../../fakes/ui.js';

const minute = 60_000;
const soon = new Date(noon.getTime() + 10 * minute);

/** One window, with a job that reaches its time limit in ten minutes. */
function windowWith(script: readonly Expected[] = [], world: Partial<World> = {}, members: FakeMembers = {}) {
  const extended: number[] = [];
  const backend = backendOf({
    extend: (_id, byMs) => {
      extended.push(byMs);
      return Promise.resolve();
    },
    ...members,
  });
  const target = { backend, job: jobOf({ started: before(50 * minute), limitMs: 60 * minute }) };
  const { ui, seen } = scriptedUi(...script);
  return { target, seen, extended, ports: portsOf({ ui, jobs: [target], ...world }) };
}

describe('tellLimit', () => {
  it('shows when the job reaches its limit, and offers to extend it', async () => {
    const { target, seen, ports, extended } = windowWith();
    await notifyTimeLimit(target, soon, ports);
    assert.deepEqual(seen.told, [
      {
        weight: 'warning',
        text: 'fit.jl will reach its time limit in 10 min and be stopped.',
        buttons: ['Extend…'],
      },
    ]);
    assert.deepEqual(extended, []);
  });

  it('opens the prompt for the extension', async () => {
    const { target, seen, ports, extended } = windowWith([
      presses(/reach its time limit/, 'Extend…'),
      types('Extend fit.jl', '2 h'),
    ]);
    await notifyTimeLimit(target, soon, ports);
    assert.deepEqual(seen.left(), []);
    assert.deepEqual(extended, [120 * minute]);
    assert.deepEqual(ports.deeds.done, ['refresh local']);
  });

  it('offers nothing if a job cannot be extended', async () => {
    const { seen, ports } = windowWith();
    const target = {
      backend: backendOf(),
      job: jobOf({ started: before(50 * minute), limitMs: 60 * minute }),
    };
    await notifyTimeLimit(target, soon, ports);
    assert.deepEqual(seen.told[0]?.buttons, []);
  });

  it('shows a message in one of all windows', async () => {
    const claims = new Set<string>();
    const first = windowWith([], { store: memoryStore(claims) });
    const second = windowWith([], { store: memoryStore(claims) });
    await notifyTimeLimit(first.target, soon, first.ports);
    await notifyTimeLimit(second.target, soon, second.ports);
    assert.deepEqual([first.seen.told.length, second.seen.told.length], [1, 0]);
  });

  it('shows another message for another limit, another job, and a job of another connection', async () => {
    const { target, seen, ports } = windowWith();
    const { backend, job } = target;
    await notifyTimeLimit(target, soon, ports);
    await notifyTimeLimit(target, new Date(soon.getTime() + 60 * minute), ports);
    await notifyTimeLimit(
      { backend, job: { ...job, ...jobOf({ id: 'j2', limitMs: 60 * minute }) } },
      soon,
      ports,
    );
    const connection = { ...backend.connection, id: 'gpu' };
    await notifyTimeLimit({ backend: { ...backend, connection }, job }, soon, ports);
    assert.equal(seen.told.length, 4);
  });

  it('ignores limits of five minutes and less, and stores no claim for them', async () => {
    const claims = new Set<string>();
    const { target, seen, ports } = windowWith([], { store: memoryStore(claims) });
    const limited = (limitMs: number) => ({ ...target, job: { ...target.job, limitMs } });
    await notifyTimeLimit(limited(5 * minute), soon, ports);
    assert.deepEqual([seen.told.length, claims.size], [0, 0]);
    await notifyTimeLimit(limited(5 * minute + 1), soon, ports);
    assert.equal(seen.told.length, 1);
  });

  it('shows nothing if the setting disables it, so that another window can', async () => {
    const claims = new Set<string>();
    const quiet = windowWith([], { store: memoryStore(claims), choices: { notify: () => 'none' } });
    await notifyTimeLimit(quiet.target, soon, quiet.ports);
    assert.deepEqual([quiet.seen.told.length, claims.size], [0, 0]);
    const other = windowWith([], { store: memoryStore(claims), choices: { notify: () => 'failures' } });
    await notifyTimeLimit(other.target, soon, other.ports);
    assert.equal(other.seen.told.length, 1);
  });

  it('forwards that the job was not extended, and sends one request', async () => {
    const problem = { kind: 'refused', place: 'Local', words: 'no' } as const;
    let calls = 0;
    const { target, ports } = windowWith(
      [presses(/reach its time limit/, 'Extend…'), types('Extend fit.jl', '1 h')],
      {},
      {
        extend: () => {
          calls++;
          return Promise.reject(new JobError(problem));
        },
      },
    );
    await assert.rejects(notifyTimeLimit(target, soon, ports), { problem });
    assert.equal(calls, 1);
  });
});
