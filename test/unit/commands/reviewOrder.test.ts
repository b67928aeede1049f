import assert from 'node:assert/strict';
import { extendJob } from '../../../src/commands/extendJob.js';
import { submitScriptWithOptions } from '../../../src/commands/submitScript.js';
import type { Backend } from '../../../src/core/domain/backend.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { backendOf, jobOf, running } from '../../fakes/jobs.js';
import { takingScripts } from '../../fakes/taking.js';
import { answers, goesBack, leaves, picks, scriptedUi, types, type Expected } from '../../fakes/ui.js';

const run = async (backends: readonly Backend[], script: readonly Expected[], name = 'fit.jl') => {
  const { ui, seen } = scriptedUi(...script);
  const facts = new Map<string, unknown>([['submit.connection', 'hub']]);
  const desk = { getScript: () => Promise.resolve(openScript(name, '1')) };
  await submitScriptWithOptions(undefined, portsOf({ ui, backends, desk, facts }));
  assert.deepEqual(seen.left(), []);
  return seen;
};

describe('the review of a submission with warnings', () => {
  const validating = () =>
    takingScripts({
      capabilities: { args: true, env: false, timeLimit: { isOptional: true } },
      dryRun: () => Promise.resolve('sbatch fit.jl\n'),
      validate: () =>
        Promise.resolve([
          { label: 'Interpreter', text: '/usr/bin/julia' },
          { label: 'Partition', text: 'debug limits jobs to 1 h.', warning: true, question: 'limit' },
          { label: 'Fixed', text: 'Line 3 was changed.', warning: true, scriptLine: 3 },
        ]),
    });

  it('lists them first, then the changed answers, the content and the defaults', async () => {
    const { backend } = validating();
    const seen = await run(
      [backend],
      [picks(/: Review$/, 'Arguments'), types(/: Arguments$/, 'x'), leaves(/: Review$/)],
    );
    assert.deepEqual(
      seen.steps.at(-1)?.items.map(({ label, group }) => [label, group]),
      [
        ['Submit', undefined],
        ['Partition', undefined],
        ['Fixed', undefined],
        ['Dry Run', undefined],
        ['Arguments', 'Your choices'],
        ['Script', 'Contents'],
        ['Interpreter', undefined],
        ['Name', 'Run options'],
        ['Time limit', undefined],
      ],
    );
    assert.equal(seen.steps[0]?.items[0]?.description, 'to Local · 2 warnings');
  });

  it('opens the question or the line that a warning is about', async () => {
    const { backend } = validating();
    const seen = await run(
      [backend],
      [
        picks(/: Review$/, 'Partition'),
        goesBack(/: Time Limit$/),
        picks(/: Review$/, 'Fixed'),
        picks(/: Files$/, 'Back to Review'),
        leaves(/: Review$/),
      ],
    );
    assert.deepEqual(seen.opened, [{ path: '/home/ada/fit.jl', line: 3 }]);
  });

  it('repeats them in the dry run, from which it can be submitted', async () => {
    const { backend, sent } = validating();
    const seen = await run([backend], [picks(/: Review$/, 'Dry Run'), picks(/: Dry Run$/, 'Submit')]);
    assert.equal(sent.length, 1);
    assert.equal(
      seen.papers[0]?.text,
      'Warnings\n  Partition: debug limits jobs to 1 h.\n  Fixed: Line 3 was changed.\n\nsbatch fit.jl\n',
    );
    assert.equal(seen.steps.at(-1)?.title, 'Submit fit.jl to Local: Dry Run');
  });
});

describe('the choice of a connection', () => {
  const hub = (members: Parameters<typeof takingScripts>[0] = {}) =>
    takingScripts({
      connection: { id: 'hub', kind: 'juliahub', title: 'Hub', settings: {} },
      capabilities: { args: false, env: false, scriptExtensions: ['.jl'], scriptLanguage: 'Julia' },
      ...members,
    });
  const lines = (seen: Awaited<ReturnType<typeof run>>) =>
    seen.steps
      .find(({ title }) => title.endsWith(': Connection'))
      ?.items.map(({ label, description, isDisabled, isActive }) => [
        label,
        description,
        isDisabled,
        isActive,
      ]);
  const looks = [picks(/: Review$/, 'Connection'), goesBack(/: Connection$/), leaves(/: Review$/)];

  it('lists connections that cannot take the file with the reason, not as the last used one', async () => {
    const seen = await run([takingScripts().backend, hub().backend], looks, 'fit.py');
    assert.deepEqual(lines(seen), [
      ['Local', undefined, undefined, true],
      ['Hub', 'runs Julia scripts only', true, undefined],
    ]);
  });

  it('keeps the order, with the current one active, and marks what was really used last', async () => {
    const seen = await run([takingScripts().backend, hub().backend], looks);
    assert.deepEqual(lines(seen), [
      ['Local', undefined, undefined, undefined],
      ['Hub', 'last used', undefined, true],
    ]);
  });

  it('signs in before anything else is asked', async () => {
    let isSignedIn = false;
    const identity = { name: 'ada', storage: 'here' };
    const { backend, sent } = hub({
      questions: () => [{ id: 'node', title: 'Node', prompt: '' }],
      account: {
        methods: [{ by: 'token' }],
        getIdentity: () => Promise.resolve(isSignedIn ? identity : undefined),
        signIn: () => {
          isSignedIn = true;
          return Promise.resolve(identity);
        },
        getToken: () => Promise.reject(new Error('not called')),
        signOut: () => Promise.resolve(),
        onDidChange: () => ({ dispose: () => undefined }),
      },
    });
    await run(
      [takingScripts().backend, backend],
      [
        picks('Submit fit.jl to Hub: Sign In', 'Sign In to Hub'),
        types('Sign In to Hub: Token', 't'),
        types(/: Node$/, 'm6'),
        picks('Submit fit.jl to Hub: Review', 'Submit'),
      ],
    );
    assert.equal(sent[0]?.request.options['node'], 'm6');
  });
});

describe('extending a job where only administrators can', () => {
  it('says so before it asks', async () => {
    const plain = backendOf({ extend: () => Promise.reject(new Error('not called')) });
    const backend: Backend = {
      ...plain,
      control: { ...plain.control, extendWarning: 'Only administrators.' },
    };
    const { ui, seen } = scriptedUi(answers(/^Extend the time limit of /, undefined));
    const job = jobOf({ state: running, limitMs: 60_000 });
    await extendJob(['local/j1'], portsOf({ ui, jobs: [{ backend, job }] }));
    assert.equal(seen.questions[0]?.detail, 'Only administrators.');
    assert.equal(seen.steps.length, 0);
  });
});
