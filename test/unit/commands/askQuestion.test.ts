import assert from 'node:assert/strict';
import { askQuestion } from '../../../src/commands/askQuestion.js';
import { submitScriptWithOptions } from '../../../src/commands/submitScript.js';
import type { QuestionAnswers, QuestionChoice, Question } from '../../../src/core/domain/questions.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { takingScripts } from '../../fakes/taking.js';
import {
  goesBack,
  keeps,
  leaves,
  picks,
  scriptedUi,
  stops,
  ticks,
  types,
  type Expected,
} from '../../fakes/ui.js';

const choices =
  (...values: readonly string[]) =>
  (): Promise<readonly QuestionChoice[]> =>
    Promise.resolve(values.map((value) => ({ value, label: value.toUpperCase() })));
const offline = new JobError({ kind: 'offline', place: 'alpha', why: 'connection refused' });

const account: Question = {
  id: 'account',
  title: 'Account',
  prompt: 'Who pays',
  allowCustom: true,
  choices: choices('proj', 'lab'),
};
const after: Question = {
  id: 'after',
  title: 'After',
  prompt: 'What has to end',
  multiple: true,
  choices: choices('7', '8', '9'),
};

/** Shows one question to a user who performs these steps. */
async function asking(question: Question, answers: QuestionAnswers, ...script: readonly Expected[]) {
  const { ui, seen } = scriptedUi(...script);
  const answer = await askQuestion(ui, { title: question.title }, question, answers);
  assert.deepEqual(seen.left(), []);
  return { answer, seen };
}

const value = (text: string) => ({ kind: 'value', value: text });

describe('a question that accepts any text', () => {
  it('offers its choices and a line for custom text', async () => {
    const { answer, seen } = await asking(account, {}, picks('Account', 'LAB'));
    assert.deepEqual(seen.steps[0]?.labels, ['PROJ', 'LAB', 'Other…']);
    assert.deepEqual(answer, value('lab'));
  });

  it('accepts custom text that passes validation', async () => {
    const checked: Question = {
      ...account,
      validate: (text, { node }) => (text === node ? 'Not that.' : undefined),
    };
    const { answer, seen } = await asking(
      checked,
      { node: 'n1' },
      picks('Account', 'Other…'),
      types('Account', 'n1', 'guest'),
    );
    assert.deepEqual(answer, value('guest'));
    assert.deepEqual(seen.complaints, ['Not that.']);
  });

  it('returns from the field to the list', async () => {
    const { answer } = await asking(
      account,
      {},
      picks('Account', 'Other…'),
      goesBack('Account'),
      picks('Account', 'PROJ'),
    );
    assert.deepEqual(answer, value('proj'));
  });

  it('ends when the user dismisses the field', async () => {
    const { answer } = await asking(account, {}, picks('Account', 'Other…'), leaves('Account'));
    assert.deepEqual(answer, { kind: 'left' });
  });

  it('shows the previous text as its first line', async () => {
    const { answer, seen } = await asking(account, { account: 'guest' }, keeps('Account'));
    assert.deepEqual(seen.steps[0]?.labels, ['guest', 'PROJ', 'LAB', 'Other…']);
    assert.equal(seen.steps[0].items[0]?.description, 'previously used');
    assert.deepEqual(answer, value('guest'));
  });

  it('shows the field immediately if there are no choices', async () => {
    const { answer, seen } = await asking(
      { ...account, choices: choices() },
      { account: 'x' },
      types('Account', 'guest'),
    );
    assert.equal(seen.steps[0]?.field?.initial, 'x');
    assert.deepEqual(answer, value('guest'));
  });

  it('shows the field immediately if the list is unavailable, and explains why', async () => {
    const broken: Question = { ...account, choices: () => Promise.reject(offline) };
    const { answer, seen } = await asking(broken, {}, types('Account', 'guest'));
    assert.equal(seen.steps[0]?.field?.prompt, 'Who pays · alpha could not be reached: connection refused.');
    assert.deepEqual(answer, value('guest'));
  });

  it('shows the field to a user who does not wait for the list', async () => {
    const slow: Question = {
      ...account,
      choices: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(new DOMException('stopped', 'AbortError'));
          });
        }),
    };
    const { answer, seen } = await asking(slow, {}, stops('Account'), types('Account', 'guest'));
    assert.equal(seen.steps[0]?.field?.prompt, 'Who pays');
    assert.deepEqual(answer, value('guest'));
  });

  it('forwards an internal error', async () => {
    const faulty: Question = { ...account, choices: () => Promise.reject(new TypeError('ours')) };
    await assert.rejects(asking(faulty, {}), TypeError);
  });

  it('can remain unanswered if a choice allows it', async () => {
    const none: Question = {
      ...account,
      choices: () =>
        Promise.resolve([
          { value: '', label: 'Default' },
          { value: 'proj', label: 'Proj' },
        ]),
    };
    const { answer } = await asking(none, { account: 'proj' }, picks('Account', 'Default'));
    assert.deepEqual(answer, value(''));
  });
});

describe('a question with several answers', () => {
  it('joins the selected values, and returns nothing without a selection', async () => {
    assert.deepEqual((await asking(after, {}, ticks('After', ['7', '9']))).answer, value('7,9'));
    assert.deepEqual((await asking(after, { after: '8' }, ticks('After', []))).answer, value(''));
  });

  it('selects the last answers', async () => {
    const { answer, seen } = await asking(after, { after: '9,7' }, keeps('After'));
    assert.deepEqual(seen.steps[0]?.labels, ['7', '8', '9']);
    assert.deepEqual(answer, value('9,7'));
  });

  it('drops a last answer that is no longer offered, unless custom text is allowed', async () => {
    assert.deepEqual((await asking(after, { after: '5,7' }, keeps('After'))).answer, value('7'));
    const free: Question = { ...after, allowCustom: true };
    const { answer, seen } = await asking(free, { after: '5,7' }, keeps('After'));
    assert.deepEqual(seen.steps[0]?.labels, ['5', '7', '8', '9', 'Other…']);
    assert.deepEqual(answer, value('5,7'));
  });

  it('accepts custom answers in addition to the selected ones', async () => {
    const free: Question = { ...after, allowCustom: true };
    const { answer, seen } = await asking(
      free,
      {},
      ticks('After', ['8', 'Other…']),
      types('After', ' 8, 40 ,'),
    );
    assert.equal(seen.steps[1]?.field?.initial, '8');
    assert.deepEqual(answer, value('8,40'));
  });

  it('forwards that its list is unavailable', async () => {
    const broken: Question = { ...after, choices: () => Promise.reject(offline) };
    await assert.rejects(asking(broken, {}), { problem: offline.problem });
  });
});

describe('the review of several answers', () => {
  const submitting = async (questions: readonly Question[], ...script: readonly Expected[]) => {
    const { backend, sent } = takingScripts({
      capabilities: { args: false, env: false },
      questions: () => questions,
    });
    const { ui, seen } = scriptedUi(...script);
    const desk = { getScript: () => Promise.resolve(openScript('fit.jl', '1')) };
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk }));
    assert.deepEqual(seen.left(), []);
    const lineOf = (label: string) =>
      seen.steps.at(-1)?.items.find((item) => item.label === label)?.description;
    return { options: sent.map(({ request }) => request.options), lineOf };
  };
  const submits = picks(/: Review$/, 'Submit');

  it('names each answer', async () => {
    const labelled: Question = {
      ...after,
      choices: () =>
        Promise.resolve([
          { value: '7', label: 'fit.jl', description: 'Running' },
          { value: '8', label: 'plot.R' },
        ]),
    };
    const { options, lineOf } = await submitting(
      [labelled],
      ticks(/: After$/, ['fit.jl', 'plot.R']),
      submits,
    );
    assert.equal(lineOf('After'), 'fit.jl · Running, plot.R');
    assert.deepEqual(options, [{ after: '7,8' }]);
  });

  it('shows a custom answer as entered, and allows changing both kinds', async () => {
    const questions = [
      { ...account, optional: true, initial: '' } as const,
      { ...after, optional: true, initial: '' } as const,
    ];
    const { options, lineOf } = await submitting(
      questions,
      picks(/: Review$/, 'Account'),
      picks(/: Account$/, 'Other…'),
      types(/: Account$/, 'guest'),
      picks(/: Review$/, 'After'),
      goesBack(/: After$/),
      picks(/: Review$/, 'After'),
      ticks(/: After$/, ['7']),
      submits,
    );
    assert.equal(lineOf('Account'), 'guest');
    assert.equal(lineOf('After'), '7');
    assert.deepEqual(options, [{ account: 'guest', after: '7' }]);
  });
});
