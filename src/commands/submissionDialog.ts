import type { Backend } from '../core/domain/backend.js';
import type { SubmissionValidation } from '../core/domain/jobSpec.js';
import type { SignInOutcome } from './requireSignIn.js';
import type { SubmissionDraft } from './submissionDraft.js';
import { showReview, type ReviewContext, type ReviewDecision } from './review.js';
import type { UserInterface } from './ui.js';
import { runWizard, type WizardStep } from './wizard.js';

/** The dialog for one submission. */
export interface SubmissionDialog {
  readonly initialDraft: SubmissionDraft;
  /** Signs in to the draft's connection if that is necessary. */
  readonly requireSignIn: (backend: Backend) => Promise<SignInOutcome>;
  /** The ids of the steps without a valid answer, which are asked before the review. */
  readonly listMissing: (draft: SubmissionDraft) => readonly string[];
  /** Runs before each review, and loads what the review needs. */
  readonly prepareReview?: (draft: SubmissionDraft) => Promise<void>;
  readonly listSteps: (draft: SubmissionDraft) => readonly WizardStep<SubmissionDraft>[];
  /** The review's contents other than the questions. */
  readonly getReview: (draft: SubmissionDraft) => Omit<ReviewContext, 'draft' | 'asks' | 'askedCount'>;
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
 * Shows the review and applies changes until the submission is sent or dismissed. Only questions without an
 * answer are asked before it, and only after the user has signed in.
 */
export async function runSubmissionDialog(
  ui: UserInterface,
  dialog: SubmissionDialog,
): Promise<SubmissionDecision> {
  const { prepareReview, listSteps, getReview, listMissing } = dialog;
  let draft: SubmissionDraft | undefined = dialog.initialDraft;
  let checked: Backend | undefined;
  const asked = new Set<string>();
  const listAsked = (state: SubmissionDraft): readonly WizardStep<SubmissionDraft>[] => {
    for (const id of listMissing(state)) asked.add(id);
    return listSteps(state).filter(({ id }) => asked.has(id));
  };
  while (draft) {
    if (draft.backend !== checked) {
      draft = await chooseUsableConnection(dialog, draft);
      if (!draft) break;
      checked = draft.backend;
      asked.clear();
      draft = await runWizard(listAsked, draft);
      if (!draft) break;
    }
    await prepareReview?.(draft);
    const askedCount: number = listAsked(draft).length;
    const answer: ReviewDecision = await showReview(ui, {
      ...getReview(draft),
      draft,
      asks: listSteps(draft),
      askedCount,
    });
    if (answer.kind === 'send') return answer;
    if (answer.kind === 'left') return { kind: 'left', draft };
    draft =
      answer.kind === 'back'
        ? await runWizard(listAsked, draft, { beginAt: Math.max(0, askedCount - 1) })
        : answer.draft;
  }
  return { kind: 'left' };
}

/** The draft with a connection that the user is signed in to; undefined: dismissed. */
async function chooseUsableConnection(
  { requireSignIn, listSteps }: SubmissionDialog,
  first: SubmissionDraft,
): Promise<SubmissionDraft | undefined> {
  let draft = first;
  for (;;) {
    const outcome = await requireSignIn(draft.backend);
    if (outcome === 'signedIn') return draft;
    if (outcome === 'left') return undefined;
    const step = listSteps(draft).find(({ id }) => id === 'connection');
    const answer = await step?.run(draft, { canGoBack: true });
    if (!answer || answer.kind === 'left') return undefined;
    if (answer.kind === 'value') draft = answer.value;
  }
}
