import assert from 'node:assert/strict';
import type { Question } from '../../../../src/core/domain/questions.js';
import {
  resolveAnswers,
  listVisibleQuestions,
  omitSecretAnswers,
  validateAnswers,
} from '../../../../src/core/domain/questions.js';

const question = (id: string, members: Partial<Question> = {}): Question => ({
  id,
  title: id.toUpperCase(),
  prompt: id,
  ...members,
});
const idOf = (questions: readonly Question[], options: Readonly<Record<string, string>>) =>
  validateAnswers(questions, options)?.question.id;

describe('askedOf', () => {
  it('returns each question with its answer or initial value', () => {
    const questions = [question('a', { initial: '1' }), question('b', { initial: '2' }), question('c')];
    assert.deepEqual(
      listVisibleQuestions(questions, { a: 'x' }).map(({ question: { id }, value }) => [id, value]),
      [
        ['a', 'x'],
        ['b', '2'],
        ['c', undefined],
      ],
    );
  });

  it('accepts an empty answer', () => {
    assert.deepEqual(listVisibleQuestions([question('a', { initial: '1' })], { a: '' })[0]?.value, '');
  });

  it('ignores inherited properties', () => {
    for (const id of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const questions = [question(id), question('b', { isVisible: (answers) => Object.hasOwn(answers, id) })];
      assert.deepEqual(
        listVisibleQuestions(questions, {}).map(({ question: { id: asked }, value }) => [asked, value]),
        [[id, undefined]],
      );
      const given = Object.fromEntries([[id, 'x']]);
      assert.deepEqual(Object.entries(resolveAnswers(questions.slice(0, 1), given)), [[id, 'x']]);
      assert.equal(listVisibleQuestions(questions, given).length, 2);
    }
  });

  it('omits a question that does not apply given the previous answers', () => {
    const password = question('password', { isVisible: ({ access }) => access === 'password' });
    const questions = [question('access', { initial: 'me' }), password];
    const ids = (options: Readonly<Record<string, string>>) =>
      listVisibleQuestions(questions, options).map(({ question: { id } }) => id);
    assert.deepEqual(ids({}), ['access']);
    assert.deepEqual(ids({ access: 'password' }), ['access', 'password']);
  });

  it('ignores the answer to a question that does not apply', () => {
    const questions = [
      question('port'),
      question('access', { isVisible: ({ port }) => port !== undefined }),
      question('password', { isVisible: ({ access }) => access === 'password' }),
    ];
    assert.deepEqual(
      listVisibleQuestions(questions, { access: 'password' }).map(({ question: { id } }) => id),
      ['port'],
    );
  });
});

describe('answersOf', () => {
  it('returns only answers that apply', () => {
    const questions = [
      question('node', { initial: 'small' }),
      question('image'),
      question('password', { isVisible: ({ access }) => access === 'password' }),
    ];
    assert.deepEqual(resolveAnswers(questions, { password: 'left from before', stranger: '1' }), {
      node: 'small',
    });
  });
});

describe('wrongAnswer', () => {
  it('returns the first required question without an answer', () => {
    const questions = [question('a', { initial: '' }), question('b'), question('c')];
    assert.deepEqual(validateAnswers(questions, {}), { question: questions[1], why: undefined });
    assert.equal(idOf(questions, { b: '1' }), 'c');
    assert.equal(idOf(questions, { b: '1', c: '2' }), undefined);
  });

  it('returns undefined if only optional questions have no answer', () => {
    assert.equal(idOf([question('a', { optional: true })], {}), undefined);
  });

  it('returns an answer that fails its validation given all answers, optional or not', () => {
    const count = question('count', {
      optional: true,
      initial: '1',
      validate: (value, { elastic }) =>
        elastic === 'yes' && value.includes('-') ? 'One number.' : undefined,
    });
    const questions = [question('elastic', { initial: 'no' }), count];
    assert.equal(idOf(questions, { count: '2-8' }), undefined);
    assert.deepEqual(validateAnswers(questions, { count: '2-8', elastic: 'yes' }), {
      question: count,
      why: 'One number.',
    });
  });

  it('ignores questions that do not apply', () => {
    const questions = [question('password', { isVisible: () => false, validate: () => 'wrong' })];
    assert.equal(idOf(questions, { password: 'x' }), undefined);
  });
});

describe('withoutSecrets', () => {
  it('removes secrets, including those of questions that do not apply', () => {
    const questions = [
      question('node'),
      question('password', { secret: true }),
      question('key', { secret: true, isVisible: () => false }),
    ];
    assert.deepEqual(omitSecretAnswers(questions, { node: 'small', password: 'Xx123456', key: 'abc' }), {
      node: 'small',
    });
  });
});
