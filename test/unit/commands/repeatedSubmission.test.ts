import assert from 'node:assert/strict';
import { submitScript, submitScriptWithDefaults } from '../../../src/commands/submitScript.js';
import { resubmitJobWithChanges } from '../../../src/commands/resubmitJob.js';
import { SubmissionFailure } from '../../../src/commands/submissionFailure.js';
import { toJobId } from '../../../src/core/domain/job.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { memoryMetadata } from '../../fakes/details.js';
import { backendOf, completed, jobOf } from '../../fakes/jobs.js';
import { takingScripts } from '../../fakes/taking.js';
import { answers, leaves, picks, scriptedUi, types } from '../../fakes/ui.js';

const desk = { getScript: () => Promise.resolve(openScript('fit.jl', '1')) };
const stored = (choices: Record<string, unknown>): Map<string, unknown> =>
  new Map([
    ['submit.choices:file:///home/ada/fit.jl', { connection: 'local', args: [], env: {}, ...choices }],
  ]);
const limits = { capabilities: { args: true, env: true, timeLimit: { isOptional: true } } };

describe('a script submitted with the choices of last time', () => {
  it('stores what it repeats before its row and log are shown', async () => {
    const metadata = memoryMetadata();
    const { backend } = takingScripts(limits);
    const facts = stored({ args: ['--steps', '9'], env: { n: '1000' }, limitMs: 1_800_000 });
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk, facts, metadata });
    await submitScript(undefined, ports);
    assert.deepEqual(metadata.entries.get('new')?.repeated, ['--steps 9', 'n=1000', 'time limit 30 min']);
  });

  it('stores only the folder of the script if it has only defaults', async () => {
    const metadata = memoryMetadata();
    const { backend } = takingScripts(limits);
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk, facts: stored({}), metadata });
    await submitScript(undefined, ports);
    assert.deepEqual(metadata.entries.get('new'), { folder: '/home/ada' });
  });

  it('has the defaults with Submit with Defaults, which then apply the next time', async () => {
    const { backend, sent } = takingScripts(limits);
    const facts = stored({ args: ['--steps', '9'], env: { n: '1000' }, limitMs: 1_800_000 });
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk, facts });
    await submitScriptWithDefaults(undefined, ports);
    assert.deepEqual(sent[0]?.request, { name: 'fit.jl', args: [], env: {}, options: {} });
  });

  it('can have the defaults by a line of the review, which then disappears', async () => {
    const { backend, sent } = takingScripts(limits);
    const { ui, seen } = scriptedUi(picks(/: Review$/, 'Use Defaults'), picks(/: Review$/, 'Submit'));
    const ports = portsOf({ ui, backends: [backend], desk, facts: stored({ args: ['9'] }) });
    await submitScript(undefined, ports, true);
    assert.deepEqual(sent[0]?.request.args, []);
    const [first, last] = seen.steps;
    assert.match(first?.items.find(({ label }) => label === 'Use Defaults')?.description ?? '', /: 9$/);
    assert.ok(!last?.labels.includes('Use Defaults'));
  });
});

describe('two identical clicks within a second', () => {
  for (const [button, count] of [
    ['Submit Again', 2],
    [undefined, 1],
  ] as const)
    it(`ask: ${button ?? 'dismissed'}`, async () => {
      const { backend, sent } = takingScripts();
      const { ui, seen } = scriptedUi(answers('Submit fit.jl again?', button));
      const ports = portsOf({ ui, backends: [backend], desk });
      await Promise.all([submitScript(undefined, ports), submitScript(undefined, ports)]);
      assert.equal(sent.length, count);
      assert.deepEqual(seen.left(), []);
    });

  it('do not ask if the text has changed, or later', async () => {
    const { backend, sent } = takingScripts();
    let text = '1';
    let now = 0;
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: { getScript: () => Promise.resolve(openScript('fit.jl', text)) },
    });
    const timed = { ...ports, clock: { ...ports.clock, now: () => new Date(now) } };
    await submitScript(undefined, timed);
    text = '2';
    await submitScript(undefined, timed);
    now += 1_001;
    await submitScript(undefined, timed);
    assert.equal(sent.length, 3);
  });
});

describe('a refused submission', () => {
  it('leads back to the review with its draft', async () => {
    let isRefused = true;
    const { backend, sent } = takingScripts();
    const { submit } = backend;
    assert.ok(submit);
    const problem = { kind: 'refused', place: 'Local', words: 'no such partition' } as const;
    const refusing = {
      ...backend,
      submit: {
        ...submit,
        send: (...call: Parameters<typeof submit.send>) =>
          isRefused ? Promise.reject(new JobError(problem)) : submit.send(...call),
      },
    };
    const { ui } = scriptedUi(
      picks(/: Review$/, 'Arguments'),
      types(/: Arguments$/, 'x'),
      picks(/: Review$/, 'Submit'),
      picks(/: Review$/, 'Submit'),
    );
    const ports = portsOf({ ui, backends: [refusing], desk });
    const failure: unknown = await submitScript(undefined, ports, true).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(failure instanceof SubmissionFailure);
    assert.deepEqual(failure.problem, problem);
    isRefused = false;
    await failure.backToReview();
    assert.deepEqual(sent[0]?.request.args, ['x']);
  });

  it('does not lead back if the job may exist', async () => {
    const { backend } = takingScripts({
      send: () => Promise.reject(new JobError({ kind: 'unclearSubmit', place: 'Local' })),
    });
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk });
    await assert.rejects(submitScript(undefined, ports), (error) => !(error instanceof SubmissionFailure));
  });
});

describe('Resubmit with Changes', () => {
  it('opens the review with the choices of the job, and sends the changed ones', async () => {
    const asked: unknown[] = [];
    const request = { name: 'sweep', args: ['--fast'], env: { n: '1' }, options: {} };
    const backend = backendOf({
      jobs: [jobOf({ id: 'again' })],
      capabilities: { args: true, env: true },
      getDraft: () => Promise.resolve({ ...request, kind: 'script', script: { name: 'fit.jl', text: '1' } }),
      again: (_id, _signal, changed) => {
        asked.push(changed);
        return Promise.resolve(toJobId('again'));
      },
    });
    const { ui, seen } = scriptedUi(
      picks('Resubmit sweep to Local: Review', 'Arguments'),
      types(/: Arguments$/, '--slow'),
      picks(/: Review$/, 'Submit'),
    );
    const job = jobOf({ state: completed });
    await resubmitJobWithChanges(['local/j1'], portsOf({ ui, jobs: [{ backend, job }] }));
    assert.deepEqual(asked, [{ ...request, args: ['--slow'] }]);
    assert.equal(seen.steps[1]?.field?.initial, '--fast');
  });

  it('sends nothing if it is dismissed', async () => {
    const backend = backendOf({
      getDraft: () =>
        Promise.resolve({ name: 'a', args: [], env: {}, options: {}, kind: 'bundle', entry: 'a.jl' }),
      again: () => Promise.reject(new Error('not called')),
    });
    const { ui } = scriptedUi(leaves(/: Review$/));
    const job = jobOf({ state: completed });
    await resubmitJobWithChanges(['local/j1'], portsOf({ ui, jobs: [{ backend, job }] }));
  });
});
