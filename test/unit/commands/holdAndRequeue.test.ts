import assert from 'node:assert/strict';
import { runJobAction } from '../../../src/commands/jobActions.js';
import type { Backend } from '../../../src/core/domain/backend.js';
import type { Job, JobId } from '../../../src/core/domain/job.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { arrayOf, backendOf, completed, failed, jobOf, queued, running } from '../../fakes/jobs.js';
import { answers, picks, scriptedUi, type Expected } from '../../fakes/ui.js';

/** A backend that supports all actions, with these jobs, and its calls. */
function placeWith(jobs: readonly Job[], ...script: readonly Expected[]) {
  const asked: string[] = [];
  const doing =
    (what: string) =>
    (id: JobId): Promise<void> => {
      asked.push(`${what} ${id}`);
      return id.startsWith('bad')
        ? Promise.reject(new JobError({ kind: 'refused', place: 'Local', words: 'not now' }))
        : Promise.resolve();
    };
  const backend: Backend = backendOf({
    hold: doing('hold'),
    release: doing('release'),
    requeue: doing('requeue'),
  });
  const { ui, seen } = scriptedUi(...script);
  return { asked, seen, ports: portsOf({ ui, jobs: jobs.map((job) => ({ backend, job })) }) };
}

const waiting = (id: string): Job => jobOf({ id, state: queued });
const held = (id: string): Job => jobOf({ id, state: queued, isHeld: true });
const again = (id: string, state = failed): Job => jobOf({ id, state, mayRequeue: true });

describe('Hold Job', () => {
  it('holds waiting jobs without a prompt, and refreshes the list', async () => {
    const { asked, ports, seen } = placeWith([waiting('a'), waiting('b')]);
    await runJobAction('hold', 'Hold Job', ['local/a', 'local/b'], ports);
    assert.deepEqual(asked, ['hold a', 'hold b']);
    assert.deepEqual(ports.deeds.done, ['refresh local']);
    assert.deepEqual(seen.questions, []);
  });

  it('skips running and held jobs, and reports if none is left', async () => {
    const { asked, ports, seen } = placeWith([jobOf({ id: 'a', state: running }), held('b'), waiting('c')]);
    await runJobAction('hold', 'Hold Job', ['local/a', 'local/b', 'local/c'], ports);
    assert.deepEqual(asked, ['hold c']);
    await runJobAction('hold', 'Hold Job', ['local/b'], ports);
    assert.equal(seen.told.length, 1);
    assert.deepEqual(asked, ['hold c']);
  });

  it('holds an array once for all of its tasks', async () => {
    const { asked, ports } = placeWith(arrayOf([running, queued, queued]));
    await runJobAction('hold', 'Hold Job', ['local/36', 'local/36_1', 'local/36_2'], ports);
    assert.deepEqual(asked, ['hold 36']);
  });

  it('tries all jobs although one fails, and then reports the failures', async () => {
    const { asked, ports } = placeWith([waiting('bad'), waiting('b')]);
    await assert.rejects(runJobAction('hold', 'Hold Job', ['local/bad', 'local/b'], ports), {
      problem: { kind: 'refused', place: 'Local', words: 'not now' },
    });
    assert.deepEqual(asked, ['hold bad', 'hold b']);
    assert.deepEqual(ports.deeds.done, ['refresh local']);
  });
});

describe('Release Job', () => {
  it('releases held jobs without a prompt', async () => {
    const { asked, ports, seen } = placeWith([held('a'), waiting('b'), held('c')]);
    await runJobAction('release', 'Release Job', ['local/a', 'local/b', 'local/c'], ports);
    assert.deepEqual(asked, ['release a', 'release c']);
    assert.deepEqual(ports.deeds.done, ['refresh local']);
    assert.deepEqual(seen.questions, []);
  });

  it('offers held jobs if no row is selected', async () => {
    const { asked, ports } = placeWith(
      [waiting('a'), { ...held('b'), name: 'held.sh' }],
      picks('Release Job', 'held.sh'),
    );
    await runJobAction('release', 'Release Job', [], ports);
    assert.deepEqual(asked, ['release b']);
  });
});

describe('Requeue Job', () => {
  it('prompts first, since output can be overwritten', async () => {
    const { asked, ports, seen } = placeWith([again('a')], answers('Requeue fit.jl?', 'Requeue Job'));
    await runJobAction('requeue', 'Requeue Job', ['local/a'], ports);
    assert.match(seen.questions[0]?.detail ?? '', /may be overwritten/);
    assert.deepEqual(asked, ['requeue a']);
    assert.deepEqual(ports.deeds.done, ['refresh local']);
  });

  it('does nothing if the prompt is dismissed', async () => {
    const { asked, ports } = placeWith([again('a')], answers('Requeue fit.jl?', undefined));
    await runJobAction('requeue', 'Requeue Job', ['local/a'], ports);
    assert.deepEqual(asked, []);
  });

  it('prompts once for several jobs, and skips those that do not support it', async () => {
    const jobs = [again('a'), jobOf({ id: 'b', state: completed }), again('c', running)];
    const { asked, ports } = placeWith(jobs, answers('Requeue 2 jobs?', 'Requeue 2 Jobs'));
    await runJobAction('requeue', 'Requeue Job', ['local/a', 'local/b', 'local/c'], ports);
    assert.deepEqual(asked, ['requeue a', 'requeue c']);
  });

  it('identifies a task by its id', async () => {
    const [array, task] = arrayOf([failed], { mayRequeue: true });
    assert.ok(array && task);
    const { asked, ports } = placeWith(
      [array, { ...task, mayRequeue: true }],
      answers('Requeue task 36_0 of sweep.py?', 'Requeue Job'),
    );
    await runJobAction('requeue', 'Requeue Job', ['local/36_0'], ports);
    assert.deepEqual(asked, ['requeue 36_0']);
  });
});
