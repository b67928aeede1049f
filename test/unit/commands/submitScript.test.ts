import assert from 'node:assert/strict';
import { submitScript } from '../../../src/commands/submitScript.js';
import { JobError, type JobProblem } from '../../../src/core/domain/problem.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { backendOf } from '../../fakes/jobs.js';
import { takingScripts } from '../../fakes/taking.js';
import { picks, scriptedUi, stops, types } from '../../fakes/ui.js';

const desk = (text = 'println(1)') => ({ getScript: () => Promise.resolve(openScript('fit.jl', text)) });
const isProblem =
  (kind: JobProblem['kind']) =>
  (error: unknown): boolean =>
    error instanceof JobError && error.problem.kind === kind;

describe('submitScript', () => {
  it('sends the script immediately, then selects the job and opens its log', async () => {
    const { backend, sent } = takingScripts();
    const { ui, seen } = scriptedUi();
    const ports = portsOf({ ui, backends: [backend], desk: desk('println(1)') });
    await submitScript(undefined, ports);
    assert.deepEqual(sent, [
      {
        script: { name: 'fit.jl', text: 'println(1)' },
        request: { name: 'fit.jl', args: [], env: {}, options: {} },
      },
    ]);
    assert.deepEqual(ports.deeds.done, [
      'awaitEnd local/new',
      'include local/new',
      'select local/new',
      'log local/new',
    ]);
    assert.deepEqual(seen.steps, []);
  });

  it('does not open the log if the setting disables it', async () => {
    const { backend } = takingScripts();
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: desk(),
      choices: { openLogAfterSubmit: () => false },
    });
    await submitScript(undefined, ports);
    assert.equal(ports.deeds.done.at(-1), 'select local/new');
  });

  it('refreshes the list if the accepted job cannot be read yet', async () => {
    const { backend } = takingScripts({ job: () => Promise.resolve(undefined) });
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: desk() });
    await submitScript(undefined, ports);
    assert.deepEqual(ports.deeds.done, ['awaitEnd local/new', 'refresh local']);
  });

  it('passes the clicked resource to the editor context before the first await', () => {
    const { backend } = takingScripts();
    const clicked = { path: '/home/ada/fit.jl' };
    const asked: unknown[] = [];
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: {
        getScript: (resource) => {
          asked.push(resource);
          return Promise.resolve(openScript('fit.jl', '1'));
        },
      },
    });
    const done = submitScript(clicked, ports);
    assert.deepEqual(asked, [clicked]);
    return done;
  });

  it('sends nothing from an untrusted workspace, even if the script cannot be read', async () => {
    const { backend, sent } = takingScripts();
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: { isTrusted: () => false, getScript: () => Promise.reject(new Error('no such file')) },
    });
    await assert.rejects(submitScript(undefined, ports), isProblem('untrusted'));
    assert.equal(sent.length, 0);
  });

  const refused: readonly (readonly [string, string | undefined, RegExp])[] = [
    ['reports that no script is open', undefined, /Open a script first/],
    ['rejects an empty script by its name', '  \n\t\n', /fit\.jl is empty/],
    ['rejects a binary file, with its size', 'x'.repeat(10_000_001), /fit\.jl is too large.*9\.5 MiB/],
  ];
  for (const [name, text, sentence] of refused) {
    it(name, async () => {
      const { backend, sent } = takingScripts();
      const script = () => Promise.resolve(text === undefined ? undefined : openScript('fit.jl', text));
      const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: { getScript: script } });
      await assert.rejects(submitScript(undefined, ports), (error: unknown) => {
        assert.ok(error instanceof JobError && error.problem.kind === 'invalid');
        assert.match(error.problem.why, sentence);
        return true;
      });
      assert.equal(sent.length, 0);
    });
  }

  it('reports that no connection accepts scripts', async () => {
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backendOf()], desk: desk() });
    await assert.rejects(submitScript(undefined, ports), isProblem('invalid'));
  });

  it('reports a missing interpreter before anything is sent', async () => {
    const { backend, sent } = takingScripts({
      validate: () => Promise.reject(new JobError({ kind: 'missingTool', tool: 'julia', for: 'fit.jl' })),
    });
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: desk() });
    await assert.rejects(submitScript(undefined, ports), isProblem('missingTool'));
    assert.equal(sent.length, 0);
  });

  it('sends once: a failure is forwarded and nothing is sent again', async () => {
    let calls = 0;
    const { backend } = takingScripts({
      send: () => {
        calls++;
        return Promise.reject(new JobError({ kind: 'offline', place: 'Local', why: 'no response' }));
      },
    });
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: desk() });
    await assert.rejects(submitScript(undefined, ports), isProblem('offline'));
    assert.equal(calls, 1);
    assert.deepEqual(ports.deeds.done, []);
  });

  it('searches the list for the job if the response is lost', async () => {
    const { backend } = takingScripts({
      send: () => Promise.reject(new JobError({ kind: 'unclearSubmit', place: 'Local' })),
    });
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: desk() });
    await assert.rejects(submitScript(undefined, ports), isProblem('unclearSubmit'));
    assert.deepEqual(ports.deeds.done, ['refresh local', 'refresh local', 'refresh local']);
  });

  it('returns without a message when the user cancels the submission', async () => {
    const { backend } = takingScripts({
      send: (_spec, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new DOMException('Aborted', 'AbortError'));
          });
        }),
    });
    const { ui, seen } = scriptedUi(stops(/^Submitting fit\.jl to Local/));
    const ports = portsOf({ ui, backends: [backend], desk: desk() });
    await submitScript(undefined, ports);
    assert.deepEqual(ports.deeds.done, []);
    assert.deepEqual(seen.told, []);
  });

  it('prompts for a name if the file name is too long for a job', async () => {
    const { backend, sent } = takingScripts();
    const long = `${'x'.repeat(220)}.jl`;
    const { ui, seen } = scriptedUi(types(/: Name$/, long, 'short'), picks(/: Review$/, 'Submit'));
    const script = () => Promise.resolve(openScript(long, '1'));
    await submitScript(undefined, portsOf({ ui, backends: [backend], desk: { getScript: script } }));
    assert.equal(sent[0]?.request.name, 'short');
    assert.deepEqual(seen.complaints, ['A name can have at most 200 characters.']);
  });
});
