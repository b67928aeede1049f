import type { SubmissionValidation } from '../core/domain/jobSpec.js';
import type { SubmissionDraft } from './submissionDraft.js';
import { showReview, type ReviewContext } from './review.js';
import type { UserInterface } from './ui.js';
import { runWizard, type WizardStep } from './wizard.js';

/** The dialog for one submission. */
export interface SubmissionDialog {
  readonly initialDraft: SubmissionDraft;
  /** True: start with the review, since every question is answered. */
  readonly startsWithReview?: boolean;
  /** Runs between the questions and the review, and loads what the review needs. */
  readonly prepareReview?: (draft: SubmissionDraft) => Promise<void>;
  readonly listSteps: (draft: SubmissionDraft) => readonly WizardStep<SubmissionDraft>[];
  /** The review's contents other than the questions. */
  readonly getReview: (draft: SubmissionDraft) => Omit<ReviewContext, 'draft' | 'asks'>;
}

/** The outcome, with the final draft; without one if the user dismissed the questions. */
export type SubmissionDecision =
  | {
      readonly kind: 'send';
      readonly draft: SubmissionDraft;
      readonly validation: SubmissionValidation | undefined;
    }
  | { readonly kind: 'left'; readonly draft?: SubmissionDraft };

/**
 * Asks the questions that are not optional, then shows the review and applies changes until it is submitted
 * or dismissed.
 */
export async function runSubmissionDialog(
  ui: UserInterface,
  {
    initialDraft: first,
    startsWithReview: isDecided = false,
    prepareReview: ready,
    listSteps: asks,
    getReview: reviewed,
  }: SubmissionDialog,
): Promise<SubmissionDecision> {
  const steps = (draft: SubmissionDraft): readonly WizardStep<SubmissionDraft>[] =>
    asks(draft).filter(({ optional }) => !optional);
  let draft = isDecided ? first : await runWizard(steps, first);
  while (draft) {
    await ready?.(draft);
    const answer = await showReview(ui, { ...reviewed(draft), draft, asks: asks(draft) });
    if (answer.kind === 'send') return answer;
    if (answer.kind === 'left') return { kind: 'left', draft };
    draft =
      answer.kind === 'back'
        ? await runWizard(steps, draft, { beginAt: steps(draft).length - 1 })
        : answer.draft;
  }
  return { kind: 'left' };
}
