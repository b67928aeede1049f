import assert from 'node:assert/strict';
import { submitScript, submitScriptWithOptions } from '../../../src/commands/submitScript.js';
import type { Backend } from '../../../src/core/domain/backend.js';
import type { QuestionAnswers, Question } from '../../../src/core/domain/questions.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { takingScripts } from '../../fakes/taking.js';
import { goesBack, keeps, leaves, picks, scriptedUi, types, type Expected } from '../../fakes/ui.js';

const choose = (...values: readonly string[]): Pick<Question, 'choices'> => ({
  choices: () => Promise.resolve(values.map((value) => ({ value, label: value.toUpperCase() }))),
});
const node: Question = { id: 'node', title: 'Node', prompt: 'What it runs on', ...choose('small', 'large') };
const image: Question = {
  id: 'image',
  title: 'Image',
  prompt: 'The software',
  initial: '',
  optional: true,
  choices: () =>
    Promise.resolve([
      { value: '', label: 'Server Default' },
      { value: 'julia', label: 'Julia', description: '1.11' },
    ]),
};
const access: Question = {
  id: 'access',
  title: 'Access',
  prompt: 'Who may',
  initial: 'me',
  optional: true,
  ...choose('me', 'password'),
};
const password: Question = {
  id: 'password',
  title: 'Password',
  prompt: 'Asked of all',
  secret: true,
  isVisible: (answers) => answers['access'] === 'password',
  validate: (value) => (value.length < 8 ? 'At least 8 characters.' : undefined),
};

/** Runs a submission of `fit.jl` to a backend with these questions, with a user who performs these steps. */
function submitting(questions: readonly Question[], facts = new Map<string, unknown>()) {
  const { backend, sent } = takingScripts({
    capabilities: { args: false, env: false },
    questions: () => questions,
  });
  const desk = { getScript: () => Promise.resolve(openScript('fit.jl', '1')) };
  const run =
    (how: typeof submitScript, backends: readonly Backend[] = [backend]) =>
    async (...script: readonly Expected[]) => {
      const { ui, seen } = scriptedUi(...script);
      await how(undefined, portsOf({ ui, backends, desk, facts }));
      assert.deepEqual(seen.left(), []);
      return seen;
    };
  const options = (): readonly QuestionAnswers[] => sent.map(({ request }) => request.options);
  return { facts, options, withOptions: run(submitScriptWithOptions), atOnce: run(submitScript) };
}

type Seen = Awaited<ReturnType<ReturnType<typeof submitting>['withOptions']>>;
const lineOf = (seen: Seen, label: string) => seen.steps.at(-1)?.items.find((item) => item.label === label);
const titles = (seen: Seen) => seen.steps.map(({ title }) => title.replace(/^.*: /, ''));
const submits = picks(/: Review$/, 'Submit');

describe('the questions of a backend', () => {
  it('are shown only in the review if they are optional, and do not count as steps', async () => {
    const { withOptions, options } = submitting([node, image]);
    const seen = await withOptions(picks(/: Node$/, 'LARGE'), submits);
    assert.deepEqual(seen.steps.map(({ step, of }) => [step, of]).slice(0, 2), [
      [1, 2],
      [2, 2],
    ]);
    assert.deepEqual(options(), [{ node: 'large', image: '' }]);
  });

  it('can be changed in the review, also the optional ones', async () => {
    const { withOptions, options } = submitting([image]);
    const seen = await withOptions(picks(/: Review$/, 'Image'), picks(/: Image$/, 'Julia'), submits);
    assert.deepEqual(options(), [{ image: 'julia' }]);
    assert.equal(lineOf(seen, 'Image')?.description, 'Julia · 1.11');
  });

  it('show the label of the answer in the review, not the value, and entered text unchanged', async () => {
    const name: Question = { id: 'label', title: 'Label', prompt: 'A text', initial: 'as typed' };
    const { withOptions } = submitting([image, name]);
    const seen = await withOptions(leaves(/: Review$/));
    assert.equal(lineOf(seen, 'Image')?.description, 'Server Default');
    assert.equal(lineOf(seen, 'Label')?.description, 'as typed');
  });

  it('show the value if its label is unavailable', async () => {
    const broken: Question = {
      ...image,
      initial: 'julia',
      choices: () => Promise.reject(new JobError({ kind: 'offline', place: 'Local', why: 'no response' })),
    };
    const seen = await submitting([broken]).withOptions(leaves(/: Review$/));
    assert.equal(lineOf(seen, 'Image')?.description, 'julia');
    assert.ok(seen.steps.at(-1)?.labels.includes('Submit'));
  });

  it('forward that their choices are unavailable', async () => {
    const broken: Question = {
      ...node,
      choices: () => Promise.reject(new JobError({ kind: 'signedOut', place: 'Local' })),
    };
    await assert.rejects(submitting([broken]).withOptions(), {
      problem: { kind: 'signedOut', place: 'Local' },
    });
  });

  it('start with their initial value', async () => {
    const initial: Question = { ...node, initial: 'large' };
    const seen = await submitting([initial]).withOptions(
      picks(/: Review$/, 'Node'),
      keeps(/: Node$/),
      submits,
    );
    assert.deepEqual(seen.steps[1]?.labels, ['LARGE', 'SMALL']);
  });

  it('receive the previous answers for their choices and their validation', async () => {
    const count: Question = {
      id: 'count',
      title: 'Count',
      prompt: 'How many',
      validate: (value, { node: kind }) =>
        kind === 'small' && value !== '1' ? 'Small ones run alone.' : undefined,
    };
    const size: Question = {
      id: 'size',
      title: 'Size',
      prompt: 'How large',
      choices: (_signal, { node: kind = '', count: many = '' }) =>
        Promise.resolve([{ value: 'x', label: `${kind} ${many}` }]),
    };
    const { withOptions } = submitting([node, count, size]);
    const seen = await withOptions(
      picks(/: Node$/, 'SMALL'),
      types(/: Count$/, '2', '1'),
      picks(/: Size$/, 'small 1'),
      submits,
    );
    assert.deepEqual(seen.complaints, ['Small ones run alone.']);
    assert.equal(lineOf(seen, 'Size')?.description, 'small 1');
  });

  it('are not shown, listed or sent if they are not visible', async () => {
    const { withOptions, options } = submitting([access, password]);
    const seen = await withOptions(submits);
    assert.deepEqual(titles(seen), ['Review']);
    assert.equal(lineOf(seen, 'Password'), undefined);
    assert.deepEqual(options(), [{ access: 'me' }]);
  });

  it('send no answer to a question that is no longer visible', async () => {
    const { withOptions, options } = submitting([{ ...access, initial: 'password' }, password]);
    await withOptions(
      types(/: Password$/, 'Secret123'),
      picks(/: Review$/, 'Access'),
      picks(/: Access$/, 'ME'),
      submits,
    );
    assert.deepEqual(options(), [{ access: 'me' }]);
  });
});

describe('the review of a submission that lacks an answer', () => {
  it('offers no Submit until a question that became visible is answered', async () => {
    const { withOptions, options } = submitting([access, password]);
    const seen = await withOptions(
      picks(/: Review$/, 'Access'),
      picks(/: Access$/, 'PASSWORD'),
      picks(/: Review$/, 'Cannot Be Submitted'),
      picks(/: Review$/, 'Password'),
      types(/: Password$/, 'short', 'Secret123'),
      submits,
    );
    const blocked = seen.steps.find(({ labels }) => labels.includes('Cannot Be Submitted'));
    assert.ok(!blocked?.labels.includes('Submit'));
    assert.equal(blocked?.items[0]?.detail, 'Password is required.');
    assert.deepEqual(options(), [{ access: 'password', password: 'Secret123' }]);
  });

  it('offers no Submit if a change made another answer invalid, and explains why', async () => {
    const count: Question = {
      id: 'count',
      title: 'Nodes',
      prompt: 'How many',
      initial: '2-8',
      optional: true,
      validate: (value, { access: who }) =>
        who === 'password' && value.includes('-') ? 'One number.' : undefined,
    };
    const { withOptions, options } = submitting([access, count]);
    const seen = await withOptions(
      picks(/: Review$/, 'Access'),
      picks(/: Access$/, 'PASSWORD'),
      leaves(/: Review$/),
    );
    assert.equal(lineOf(seen, 'Cannot Be Submitted')?.detail, 'Nodes: One number.');
    assert.deepEqual(options(), []);
  });
});

describe('a secret answer', () => {
  const open: Question = { ...access, initial: 'password' };

  it('is entered in a masked field and shown as dots', async () => {
    const { withOptions, options } = submitting([open, password]);
    const seen = await withOptions(types(/: Password$/, 'Secret123'), submits);
    assert.equal(seen.steps[0]?.field?.secret, true);
    assert.equal(lineOf(seen, 'Password')?.description, '••••');
    const texts = seen.steps.at(-1)?.items.map((item) => JSON.stringify({ ...item, value: undefined }));
    assert.ok(!texts?.some((text) => text.includes('Secret123')));
    assert.deepEqual(options(), [{ access: 'password', password: 'Secret123' }]);
  });

  it('is never stored, while the other answers are', async () => {
    const { withOptions, facts } = submitting([open, password]);
    await withOptions(
      types(/: Password$/, 'Secret123'),
      picks(/: Review$/, 'Access'),
      keeps(/: Access$/),
      submits,
    );
    const remembered = JSON.stringify([...facts]);
    assert.ok(!remembered.includes('Secret123'));
    assert.match(remembered, /"access":"password"/);
  });

  it('is requested the next time, even for a submission without other prompts', async () => {
    const { withOptions, atOnce, options } = submitting([open, password]);
    await withOptions(types(/: Password$/, 'Secret123'), submits);
    const seen = await atOnce(types(/: Password$/, 'Another45'), submits);
    assert.equal(seen.steps[0]?.field?.initial, '');
    assert.deepEqual(options().at(-1), { access: 'password', password: 'Another45' });
  });

  it('is kept while the user goes back and forth in the same submission', async () => {
    const { withOptions, options } = submitting([open, password]);
    await withOptions(
      types(/: Password$/, 'Secret123'),
      goesBack(/: Review$/),
      keeps(/: Password$/),
      submits,
    );
    assert.equal(options()[0]?.['password'], 'Secret123');
  });
});

describe('submitScript to a backend with questions', () => {
  it('opens the wizard instead of sending while a required question has no answer', async () => {
    const { atOnce, options } = submitting([node]);
    const seen = await atOnce(leaves(/: Node$/));
    assert.deepEqual(titles(seen), ['Node']);
    assert.deepEqual(options(), []);
  });

  it('sends immediately with the last answers', async () => {
    const { atOnce, options } = submitting([node, image]);
    await atOnce(picks(/: Node$/, 'LARGE'), submits);
    await atOnce();
    assert.deepEqual(options(), [
      { node: 'large', image: '' },
      { node: 'large', image: '' },
    ]);
  });

  it('sends immediately if all questions are optional or have an initial value', async () => {
    const { atOnce, options } = submitting([{ ...node, initial: 'small' }, image]);
    await atOnce();
    assert.deepEqual(options(), [{ node: 'small', image: '' }]);
  });

  it('opens the wizard if one of the last answers is no longer valid', async () => {
    const facts = new Map<string, unknown>([
      ['submit.choices:file:///home/ada/fit.jl', { connection: 'local', options: { count: '99' } }],
    ]);
    const count: Question = {
      id: 'count',
      title: 'Count',
      prompt: 'How many',
      validate: (value) => (Number(value) > 8 ? 'At most 8.' : undefined),
    };
    const { atOnce, options } = submitting([count], facts);
    const seen = await atOnce(types(/: Count$/, '99', '8'), submits);
    assert.deepEqual(seen.complaints, ['At most 8.']);
    assert.deepEqual(options(), [{ count: '8' }]);
  });
});
