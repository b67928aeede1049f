import type { Answers, Question } from './backend.js';

/** A question that is asked, with the answer that stands; undefined: it has none yet. */
export interface Asked {
  readonly question: Question;
  readonly value: string | undefined;
}

/** The questions that count with these answers, in order, each with what was answered or else its initial. */
export function askedOf(questions: readonly Question[], options: Answers): readonly Asked[] {
  const asked: Asked[] = [];
  let answers: Answers = {};
  for (const question of questions) {
    if (question.when && !question.when(answers)) continue;
    const value = options[question.id] ?? question.initial;
    asked.push({ question, value });
    if (value !== undefined) answers = { ...answers, [question.id]: value };
  }
  return asked;
}

/** The answers that count: given, or initial. */
export const answersOf = (questions: readonly Question[], options: Answers): Answers =>
  Object.fromEntries(
    askedOf(questions, options).flatMap(({ question, value }) =>
      value === undefined ? [] : [[question.id, value]],
    ),
  );

/** True where nothing has to be asked: each question has an answer that passes its check. */
export function isAnswered(questions: readonly Question[], options: Answers): boolean {
  const answers = answersOf(questions, options);
  return askedOf(questions, options).every(({ question: { optional, check }, value }) =>
    value === undefined ? optional === true : check?.(value, answers) === undefined,
  );
}

/** The answers that may be written down. */
export const withoutSecrets = (questions: readonly Question[], options: Answers): Answers => {
  const secret = new Set(questions.filter((question) => question.secret).map(({ id }) => id));
  return Object.fromEntries(Object.entries(options).filter(([id]) => !secret.has(id)));
};
