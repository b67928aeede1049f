import assert from 'node:assert/strict';
import { submitScript, submitScriptWithOptions } from '../../../src/commands/submitScript.js';
import type { Backend, Request, Script } from '../../../src/core/backend.js';
import { asJobId } from '../../../src/core/job.js';
import { JobError, type Problem } from '../../../src/core/problem.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { backendOf, jobOf } from '../../fakes/jobs.js';
import { goesBack, keeps, leaves, meanwhile, picks, scriptedUi, stops, types } from '../../fakes/ui.js';

interface Sent {
  readonly script: Script;
  readonly request: Request;
}

/** A backend that takes scripts and keeps what it was sent. */
function taking(members: Partial<Backend> = {}): { readonly backend: Backend; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const backend = backendOf({
    jobs: [jobOf({ id: 'new' })],
    submitScript: (script, request) => {
      sent.push({ script, request });
      return Promise.resolve(asJobId('new'));
    },
    ...members,
  });
  return { backend, sent };
}

const desk = (text = 'println(1)') => ({ script: () => Promise.resolve(openScript('fit.jl', text)) });
const isProblem =
  (kind: Problem['kind']) =>
  (error: unknown): boolean =>
    error instanceof JobError && error.problem.kind === kind;

describe('submitScript', () => {
  it('sends the script at once, then selects the job and opens its log', async () => {
    const { backend, sent } = taking();
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

  it('leaves the log closed where the setting says so', async () => {
    const { backend } = taking();
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: desk(),
      choices: { openLogAfterSubmit: () => false },
    });
    await submitScript(undefined, ports);
    assert.equal(ports.deeds.done.at(-1), 'select local/new');
  });

  it('looks at the list where the accepted job cannot be read yet', async () => {
    const { backend } = taking({ job: () => Promise.resolve(undefined) });
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: desk() });
    await submitScript(undefined, ports);
    assert.deepEqual(ports.deeds.done, ['awaitEnd local/new', 'refresh local']);
  });

  it('gives the clicked resource to the desk before anything is awaited', () => {
    const { backend } = taking();
    const clicked = { path: '/home/ada/fit.jl' };
    const asked: unknown[] = [];
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: {
        script: (resource) => {
          asked.push(resource);
          return Promise.resolve(openScript('fit.jl', '1'));
        },
      },
    });
    const done = submitScript(clicked, ports);
    assert.deepEqual(asked, [clicked]);
    return done;
  });

  it('sends nothing from an untrusted workspace, even where the script cannot be read', async () => {
    const { backend, sent } = taking();
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: { trusted: () => false, script: () => Promise.reject(new Error('no such file')) },
    });
    await assert.rejects(submitScript(undefined, ports), isProblem('untrusted'));
    assert.equal(sent.length, 0);
  });

  const refused: readonly (readonly [string, string | undefined, RegExp])[] = [
    ['says that no script is open', undefined, /Open a script first/],
    ['refuses an empty script by its name', '  \n\t\n', /fit\.jl is empty/],
    [
      'refuses a script that is really data, with its size',
      'x'.repeat(10_000_001),
      /fit\.jl is too large.*9\.5 MiB/,
    ],
  ];
  for (const [name, text, sentence] of refused) {
    it(name, async () => {
      const { backend, sent } = taking();
      const script = () => Promise.resolve(text === undefined ? undefined : openScript('fit.jl', text));
      const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: { script } });
      await assert.rejects(submitScript(undefined, ports), (error: unknown) => {
        assert.ok(error instanceof JobError && error.problem.kind === 'invalid');
        assert.match(error.problem.why, sentence);
        return true;
      });
      assert.equal(sent.length, 0);
    });
  }

  it('says that no connection takes scripts', async () => {
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backendOf()], desk: desk() });
    await assert.rejects(submitScript(undefined, ports), isProblem('invalid'));
  });

  it('reports a missing interpreter before anything is sent', async () => {
    const { backend, sent } = taking({
      check: () => Promise.reject(new JobError({ kind: 'missingTool', tool: 'julia', for: 'fit.jl' })),
    });
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: desk() });
    await assert.rejects(submitScript(undefined, ports), isProblem('missingTool'));
    assert.equal(sent.length, 0);
  });

  it('sends once: a failure is passed on and nothing is sent again', async () => {
    let calls = 0;
    const { backend } = taking({
      submitScript: () => {
        calls++;
        return Promise.reject(new JobError({ kind: 'offline', place: 'Local', why: 'no answer' }));
      },
    });
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: desk() });
    await assert.rejects(submitScript(undefined, ports), isProblem('offline'));
    assert.equal(calls, 1);
    assert.deepEqual(ports.deeds.done, []);
  });

  it('looks for the job in the list where the answer never arrived', async () => {
    const { backend } = taking({
      submitScript: () => Promise.reject(new JobError({ kind: 'unclearSubmit', place: 'Local' })),
    });
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: desk() });
    await assert.rejects(submitScript(undefined, ports), isProblem('unclearSubmit'));
    assert.deepEqual(ports.deeds.done, ['refresh local']);
  });

  it('ends quietly when the user stops the submission', async () => {
    const { backend } = taking({
      submitScript: (_script, _request, signal) =>
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

  it('asks for a name where that of the file is too long for a job', async () => {
    const { backend, sent } = taking();
    const long = `${'x'.repeat(220)}.jl`;
    const { ui, seen } = scriptedUi(
      types(/: Name$/, long, 'short'),
      keeps(/: Arguments$/),
      keeps(/: Environment$/),
      picks(/: Review$/, 'Submit'),
    );
    const script = () => Promise.resolve(openScript(long, '1'));
    await submitScript(undefined, portsOf({ ui, backends: [backend], desk: { script } }));
    assert.equal(sent[0]?.request.name, 'short');
    assert.deepEqual(seen.complaints, ['A name has at most 200 characters.']);
  });
});

describe('submitScript with remembered choices', () => {
  it('sends with the choices last used for the same script, and with none for another', async () => {
    const { backend, sent } = taking();
    const facts = new Map<string, unknown>();
    const first = scriptedUi(
      keeps(/: Name$/),
      types(/: Arguments$/, 'in.csv --steps 1000'),
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
      portsOf({ ui: scriptedUi().ui, facts, backends: [backend], desk: { script } }),
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

  it('keeps what was typed where the submission fails', async () => {
    const { backend } = taking({
      submitScript: () => Promise.reject(new JobError({ kind: 'offline', place: 'Local', why: 'no answer' })),
    });
    const facts = new Map<string, unknown>();
    const first = scriptedUi(
      keeps(/: Name$/),
      types(/: Arguments$/, 'a very long line'),
      keeps(/: Environment$/),
      picks(/: Review$/, 'Submit'),
    );
    await assert.rejects(
      submitScriptWithOptions(undefined, portsOf({ ui: first.ui, facts, backends: [backend], desk: desk() })),
    );
    const { ui, seen } = scriptedUi(keeps(/: Name$/), leaves(/: Arguments$/));
    await submitScriptWithOptions(undefined, portsOf({ ui, facts, backends: [backend], desk: desk() }));
    assert.equal(seen.steps.at(-1)?.field?.initial, 'a very long line');
  });

  it('goes to the connection used last', async () => {
    const one = taking();
    const two = taking({ connection: { id: 'gpu', kind: 'local', title: 'GPU', settings: {} } });
    const facts = new Map<string, unknown>([['submit.connection', 'gpu']]);
    const backends = [one.backend, two.backend];
    await submitScript(undefined, portsOf({ ui: scriptedUi().ui, facts, backends, desk: desk() }));
    assert.deepEqual([one.sent.length, two.sent.length], [0, 1]);
  });

  it('takes another connection where the last one is gone', async () => {
    const { backend, sent } = taking();
    const facts = new Map<string, unknown>([['submit.connection', 'removed']]);
    await submitScript(undefined, portsOf({ ui: scriptedUi().ui, facts, backends: [backend], desk: desk() }));
    assert.equal(sent.length, 1);
  });

  it('sends no answers to the questions of another connection', async () => {
    const one = taking();
    const two = taking({
      connection: { id: 'hpc', kind: 'slurm', title: 'HPC', settings: {} },
      questions: () => [{ id: 'partition', title: 'Partition', prompt: 'Where', initial: 'short' }],
    });
    const facts = new Map<string, unknown>();
    const backends = [one.backend, two.backend];
    const first = scriptedUi(
      picks(/: Connection$/, 'HPC'),
      keeps(/: Name$/),
      keeps(/: Arguments$/),
      keeps(/: Environment$/),
      types(/: Partition$/, 'long'),
      picks(/: Review$/, 'Submit'),
    );
    await submitScriptWithOptions(undefined, portsOf({ ui: first.ui, facts, backends, desk: desk() }));
    assert.deepEqual(two.sent[0]?.request.options, { partition: 'long' });
    facts.set('submit.connection', 'local');
    await submitScript(undefined, portsOf({ ui: scriptedUi().ui, facts, backends, desk: desk() }));
    assert.deepEqual(one.sent[0]?.request.options, {});
  });

  it('ignores a memory of another form', async () => {
    const { backend, sent } = taking();
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

  it('forgets the choices of all but the last hundred scripts', async () => {
    const { backend } = taking();
    const facts = new Map<string, unknown>();
    for (let number = 0; number < 103; number++) {
      const script = () => Promise.resolve(openScript(`s${String(number)}.jl`, '1'));
      await submitScript(
        undefined,
        portsOf({ ui: scriptedUi().ui, facts, backends: [backend], desk: { script } }),
      );
    }
    const keys = [...facts.keys()].filter((key) => key.startsWith('submit.choices:'));
    assert.equal(keys.length, 100);
    assert.ok(!keys.includes('submit.choices:file:///home/ada/s2.jl'));
    assert.ok(keys.includes('submit.choices:file:///home/ada/s3.jl'));
  });
});

describe('submitScriptWithOptions', () => {
  it('sends the text as it stood at the click, whatever becomes of the document meanwhile', async () => {
    const { backend, sent } = taking();
    let text = 'as clicked';
    const { ui } = scriptedUi(
      meanwhile(/: Name$/, () => {
        text = 'typed while the wizard was open';
      }),
      keeps(/: Name$/),
      keeps(/: Arguments$/),
      keeps(/: Environment$/),
      picks(/: Review$/, 'Submit'),
    );
    const script = () => Promise.resolve(openScript('fit.jl', text));
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk: { script } }));
    assert.equal(sent[0]?.script.text, 'as clicked');
  });

  it('numbers its steps and titles them after the script', async () => {
    const { backend } = taking();
    const { ui, seen } = scriptedUi(
      keeps(/: Name$/),
      keeps(/: Arguments$/),
      keeps(/: Environment$/),
      leaves(/: Review$/),
    );
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk: desk() }));
    assert.deepEqual(
      seen.steps.map(({ title, step, of, canGoBack }) => [title, step, of, canGoBack]),
      [
        ['Submit fit.jl: Name', 1, 4, false],
        ['Submit fit.jl: Arguments', 2, 4, true],
        ['Submit fit.jl: Environment', 3, 4, true],
        ['Submit fit.jl to Local: Review', 4, 4, true],
      ],
    );
  });

  for (const step of ['Name', 'Arguments', 'Review']) {
    it(`sends nothing when it is left at ${step}`, async () => {
      const { backend, sent } = taking();
      const all = ['Name', 'Arguments', 'Environment', 'Review'];
      const script = all.slice(0, all.indexOf(step)).map((name) => keeps(new RegExp(`: ${name}$`)));
      const { ui, seen } = scriptedUi(...script, leaves(new RegExp(`: ${step}$`)));
      await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk: desk() }));
      assert.equal(sent.length, 0);
      assert.deepEqual(seen.left(), []);
    });
  }

  it('keeps all answers over going back, also from the review', async () => {
    const { backend, sent } = taking();
    const { ui, seen } = scriptedUi(
      types(/: Name$/, 'sweep'),
      types(/: Arguments$/, '"two words"'),
      goesBack(/: Environment$/),
      goesBack(/: Arguments$/),
      keeps(/: Name$/),
      keeps(/: Arguments$/),
      types(/: Environment$/, 'n=1'),
      goesBack(/: Review$/),
      keeps(/: Environment$/),
      picks(/: Review$/, 'Submit'),
    );
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk: desk() }));
    assert.deepEqual(sent[0]?.request, { name: 'sweep', args: ['two words'], env: { n: '1' }, options: {} });
    assert.deepEqual(seen.left(), []);
  });

  it('says under the field what is wrong with a text', async () => {
    const { backend, sent } = taking();
    const { ui, seen } = scriptedUi(
      types(/: Name$/, '  ', ' fit '),
      types(/: Arguments$/, '"open', 'closed'),
      types(/: Environment$/, '1n=2', 'n', 'n=2'),
      picks(/: Review$/, 'Submit'),
    );
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk: desk() }));
    assert.deepEqual(seen.complaints, [
      'A job needs a name.',
      'A quote is not closed.',
      '"1n=2" is not of the form name=value.',
      '"n" is not of the form name=value.',
    ]);
    assert.deepEqual(sent[0]?.request, { name: 'fit', args: ['closed'], env: { n: '2' }, options: {} });
  });
});
