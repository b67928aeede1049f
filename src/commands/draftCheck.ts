import type { SubmissionValidation, JobWorkload } from '../core/domain/jobSpec.js';
import type { QuestionAnswers, QuestionChoice as Offered } from '../core/domain/questions.js';
import { createNotice } from '../core/presentation/notice.js';
import { listVisibleQuestions, validateAnswers, type DefaultAnswer } from '../core/domain/questions.js';
import { JobError } from '../core/domain/problem.js';
import { parseAnswerList } from './askQuestion.js';
import { toJobRequest, type SubmissionDraft } from './submissionDraft.js';
import type { UserInterface } from './ui.js';

/** The backend's validation of a draft, and the labels of its answers. */
export interface DraftCheck {
  /** Undefined: not validated, or it cannot be submitted. */
  readonly validation?: SubmissionValidation | undefined;
  /** Why it cannot be submitted. */
  readonly trouble?: string;
  /** Labels of the answers by question id. */
  readonly labels: QuestionAnswers;
  /** Defaults by question id, and as `name` and `limit`, which apply if nothing was answered. */
  readonly defaults: Readonly<Record<string, DefaultAnswer>>;
}

export async function checkDraft(
  ui: UserInterface,
  draft: SubmissionDraft,
  work: JobWorkload,
): Promise<DraftCheck> {
  return ui.progress(`Checking ${draft.name}`, async (signal) => {
    const known = {
      labels: await getAnswerLabels(draft, work.kind, signal),
      defaults: await getDefaultAnswers(draft, work, signal),
    };
    const missing = findMissingAnswer(draft, work.kind);
    if (missing !== undefined) return { ...known, trouble: missing };
    try {
      const validation = await draft.backend.submit?.validate?.(
        { ...toJobRequest(draft, work.kind), ...work },
        signal,
      );
      return { ...known, validation };
    } catch (error) {
      if (error instanceof JobError) return { ...known, trouble: createNotice(error.problem).text };
      throw error;
    }
  });
}

/** The backend's defaults; empty if they cannot be loaded. */
export async function getDefaultAnswers(
  draft: SubmissionDraft,
  work: JobWorkload,
  signal: AbortSignal,
): Promise<DraftCheck['defaults']> {
  try {
    return (
      (await draft.backend.submit?.getDefaults?.({ ...toJobRequest(draft, work.kind), ...work }, signal)) ??
      {}
    );
  } catch (error) {
    if (error instanceof JobError) return {};
    throw error;
  }
}

/**
 * The problem with the answers; undefined: none. A change in the review can add a question or invalidate an
 * answer.
 */
export function findMissingAnswer(
  { backend, options }: SubmissionDraft,
  kind: JobWorkload['kind'],
): string | undefined {
  const wrong = validateAnswers(backend.submit?.questions?.(kind) ?? [], options);
  if (!wrong) return undefined;
  const { question, why } = wrong;
  return why === undefined ? `${question.title} is required.` : `${question.title}: ${why}`;
}

/** Labels of the chosen answers; the values themselves if the choices cannot be loaded. */
export async function getAnswerLabels(
  draft: SubmissionDraft,
  kind: JobWorkload['kind'],
  signal: AbortSignal,
): Promise<QuestionAnswers> {
  const { backend, options } = draft;
  const questions = backend.submit?.questions?.(kind) ?? [];
  const { options: answers } = toJobRequest(draft, kind);
  const pairs = listVisibleQuestions(questions, options).map(async ({ question, value }) => {
    if (question.secret) return [question.id, value ? '••••' : ''] as const;
    if (!question.choices || value === undefined) return [question.id, value ?? ''] as const;
    const choices = await question.choices(signal, answers).catch((error: unknown) => {
      if (error instanceof JobError) return [];
      throw error;
    });
    const labels = (question.multiple ? parseAnswerList(value) : [value]).map((one) =>
      getChoiceLabel(one, choices),
    );
    return [question.id, labels.join(', ')] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

/** The label of a choice; for free text, the text itself. */
export function getChoiceLabel(value: string, choices: readonly Offered[]): string {
  const chosen = choices.find((choice) => choice.value === value);
  return (chosen?.description ? `${chosen.label} · ${chosen.description}` : chosen?.label) ?? value;
}
