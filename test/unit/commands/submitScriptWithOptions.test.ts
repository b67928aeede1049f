import assert from 'node:assert/strict';
import { submitScript, submitScriptWithOptions } from '../../../src/commands/submitScript.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { takingScripts } from '../../fakes/taking.js';
import { goesBack, leaves, meanwhile, picks, scriptedUi, types } from '../../fakes/ui.js';
import type { Backend } from '../../../src/core/domain/backend.js';
import { toJobId } from '../../../src/core/domain/job.js';
import type { SubmissionValidation } from '../../../src/core/domain/jobSpec.js';

const desk = (text = 'println(1)') => ({ getScript: () => Promise.resolve(openScript('fit.jl', text)) });
describe('submitScriptWithOptions', () => {
  it('sends the text as of the click, regardless of later changes to the document', async () => {
    const { backend, sent } = takingScripts();
    let text = 'as clicked';
    const { ui } = scriptedUi(
      meanwhile(/: Review$/, () => {
        text = 'typed while the wizard was open';
      }),
      picks(/: Review$/, 'Submit'),
    );
    const script = () => Promise.resolve(openScript('fit.jl', text));
    await submitScriptWithOptions(
      undefined,
      portsOf({ ui, backends: [backend], desk: { getScript: script } }),
    );
    assert.equal(sent[0]?.script.text, 'as clicked');
  });

  it('opens the review directly, with the script and the connection in its title', async () => {
    const { backend } = takingScripts();
    const { ui, seen } = scriptedUi(leaves(/: Review$/));
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk: desk() }));
    assert.deepEqual(
      seen.steps.map(({ title, step, of, canGoBack }) => [title, step, of, canGoBack]),
      [['Submit fit.jl to Local: Review', undefined, undefined, undefined]],
    );
  });

  for (const step of ['Name', 'Arguments', 'Review']) {
    it(`sends nothing if it is dismissed at ${step}`, async () => {
      const { backend, sent } = takingScripts();
      const script = step === 'Review' ? [] : [picks(/: Review$/, step)];
      const { ui, seen } = scriptedUi(...script, leaves(new RegExp(`: ${step}$`)));
      await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk: desk() }));
      assert.equal(sent.length, 0);
      assert.deepEqual(seen.left(), []);
    });
  }

  it('keeps all answers when the user goes back from a question to the review', async () => {
    const { backend, sent } = takingScripts();
    const { ui, seen } = scriptedUi(
      picks(/: Review$/, 'Name'),
      types(/: Name$/, 'sweep'),
      picks(/: Review$/, 'Arguments'),
      types(/: Arguments$/, '"two words"'),
      picks(/: Review$/, 'Environment'),
      goesBack(/: Environment$/),
      picks(/: Review$/, 'Environment'),
      types(/: Environment$/, 'n=1'),
      picks(/: Review$/, 'Submit'),
    );
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk: desk() }));
    assert.deepEqual(sent[0]?.request, { name: 'sweep', args: ['two words'], env: { n: '1' }, options: {} });
    assert.deepEqual(seen.left(), []);
  });

  it('shows validation errors below the field', async () => {
    const { backend, sent } = takingScripts();
    const { ui, seen } = scriptedUi(
      picks(/: Review$/, 'Name'),
      types(/: Name$/, '  ', ' fit '),
      picks(/: Review$/, 'Arguments'),
      types(/: Arguments$/, '"open', 'closed'),
      picks(/: Review$/, 'Environment'),
      types(/: Environment$/, '1n=2', 'n', 'n=2'),
      picks(/: Review$/, 'Submit'),
    );
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk: desk() }));
    assert.deepEqual(seen.complaints, [
      'A job needs a name.',
      'Unclosed quote.',
      '"1n=2" must have the form name=value.',
      '"n" must have the form name=value.',
    ]);
    assert.deepEqual(sent[0]?.request, { name: 'fit', args: ['closed'], env: { n: '2' }, options: {} });
  });
});

describe('submitScript with stored answers', () => {
  it('sends with the last answers for the same script, and with none for another', async () => {
    const { backend, sent } = takingScripts();
    const facts = new Map<string, unknown>();
    const first = scriptedUi(
      picks(/: Review$/, 'Arguments'),
      types(/: Arguments$/, 'in.csv --steps 1000'),
      picks(/: Review$/, 'Environment'),
      types(/: Environment$/, 'n=1000'),
      picks(/: Review$/, 'Submit'),
    );
    await submitScriptWithOptions(
      undefined,
      portsOf({ ui: first.ui, facts, backends: [backend], desk: desk() }),
    );
    await submitScript(undefined, portsOf({ ui: scriptedUi().ui, facts, backends: [backend], desk: desk() }));
    const script = () => Promise.resolve(openScript('other.jl', '1'));
    await submitScript(
      undefined,
      portsOf({ ui: scriptedUi().ui, facts, backends: [backend], desk: { getScript: script } }),
    );
    assert.deepEqual(
      sent.map(({ request }) => [request.args, request.env]),
      [
        [['in.csv', '--steps', '1000'], { n: '1000' }],
        [['in.csv', '--steps', '1000'], { n: '1000' }],
        [[], {}],
      ],
    );
  });

  it('keeps the input if the submission fails', async () => {
    const { backend } = takingScripts({
      send: () => Promise.reject(new JobError({ kind: 'offline', place: 'Local', why: 'no response' })),
    });
    const facts = new Map<string, unknown>();
    const first = scriptedUi(
      picks(/: Review$/, 'Arguments'),
      types(/: Arguments$/, 'a very long line'),
      picks(/: Review$/, 'Submit'),
    );
    await assert.rejects(
      submitScriptWithOptions(undefined, portsOf({ ui: first.ui, facts, backends: [backend], desk: desk() })),
    );
    const { ui, seen } = scriptedUi(picks(/: Review$/, 'Arguments'), leaves(/: Arguments$/));
    await submitScriptWithOptions(undefined, portsOf({ ui, facts, backends: [backend], desk: desk() }));
    assert.equal(seen.steps.at(-1)?.field?.initial, 'a very long line');
  });

  it('uses the last connection', async () => {
    const one = takingScripts();
    const two = takingScripts({ connection: { id: 'gpu', kind: 'local', title: 'GPU', settings: {} } });
    const facts = new Map<string, unknown>([['submit.connection', 'gpu']]);
    const backends = [one.backend, two.backend];
    await submitScript(undefined, portsOf({ ui: scriptedUi().ui, facts, backends, desk: desk() }));
    assert.deepEqual([one.sent.length, two.sent.length], [0, 1]);
  });

  it('uses another connection if the last one is gone', async () => {
    const { backend, sent } = takingScripts();
    const facts = new Map<string, unknown>([['submit.connection', 'removed']]);
    await submitScript(undefined, portsOf({ ui: scriptedUi().ui, facts, backends: [backend], desk: desk() }));
    assert.equal(sent.length, 1);
  });

  it('sends no answers to the questions of another connection', async () => {
    const one = takingScripts();
    const two = takingScripts({
      connection: { id: 'hpc', kind: 'slurm', title: 'HPC', settings: {} },
      questions: () => [{ id: 'partition', title: 'Partition', prompt: 'Where', initial: 'short' }],
    });
    const facts = new Map<string, unknown>();
    const backends = [one.backend, two.backend];
    const first = scriptedUi(
      picks(/: Review$/, 'Connection'),
      picks(/: Connection$/, 'HPC'),
      picks(/: Review$/, 'Partition'),
      types(/: Partition$/, 'long'),
      picks(/: Review$/, 'Submit'),
    );
    await submitScriptWithOptions(undefined, portsOf({ ui: first.ui, facts, backends, desk: desk() }));
    assert.deepEqual(two.sent[0]?.request.options, { partition: 'long' });
    facts.set('submit.connection', 'local');
    await submitScript(undefined, portsOf({ ui: scriptedUi().ui, facts, backends, desk: desk() }));
    assert.deepEqual(one.sent[0]?.request.options, {});
  });

  it('ignores stored answers in another format', async () => {
    const { backend, sent } = takingScripts();
    const facts = new Map<string, unknown>([
      [
        'submit.choices:file:///home/ada/fit.jl',
        { args: [1, 'a'], env: { n: 1, m: 'b' }, limitMs: 'x', options: 3 },
      ],
      ['submit.order', 'none'],
    ]);
    await submitScript(undefined, portsOf({ ui: scriptedUi().ui, facts, backends: [backend], desk: desk() }));
    assert.deepEqual(sent[0]?.request, { name: 'fit.jl', args: ['a'], env: { m: 'b' }, options: {} });
  });

  it('drops the answers for all but the last hundred scripts', async () => {
    const { backend } = takingScripts();
    const facts = new Map<string, unknown>();
    for (let number = 0; number < 103; number++) {
      const script = () => Promise.resolve(openScript(`s${String(number)}.jl`, '1'));
      await submitScript(
        undefined,
        portsOf({ ui: scriptedUi().ui, facts, backends: [backend], desk: { getScript: script } }),
      );
    }
    const keys = [...facts.keys()].filter((key) => key.startsWith('submit.choices:'));
    assert.equal(keys.length, 100);
    assert.ok(!keys.includes('submit.choices:file:///home/ada/s2.jl'));
    assert.ok(keys.includes('submit.choices:file:///home/ada/s3.jl'));
  });

  it('validates once, and sends what was validated with the result', async () => {
    const drafts: unknown[] = [];
    const sent: { readonly spec: unknown; readonly validation: SubmissionValidation | undefined }[] = [];
    const validation: SubmissionValidation = { items: [{ label: 'Cost', text: 'none' }] };
    const backend: Backend = {
      ...takingScripts().backend,
      submit: {
        validate: (draft) => {
          drafts.push(draft);
          return Promise.resolve(validation);
        },
        send: (spec, _signal, _report, given) => {
          sent.push({ spec, validation: given });
          return Promise.resolve(toJobId('new'));
        },
      },
    };
    const sends = picks(/: Review$/, 'Submit');
    const steps = [sends];
    for (const [command, script] of [
      [submitScriptWithOptions, steps],
      [submitScript, []],
    ] as const) {
      const { ui } = scriptedUi(...script);
      await command(undefined, portsOf({ ui, backends: [backend], desk: desk() }));
    }
    assert.deepEqual(drafts.length, 2, 'once for each submission');
    assert.deepEqual(
      sent.map(({ spec }) => spec),
      drafts,
    );
    assert.ok(sent.every((one) => one.validation === validation));
  });
});
