import type { Answers, Choice, Question } from '../core/domain/questions.js';
import { noticeOfError } from '../core/presentation/notice.js';
import { isAbort, JobError } from '../core/domain/problem.js';
import { answerTo } from '../core/domain/questions.js';
import type { Answer, Item, Step, Ui } from './ui.js';

/** The line of a list that leads to a field to type in. */
const other = Symbol('other');
type Line = string | typeof other;

/**
 * Asks a question of a backend; the answer is as the backend takes it. A list of choices comes with the answers so far
 * first or ticked, and, where any text may be typed, with a line for it; without a list the text is typed at once.
 *
 * @throws what getting the choices throws, an AbortError when the user stops that; where any text may be typed, neither.
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
    // Whoever does not want to wait for the list can type as well.
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
    // What was ticked is part of the answer, and so of what is typed on.
    const text = await typed(ui, { ...step, canGoBack: true }, question, answers, ticked.join(','));
    if (text.kind === 'left') return text;
    if (text.kind === 'value') return { kind: 'value', value: listOf(text.value).join(',') };
  }
}

/** The answers in the answer to a question that takes several. */
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
