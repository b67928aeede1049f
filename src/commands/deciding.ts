import type { Validation } from '../core/domain/jobSpec.js';
import type { Draft } from './draft.js';
import { review, type Reviewed } from './review.js';
import type { Ui } from './ui.js';
import { wizard, type Ask } from './wizard.js';

/** A submission to be decided on. */
export interface Deciding {
  readonly first: Draft;
  /** True: nothing has to be asked, so that it begins with the review. */
  readonly isDecided?: boolean;
  /** What has to be known before the review is shown; the questions are asked meanwhile. */
  readonly ready?: (draft: Draft) => Promise<void>;
  readonly asks: (draft: Draft) => readonly Ask<Draft>[];
  /** What the review shows of a draft besides its questions. */
  readonly reviewed: (draft: Draft) => Omit<Reviewed, 'draft' | 'asks'>;
}

/** How it was decided, with the draft as it stood then; without one where the user left before the review. */
export type Decided =
  | { readonly kind: 'send'; readonly draft: Draft; readonly validation: Validation | undefined }
  | { readonly kind: 'left'; readonly draft?: Draft };

/** Asks all that is not optional, then shows the review and changes what is chosen there, until it is sent or left. */
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
