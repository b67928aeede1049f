import type { QuestionAnswers, QuestionChoice, Question } from '../core/domain/questions.js';
import { createErrorNotice } from '../core/presentation/notice.js';
import { isAbort, JobError } from '../core/domain/problem.js';
import { findAnswer } from '../core/domain/questions.js';
import type { StepAnswer, PickItem, StepPosition, UserInterface } from './ui.js';

/** The list item that opens an input box. */
const customValue = Symbol('other');
type ChoiceValue = string | typeof customValue;

/**
 * Prompts for the answer to a backend's question, in the form that the backend accepts. Choices are listed
 * with the current answer first or checked, and with an item for free text if the question allows it. Without
 * choices, an input box opens.
 *
 * @throws whatever loading the choices throws, and an AbortError if the user cancels that; neither if free
 * text is allowed.
 */
export async function askQuestion(
  ui: UserInterface,
  step: StepPosition,
  question: Question,
  answers: QuestionAnswers,
): Promise<StepAnswer<string>> {
  const { choices, allowCustom: free, multiple: many } = question;
  const last = findAnswer(answers, question.id) ?? '';
  if (!choices) return askText(ui, step, question, answers, last);
  let offered: readonly QuestionChoice[] = [];
  let trouble = '';
  try {
    offered = await ui.progress(question.title, (signal) => choices(signal, answers));
  } catch (error) {
    // Users who do not want to wait for the list can enter a text instead.
    const isStopped = isAbort(error);
    if (!free || !(isStopped || error instanceof JobError)) throw error;
    trouble = isStopped ? '' : createErrorNotice(error).text;
  }
  if (free && offered.length === 0) {
    const prompt = trouble === '' ? question.prompt : `${question.prompt} · ${trouble}`;
    return askText(ui, step, { ...question, prompt }, answers, last);
  }
  return many
    ? askMultipleChoices(ui, step, question, answers, offered)
    : askSingleChoice(ui, step, question, answers, offered);
}

async function askText(
  ui: UserInterface,
  step: StepPosition,
  { prompt, secret, validate: check }: Question,
  answers: QuestionAnswers,
  initial: string,
): Promise<StepAnswer<string>> {
  return ui.input(step, {
    initial,
    prompt,
    ...(secret ? { secret } : {}),
    ...(check ? { validate: (value: string) => check(value, answers) } : {}),
  });
}

async function askSingleChoice(
  ui: UserInterface,
  step: StepPosition,
  question: Question,
  answers: QuestionAnswers,
  offered: readonly QuestionChoice[],
): Promise<StepAnswer<string>> {
  const last = findAnswer(answers, question.id) ?? '';
  const own = question.allowCustom && last !== '' && !offered.some(({ value }) => value === last);
  const known = [...(own ? [createPreviousChoice(last)] : []), ...offered];
  const first = known.sort((a, b) => Number(b.value === last) - Number(a.value === last));
  for (;;) {
    const items: readonly PickItem<ChoiceValue>[] = question.allowCustom
      ? [...first, createCustomItem()]
      : first;
    const answer = await ui.pick<ChoiceValue>(step, items, question.prompt);
    if (answer.kind !== 'value') return answer;
    if (typeof answer.value === 'string') return { kind: 'value', value: answer.value };
    const text = await askText(ui, { ...step, canGoBack: true }, question, answers, last);
    if (text.kind !== 'back') return text;
  }
}

async function askMultipleChoices(
  ui: UserInterface,
  step: StepPosition,
  question: Question,
  answers: QuestionAnswers,
  offered: readonly QuestionChoice[],
): Promise<StepAnswer<string>> {
  const last = parseAnswerList(findAnswer(answers, question.id) ?? '');
  const own = question.allowCustom
    ? last.filter((value) => !offered.some((choice) => choice.value === value))
    : [];
  const known = [...own.map((value) => createPreviousChoice(value)), ...offered];
  let ticked = last.filter((value) => known.some((choice) => choice.value === value));
  for (;;) {
    const items: readonly PickItem<ChoiceValue>[] = question.allowCustom
      ? [...known, createCustomItem()]
      : known;
    const answer = await ui.pickMany<ChoiceValue>(step, items, ticked, question.prompt);
    if (answer.kind !== 'value') return answer;
    ticked = answer.value.filter((value) => typeof value === 'string');
    if (!answer.value.includes(customValue)) return { kind: 'value', value: ticked.join(',') };
    // The checked choices are part of the answer and can be edited as text.
    const text = await askText(ui, { ...step, canGoBack: true }, question, answers, ticked.join(','));
    if (text.kind === 'left') return text;
    if (text.kind === 'value') return { kind: 'value', value: parseAnswerList(text.value).join(',') };
  }
}

/** The values in the answer to a question with several choices. */
export const parseAnswerList = (answer: string): readonly string[] =>
  answer
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');

const createPreviousChoice = (value: string): QuestionChoice => ({
  value,
  label: value,
  description: 'previously used',
});

const createCustomItem = (): PickItem<ChoiceValue> => ({ value: customValue, label: 'Other…', icon: 'edit' });
