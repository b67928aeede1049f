import assert from 'node:assert/strict';
import { openLog, saveLog, showLog } from '../../../src/commands/showLog.js';
import { toLogKey, parseLogSource, type LogTarget } from '../../../src/commands/resolveTargets.js';
import type { LogSource } from '../../../src/core/domain/log.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { backendOf, jobOf, lineEvents } from '../../fakes/jobs.js';
import { leaves, picks, scriptedUi, type Expected } from '../../fakes/ui.js';

const out: LogSource = { id: 'stdout', title: 'Standard output' };
const err: LogSource = { id: 'stderr', title: 'Standard error', detail: 'of the first node' };

/** A job with these logs, and which of them were shown and read. */
function start(sources: readonly LogSource[] | undefined, ...script: readonly Expected[]) {
  const { ui, seen } = scriptedUi(...script);
  const read: (string | undefined)[] = [];
  const backend = backendOf({
    log: async function* (_id, _from, _follow, _signal, source) {
      read.push(source);
      await Promise.resolve();
      yield* lineEvents(`from ${source ?? 'the main log'}`);
    },
    ...(sources ? { sources: () => Promise.resolve(sources) } : {}),
  });
  const shown: string[] = [];
  const show = (target: LogTarget): Promise<void> => {
    shown.push(toLogKey(target));
    return Promise.resolve();
  };
  const ports = portsOf({ ui, jobs: [{ backend, job: jobOf() }] });
  const logs = { ...ports.logs, show, openInEditor: show };
  return { seen, read, shown, ports: { ...ports, logs } };
}

describe('a job with several logs', () => {
  it('has a key for each log, from which it can be restored', () => {
    const target = { backend: backendOf(), job: jobOf({ id: 'a/b' }) };
    assert.equal(parseLogSource(toLogKey(target)), undefined);
    assert.equal(
      parseLogSource(toLogKey({ ...target, source: { id: 'node/1', title: 'Node 1' } })),
      'node/1',
    );
  });

  it('prompts for a log, with the main one first', async () => {
    const { ports, seen, shown } = start([out, err], picks('Show Log: fit.jl', 'Standard error'));
    await showLog(['local/j1'], ports);
    assert.deepEqual(seen.steps[0]?.labels, ['Standard output', 'Standard error']);
    assert.deepEqual(shown, ['local/j1/log/stderr']);
  });

  it('shows the main log under the same key as a job with one log', async () => {
    const { ports, shown } = start([out, err], picks(/Open Log/, 'Standard output'));
    await openLog(['local/j1'], ports);
    assert.deepEqual(shown, ['local/j1']);
  });

  it('saves the selected log', async () => {
    const { ports, read } = start([out, err], picks(/Save Log/, 'Standard error'));
    await saveLog(['local/j1'], { ...ports, ui: { ...ports.ui, saveAs: () => Promise.resolve('/a.log') } });
    assert.deepEqual(read, ['stderr']);
  });

  it('shows none if the user dismisses the prompt', async () => {
    const { ports, shown } = start([out, err], leaves(/Show Log/));
    await showLog(['local/j1'], ports);
    assert.deepEqual(shown, []);
  });

  for (const sources of [undefined, [], [out]])
    it(`shows no prompt without a choice (${String(sources?.length)})`, async () => {
      const { ports, seen, shown } = start(sources);
      await showLog(['local/j1'], ports);
      assert.deepEqual([seen.steps, shown], [[], ['local/j1']]);
    });
});
