import assert from 'node:assert/strict';
import { submitScript, submitScriptWithOptions } from '../../../src/commands/submitScript.js';
import type { JobSubmission } from '../../../src/core/domain/backend.js';
import type { Question } from '../../../src/core/domain/questions.js';
import type { DefaultAnswer } from '../../../src/core/domain/questions.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { takingScripts } from '../../fakes/taking.js';
import { goesBack, leaves, picks, scriptedUi, types, type Expected } from '../../fakes/ui.js';
import type { FakeMembers } from '../../fakes/jobs.js';

const desk = { getScript: () => Promise.resolve(openScript('fit.sh', '#!/bin/sh\n')) };
const question = (id: string, more: Partial<Question> = {}): Question => ({
  id,
  title: id.toUpperCase(),
  prompt: id,
  initial: '',
  optional: true,
  ...more,
});
const questions: NonNullable<JobSubmission['questions']> = () => [
  question('array', { recall: 'ask' }),
  question('mode', { recall: 'ask', initial: 'fast' }),
  question('after', { recall: 'never' }),
  question('site'),
];
const members: FakeMembers = {
  questions,
  capabilities: { args: true, env: true, timeLimit: { isOptional: true, recall: 'ask' } },
};

/** The stored answers of a submission of `fit.sh`. */
const factsWith = (choices: Record<string, unknown>): Map<string, unknown> =>
  new Map<string, unknown>([
    ['submit.choices:file:///home/ada/fit.sh', { connection: 'local', args: [], env: {}, ...choices }],
  ]);

const submitting = async (
  facts: Map<string, unknown>,
  script: readonly Expected[],
  { command = submitScript, more = {} }: { command?: typeof submitScript; more?: FakeMembers } = {},
) => {
  const { backend, sent } = takingScripts({ ...members, ...more });
  const { ui, seen } = scriptedUi(...script);
  await command(undefined, portsOf({ ui, backends: [backend], desk, facts }));
  assert.deepEqual(seen.left(), []);
  return { sent, seen };
};
const lineOf = (seen: Awaited<ReturnType<typeof submitting>>['seen'], label: string, at = -1) =>
  seen.steps.at(at)?.items.find((item) => item.label === label);

describe('stored answers', () => {
  it('that could be dangerous are sent with one click only after they were shown at the top of the review', async () => {
    const facts = factsWith({ options: { array: '0-19', site: 'x' }, limitMs: 1_800_000 });
    const left = await submitting(facts, [leaves(/: Review$/)]);
    assert.equal(left.sent.length, 0);
    const [submit, last] = left.seen.steps[0]?.items ?? [];
    assert.deepEqual(
      [submit?.label, last?.label, last?.description],
      ['Submit', 'From Last Time', 'Time limit 30 min · ARRAY 0-19'],
    );
    const agreed = await submitting(facts, [picks(/: Review$/, 'Submit')]);
    assert.deepEqual(agreed.sent[0]?.request.options, { array: '0-19', mode: 'fast', after: '', site: 'x' });
    assert.equal(agreed.sent[0].request.limitMs, 1_800_000);
  });

  it('are discarded when the user selects their line', async () => {
    const facts = factsWith({ options: { array: '0-19', mode: 'slow', site: 'x' }, limitMs: 1_800_000 });
    const { sent, seen } = await submitting(facts, [
      picks(/: Review$/, 'From Last Time'),
      picks(/: Review$/, 'Submit'),
    ]);
    const { options, limitMs } = sent[0]?.request ?? {};
    assert.deepEqual([options, limitMs], [{ array: '', mode: 'fast', after: '', site: 'x' }, undefined]);
    assert.equal(lineOf(seen, 'From Last Time'), undefined);
    await submitting(facts, []);
  });

  it('are sent with one click if they are harmless or the usual ones', async () => {
    const facts = factsWith({ options: { array: '', mode: 'fast', site: 'x' } });
    const { sent, seen } = await submitting(facts, []);
    assert.deepEqual([seen.steps.length, sent.length], [0, 1]);
  });

  it('never contain dependencies, even if an earlier version stored them', async () => {
    const facts = factsWith({ options: { after: '3' } });
    const { sent } = await submitting(facts, []);
    assert.equal(sent[0]?.request.options['after'], '');
    const set = [picks(/: Review$/, 'AFTER'), types(/: AFTER$/, '7'), picks(/: Review$/, 'Submit')];
    const wizard = await submitting(facts, set, { command: submitScriptWithOptions });
    assert.equal(wizard.sent[0]?.request.options['after'], '7');
    assert.doesNotMatch(JSON.stringify([...facts]), /"after"/);
    assert.equal((await submitting(facts, [])).sent[0]?.request.options['after'], '');
  });

  it('are replaced by new answers', async () => {
    const facts = factsWith({ options: { array: '0-19' } });
    const { sent, seen } = await submitting(facts, [
      picks(/: Review$/, 'ARRAY'),
      types(/: ARRAY$/, '0-3'),
      picks(/: Review$/, 'Submit'),
    ]);
    assert.equal(lineOf(seen, 'From Last Time'), undefined);
    assert.equal(sent[0]?.request.options['array'], '0-3');
    // The next submission uses them as stored answers.
    assert.equal((await submitting(facts, [leaves(/: Review$/)])).sent.length, 0);
  });

  it('are shown again when the user comes back from a question', async () => {
    const facts = factsWith({ options: { array: '0-19' } });
    const { seen } = await submitting(facts, [
      picks(/: Review$/, 'Time limit'),
      goesBack(/: Time Limit$/),
      leaves(/: Review$/),
    ]);
    assert.equal(lineOf(seen, 'From Last Time')?.description, 'ARRAY 0-19');
  });
});

describe('the review of missing answers', () => {
  const usual: Record<string, DefaultAnswer> = {
    name: { value: 'own', source: 'from the script' },
    limit: { value: '20 min', source: 'from the script' },
    array: { value: '0-3', source: 'from SBATCH_ARRAY_INX' },
  };
  const getDefaults: JobSubmission['getDefaults'] = ({ name }) =>
    Promise.resolve(
      Object.fromEntries(Object.entries(usual).filter(([id]) => id !== 'name' || name === 'fit.sh')),
    );
  const shown = (seen: Awaited<ReturnType<typeof submitting>>['seen']) =>
    ['Name', 'Time limit', 'ARRAY', 'SITE'].map((label) => lineOf(seen, label)?.description);

  it('shows the effective values and their source, and sends none of them', async () => {
    const { sent, seen } = await submitting(
      new Map(),
      [picks(/: Review$/, 'Time limit'), goesBack(/: Time Limit$/), picks(/: Review$/, 'Submit')],
      {
        command: submitScriptWithOptions,
        more: { getDefaults },
      },
    );
    assert.deepEqual(shown(seen), [
      'own · from the script',
      '20 min · from the script',
      '0-3 · from SBATCH_ARRAY_INX',
      'none',
    ]);
    const { options, limitMs } = sent[0]?.request ?? {};
    assert.deepEqual([options?.['array'], limitMs], ['', undefined]);
    assert.match(seen.steps[1]?.field?.prompt ?? '', /Leave empty for the script's or cluster's default/);
  });

  it('shows the given answers instead', async () => {
    const { seen } = await submitting(
      new Map(),
      [
        picks(/: Review$/, 'Name'),
        types(/: Name$/, 'mine'),
        picks(/: Review$/, 'Time limit'),
        types(/: Time Limit$/, '5 min'),
        picks(/: Review$/, 'ARRAY'),
        types(/: ARRAY$/, '7'),
        leaves(/: Review$/),
      ],
      { command: submitScriptWithOptions, more: { getDefaults } },
    );
    assert.deepEqual(shown(seen), ['mine', '5 min', '7', 'none']);
  });
});
