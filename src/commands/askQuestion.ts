import type { Answers, Choice, Question } from '../core/domain/questions.js';
import { noticeOfError } from '../core/presentation/notice.js';
import { isAbort, JobError } from '../core/domain/problem.js';
import { answerTo } from '../core/domain/questions.js';
import type { Answer, Item, Step, Ui } from './ui.js';

/** The list item that opens an input box. */
const other = Symbol('other');
type Line = string | typeof other;

/**
 * Prompts for the answer to a backend's question, in the form that the backend accepts. Choices are listed
 * with the current answer first or checked, and with an item for free text if the question allows it. Without
 * choices, an input box opens.
 *
 * @throws whatever loading the choices throws, and an AbortError if the user cancels that; neither if free
 * text is allowed.
 */
export async function askQuestion(
  ui: Ui,
  step: Step,
  question: Question,
  answers: Answers,
): Promise<Answer<string>> {
  const { choices, free, many } = question;
  const last = answerTo(answers, question.id) ?? '';
  if (!choices) return typed(ui, step, question, answers, last);
  let offered: readonly Choice[] = [];
  let trouble = '';
  try {
    offered = await ui.progress(question.title, (signal) => choices(signal, answers));
  } catch (error) {
    // Users who do not want to wait for the list can enter a text instead.
    const isStopped = isAbort(error);
    if (!free || !(isStopped || error instanceof JobError)) throw error;
    trouble = isStopped ? '' : noticeOfError(error).text;
  }
  if (free && offered.length === 0) {
    const prompt = trouble === '' ? question.prompt : `${question.prompt} · ${trouble}`;
    return typed(ui, step, { ...question, prompt }, answers, last);
  }
  return many
    ? askSeveral(ui, step, question, answers, offered)
    : askOne(ui, step, question, answers, offered);
}

async function typed(
  ui: Ui,
  step: Step,
  { prompt, secret, check }: Question,
  answers: Answers,
  initial: string,
): Promise<Answer<string>> {
  return ui.type(step, {
    initial,
    prompt,
    ...(secret ? { secret } : {}),
    ...(check ? { check: (value: string) => check(value, answers) } : {}),
  });
}

async function askOne(
  ui: Ui,
  step: Step,
  question: Question,
  answers: Answers,
  offered: readonly Choice[],
): Promise<Answer<string>> {
  const last = answerTo(answers, question.id) ?? '';
  const own = question.free && last !== '' && !offered.some(({ value }) => value === last);
  const known = [...(own ? [typedBefore(last)] : []), ...offered];
  const first = known.sort((a, b) => Number(b.value === last) - Number(a.value === last));
  for (;;) {
    const items: readonly Item<Line>[] = question.free ? [...first, otherLine()] : first;
    const answer = await ui.pick<Line>(step, items, question.prompt);
    if (answer.kind !== 'value') return answer;
    if (typeof answer.value === 'string') return { kind: 'value', value: answer.value };
    const text = await typed(ui, { ...step, canGoBack: true }, question, answers, last);
    if (text.kind !== 'back') return text;
  }
}

async function askSeveral(
  ui: Ui,
  step: Step,
  question: Question,
  answers: Answers,
  offered: readonly Choice[],
): Promise<Answer<string>> {
  const last = listOf(answerTo(answers, question.id) ?? '');
  const own = question.free ? last.filter((value) => !offered.some((choice) => choice.value === value)) : [];
  const known = [...own.map((value) => typedBefore(value)), ...offered];
  let ticked = last.filter((value) => known.some((choice) => choice.value === value));
  for (;;) {
    const items: readonly Item<Line>[] = question.free ? [...known, otherLine()] : known;
    const answer = await ui.pickMany<Line>(step, items, ticked, question.prompt);
    if (answer.kind !== 'value') return answer;
    ticked = answer.value.filter((value) => typeof value === 'string');
    if (!answer.value.includes(other)) return { kind: 'value', value: ticked.join(',') };
    // The checked choices are part of the answer and can be edited as text.
    const text = await typed(ui, { ...step, canGoBack: true }, question, answers, ticked.join(','));
    if (text.kind === 'left') return text;
    if (text.kind === 'value') return { kind: 'value', value: listOf(text.value).join(',') };
  }
}

/** The values in the answer to a question with several choices. */
export const listOf = (answer: string): readonly string[] =>
  answer
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');

const typedBefore = (value: string): Choice => ({
  value,
  label: value,
  description: 'previously used',
});

const otherLine = (): Item<Line> => ({ value: other, label: 'Other…', icon: 'edit' });
