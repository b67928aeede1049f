/** One step that a backend adds to the submission wizard. */
export interface Question {
  readonly id: string;
  /** Title Case: `Node`, `Partition`. */
  readonly title: string;
  readonly prompt: string;
  readonly initial?: string;
  /** True: its answer is good as it is; the wizard leaves it to the review, where it can be changed. */
  readonly optional?: true;
  /** True: typed unseen, never remembered, shown nowhere. */
  readonly secret?: true;
  /**
   * How an answer from the last time counts: `never`, or, where it is not the initial one, `ask`: only once the user has
   * seen it at the top of the review. Absent: like any other answer.
   */
  readonly recall?: 'never' | 'ask';
  /** The part of an answer that may be remembered; absent: all of it. */
  readonly toRemembered?: (value: string) => string;
  /** Given the answers so far; false: it is not asked, and its answer does not count. */
  readonly when?: (options: Answers) => boolean;
  /** True: several of the choices may be picked, or none; the answer holds them with a `,` between. */
  readonly many?: true;
  /** True: besides the choices, any text may be typed. */
  readonly free?: true;
  /** Present: one of these is picked; given the answers so far. Absent: a text is typed. */
  readonly choices?: (signal: AbortSignal, options: Answers) => Promise<readonly Choice[]>;
  /** What is wrong with the value, as a sentence; undefined: nothing. */
  readonly check?: (value: string, options: Answers) => string | undefined;
}

/** Answers to questions by their ids. A question that was not answered stands with its `initial`. */
export type Answers = Readonly<Record<string, string>>;

/** One answer to a {@link Question}. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

/** What counts where the user has not answered. */
export interface DefaultAnswer {
  /** As it is shown. */
  readonly value: string;
  /** Who says so, in words: `from the script`. */
  readonly source: string;
}

/** A question that is asked, with the answer that stands; undefined: it has none yet. */
export interface Asked {
  readonly question: Question;
  readonly value: string | undefined;
}

/** The answer to a question; what only looks like one, since all objects have it (`constructor`), is none. */
export const answerTo = (answers: Answers, id: string): string | undefined =>
  Object.hasOwn(answers, id) ? answers[id] : undefined;

/** The questions that count with these answers, in order, each with what was answered or else its initial. */
export function askedOf(questions: readonly Question[], options: Answers): readonly Asked[] {
  const asked: Asked[] = [];
  let answers: Answers = {};
  for (const question of questions) {
    if (question.when && !question.when(answers)) continue;
    const value = answerTo(options, question.id) ?? question.initial;
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

/** A question without an answer that will do. */
export interface WrongAnswer {
  readonly question: Question;
  /** What is wrong with the answer, as a sentence; undefined: there is none. */
  readonly why: string | undefined;
}

/** The first question that keeps the rest from being sent; undefined: each has an answer that passes its check. */
export function wrongAnswer(questions: readonly Question[], options: Answers): WrongAnswer | undefined {
  const answers = answersOf(questions, options);
  for (const { question, value } of askedOf(questions, options)) {
    const why = value === undefined ? undefined : question.check?.(value, answers);
    if (value === undefined ? !question.optional : why !== undefined) return { question, why };
  }
  return undefined;
}

/** The answers that may be written down. */
export const withoutSecrets = (questions: readonly Question[], options: Answers): Answers =>
  without(questions, options, ({ secret }) => secret === true);

/** The answers that may be written down, and mean the same another time. */
export function rememberable(questions: readonly Question[], options: Answers): Answers {
  const kept = without(questions, withoutSecrets(questions, options), ({ recall }) => recall === 'never');
  return Object.fromEntries(
    Object.entries(kept).map(([id, value]) => {
      const question = questions.find((one) => one.id === id);
      return [id, question?.toRemembered?.(value) ?? value] as const;
    }),
  );
}

function without(
  questions: readonly Question[],
  options: Answers,
  isLeftOut: (question: Question) => boolean,
): Answers {
  const left = new Set(questions.filter(isLeftOut).map(({ id }) => id));
  return Object.fromEntries(Object.entries(options).filter(([id]) => !left.has(id)));
}
