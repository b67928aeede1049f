import type { Validation } from '../core/domain/jobSpec.js';
import type { Draft } from './draft.js';
import { review, type Reviewed } from './review.js';
import type { Ui } from './ui.js';
import { wizard, type Ask } from './wizard.js';

/** The dialog for one submission. */
export interface Deciding {
  readonly first: Draft;
  /** True: start with the review, since every question is answered. */
  readonly isDecided?: boolean;
  /** Runs between the questions and the review, and loads what the review needs. */
  readonly ready?: (draft: Draft) => Promise<void>;
  readonly asks: (draft: Draft) => readonly Ask<Draft>[];
  /** The review's contents other than the questions. */
  readonly reviewed: (draft: Draft) => Omit<Reviewed, 'draft' | 'asks'>;
}

/** The outcome, with the final draft; without one if the user dismissed the questions. */
export type Decided =
  | { readonly kind: 'send'; readonly draft: Draft; readonly validation: Validation | undefined }
  | { readonly kind: 'left'; readonly draft?: Draft };

/**
 * Asks the questions that are not optional, then shows the review and applies changes until it is submitted
 * or dismissed.
 */
export async function decideOn(
  ui: Ui,
  { first, isDecided = false, ready, asks, reviewed }: Deciding,
): Promise<Decided> {
  const steps = (draft: Draft): readonly Ask<Draft>[] => asks(draft).filter(({ optional }) => !optional);
  let draft = isDecided ? first : await wizard(steps, first);
  while (draft) {
    await ready?.(draft);
    const answer = await review(ui, { ...reviewed(draft), draft, asks: asks(draft) });
    if (answer.kind === 'send') return answer;
    if (answer.kind === 'left') return { kind: 'left', draft };
    draft =
      answer.kind === 'back'
        ? await wizard(steps, draft, { beginAt: steps(draft).length - 1 })
        : answer.draft;
  }
  return { kind: 'left' };
}
