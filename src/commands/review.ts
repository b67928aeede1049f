import { checkDraft, type DraftCheck } from './draftCheck.js';
import type { Bundle, ReviewItem, SubmissionValidation, JobWorkload } from '../core/domain/jobSpec.js';
import type { LanguageSupport } from '../core/domain/language.js';
import { showDryRun } from './dryRun.js';
import { createReviewItems } from './reviewItems.js';
import type { SubmissionDraft } from './submissionDraft.js';
import type { PickItem, UserInterface } from './ui.js';
import type { WizardStep } from './wizard.js';

/** A line of the review that depends on the kind of work. */
export interface ReviewLine extends ReviewItem {
  /** Runs when the line is selected; the review stays open. */
  readonly run?: () => Promise<void> | void;
  /** True: it opens a document, so the review collapses until the user returns. */
  readonly opensDocument?: true;
}

/** The lines about the content, computed each time the review is shown. */
export type ReviewLines = () => readonly ReviewLine[];

/** The user's decision in the review. */
export type ReviewDecision =
  | {
      readonly kind: 'send';
      readonly draft: SubmissionDraft;
      readonly validation: SubmissionValidation | undefined;
    }
  | { readonly kind: 'changed'; readonly draft: SubmissionDraft }
  | { readonly kind: 'back' }
  | { readonly kind: 'left' };

/** What a line of the review does. */
export type ReviewChoice =
  | { readonly do: 'send' }
  | { readonly do: 'run'; readonly run: () => Promise<void> | void; readonly opensDocument: boolean }
  | { readonly do: 'ask'; readonly ask: WizardStep<SubmissionDraft> }
  | { readonly do: 'dryRun' }
  | { readonly do: 'nothing' };

/** The contents of a review. */
export interface ReviewContext {
  readonly title: string;
  readonly work: JobWorkload;
  readonly draft: SubmissionDraft;
  readonly asks: readonly WizardStep<SubmissionDraft>[];
  /** The number of questions that were asked before the review, to which *Back* returns. */
  readonly askedCount: number;
  readonly lines: ReviewLines;
  /** Opens the script at a line, counted from 1; absent: it has no file. */
  readonly openScript?: (line: number) => Promise<void>;
  /** True after an action that made the review obsolete: it then closes as if dismissed. */
  readonly isOver?: () => boolean;
  /** The finished bundle, if one is sent. */
  readonly bundle?: (signal: AbortSignal) => Promise<Bundle>;
  /** The language environment that is sent. */
  readonly environment?: ReviewedEnvironment;
}

/** The language environment of a submission, as the review shows it. */
interface ReviewedEnvironment {
  readonly language: Pick<LanguageSupport, 'id' | 'title'>;
  /** Undefined: none. */
  readonly folder: string | undefined;
}

/** Shows everything that will be sent, lets the user change each line, and returns the decision. */
export async function showReview(ui: UserInterface, about: ReviewContext): Promise<ReviewDecision> {
  const { draft, work } = about;
  const checked = await checkDraft(ui, draft, work);
  for (;;) {
    const answer = await ui.pick(
      createPosition(about),
      createReviewItems(about, checked),
      'Review the submission; select an item to change it',
    );
    if (answer.kind !== 'value') return { kind: answer.kind };
    const decision = await applyChoice(ui, about, checked, answer.value);
    if (decision) return decision;
  }
}

const createPosition = ({
  title,
  draft,
  askedCount,
}: ReviewContext): Parameters<UserInterface['pick']>[0] => ({
  title: `${title} to ${draft.backend.connection.title}: Review`,
  ...(askedCount > 0 ? { canGoBack: true, step: askedCount + 1, of: askedCount + 1 } : {}),
});

/** Undefined: the review is shown again. */
async function applyChoice(
  ui: UserInterface,
  about: ReviewContext,
  checked: DraftCheck,
  choice: ReviewChoice,
): Promise<ReviewDecision | undefined> {
  const { draft } = about;
  const send: ReviewDecision = { kind: 'send', draft, validation: checked.validation };
  switch (choice.do) {
    case 'send':
      return send;
    case 'nothing':
      return undefined;
    case 'run': {
      await choice.run();
      if (about.isOver?.()) return { kind: 'left' };
      if (choice.opensDocument) await collapseReview(ui, about);
      return undefined;
    }
    case 'dryRun': {
      const isShown = await showDryRun(ui, about, checked);
      return isShown && (await confirmAfterDryRun(ui, about, checked)) ? send : undefined;
    }
    case 'ask': {
      const changed = await choice.ask.run(draft, { canGoBack: true });
      if (changed.kind === 'left') return { kind: 'left' };
      return changed.kind === 'value' ? { kind: 'changed', draft: changed.value } : undefined;
    }
  }
}

const backItem: PickItem<boolean> = { value: false, label: 'Back to Review', icon: 'arrow-left' };

/** Collapses to one line so that the opened document is visible; any answer returns to the review. */
async function collapseReview(ui: UserInterface, { title, draft }: ReviewContext): Promise<void> {
  const step = { title: `${title} to ${draft.backend.connection.title}: Files`, canGoBack: true };
  await ui.pick(step, [backItem]);
}

/** Collapses while the dry run is visible; true: submit. */
async function confirmAfterDryRun(
  ui: UserInterface,
  { title, draft }: ReviewContext,
  { trouble }: DraftCheck,
): Promise<boolean> {
  const place = draft.backend.connection.title;
  const submit: PickItem<boolean> = {
    value: true,
    label: 'Submit',
    icon: 'play',
    description: `to ${place}`,
  };
  const step = { title: `${title} to ${place}: Dry Run`, canGoBack: true };
  const answer = await ui.pick(step, trouble === undefined ? [backItem, submit] : [backItem]);
  return answer.kind === 'value' && answer.value;
}
