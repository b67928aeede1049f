/** One input that a backend adds to the submission wizard or to another dialog. */
export interface Question {
  readonly id: string;
  /** Title Case: `Node`, `Partition`. */
  readonly title: string;
  readonly prompt: string;
  readonly initial?: string;
  /** True: no answer is required. The wizard skips it; the review offers to change it. */
  readonly optional?: true;
  /** True: the input is masked, and its answer is never stored or shown. */
  readonly secret?: true;
  /**
   * Whether the answer from the last submission is reused. `never`: not at all. `ask`: if it differs from
   * `initial`, only after the user has confirmed it in the review. Absent: always.
   */
  readonly recall?: 'never' | 'ask';
  /** The part of an answer that can be stored; absent: all of it. */
  readonly toStoredValue?: (value: string) => string;
  /** Whether the question applies, given the answers so far. If not, its answer is ignored. */
  readonly isVisible?: (options: QuestionAnswers) => boolean;
  /** True: any number of choices can be selected; the answer joins them with `,`. */
  readonly multiple?: true;
  /** True: text that is not one of the choices is also accepted. */
  readonly allowCustom?: true;
  /** The choices, given the answers so far. Absent: text input. */
  readonly choices?: (signal: AbortSignal, options: QuestionAnswers) => Promise<readonly QuestionChoice[]>;
  /** Validates the answer: a sentence that describes the error, or undefined if the value is valid. */
  readonly validate?: (value: string, options: QuestionAnswers) => string | undefined;
}

/** Answers by question id. An unanswered question has its `initial` value. */
export type QuestionAnswers = Readonly<Record<string, string>>;

/** One answer to a {@link Question}. */
export interface QuestionChoice {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

/** The value that applies if the user gives no answer. */
export interface DefaultAnswer {
  /** As it is displayed. */
  readonly value: string;
  /** The origin of the value, in words: `from the script`. */
  readonly source: string;
}

/** A question that applies, and its current answer; undefined if it has none yet. */
export interface VisibleQuestion {
  readonly question: Question;
  readonly value: string | undefined;
}

/** The answer to a question; inherited properties such as `constructor` do not count. */
export const findAnswer = (answers: QuestionAnswers, id: string): string | undefined =>
  Object.hasOwn(answers, id) ? answers[id] : undefined;

/** The questions that apply given these answers, in order, each with its answer or initial value. */
export function listVisibleQuestions(
  questions: readonly Question[],
  options: QuestionAnswers,
): readonly VisibleQuestion[] {
  const asked: VisibleQuestion[] = [];
  let answers: QuestionAnswers = {};
  for (const question of questions) {
    if (question.isVisible && !question.isVisible(answers)) continue;
    const value = findAnswer(options, question.id) ?? question.initial;
    asked.push({ question, value });
    if (value !== undefined) answers = { ...answers, [question.id]: value };
  }
  return asked;
}

/** The answers that apply: given or initial. */
export const resolveAnswers = (questions: readonly Question[], options: QuestionAnswers): QuestionAnswers =>
  Object.fromEntries(
    listVisibleQuestions(questions, options).flatMap(({ question, value }) =>
      value === undefined ? [] : [[question.id, value]],
    ),
  );

/** A question without a valid answer. */
export interface InvalidAnswer {
  readonly question: Question;
  /** The validation error, as a sentence; undefined if the answer is missing. */
  readonly why: string | undefined;
}

/** The first question that prevents the submission; undefined if all answers are valid. */
export const validateAnswers = (
  questions: readonly Question[],
  options: QuestionAnswers,
): InvalidAnswer | undefined => listInvalidAnswers(questions, options)[0];

/** The questions that prevent the submission, in order. */
export function listInvalidAnswers(
  questions: readonly Question[],
  options: QuestionAnswers,
): readonly InvalidAnswer[] {
  const answers = resolveAnswers(questions, options);
  return listVisibleQuestions(questions, options).flatMap(({ question, value }) => {
    const why = value === undefined ? undefined : question.validate?.(value, answers);
    return (value === undefined ? !question.optional : why !== undefined) ? [{ question, why }] : [];
  });
}

/** The answers without secrets. */
export const omitSecretAnswers = (
  questions: readonly Question[],
  options: QuestionAnswers,
): QuestionAnswers => omitAnswers(questions, options, ({ secret }) => secret === true);

/** The answers that can be reused in a later submission. */
export function pickStorableAnswers(
  questions: readonly Question[],
  options: QuestionAnswers,
): QuestionAnswers {
  const kept = omitAnswers(
    questions,
    omitSecretAnswers(questions, options),
    ({ recall }) => recall === 'never',
  );
  return Object.fromEntries(
    Object.entries(kept).map(([id, value]) => {
      const question = questions.find((one) => one.id === id);
      return [id, question?.toStoredValue?.(value) ?? value] as const;
    }),
  );
}

function omitAnswers(
  questions: readonly Question[],
  options: QuestionAnswers,
  isLeftOut: (question: Question) => boolean,
): QuestionAnswers {
  const left = new Set(questions.filter(isLeftOut).map(({ id }) => id));
  return Object.fromEntries(Object.entries(options).filter(([id]) => !left.has(id)));
}
