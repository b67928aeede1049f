import type { StepAnswer, StepPosition } from './ui.js';

/** One step: asks a question and returns the state with its answer. */
export interface WizardStep<S> {
  /** Identifies the step, such as for a line of the review. */
  readonly id: string;
  /** True: asked only in the review. */
  readonly optional?: true;
  readonly run: (state: S, at: Omit<StepPosition, 'title'>) => Promise<StepAnswer<S>>;
}

/**
 * Asks the questions in order. *Back* returns to the previous one with its answer. `asksFor` can depend on
 * earlier answers; a review that follows counts as the last step. Undefined: dismissed, or back from the
 * first question.
 */
export async function runWizard<S>(
  asksFor: (state: S) => readonly WizardStep<S>[],
  initial: S,
  { beginAt = 0, isReviewed = true }: { readonly beginAt?: number; readonly isReviewed?: boolean } = {},
): Promise<S | undefined> {
  const states: S[] = Array.from({ length: beginAt + 1 }, () => initial);
  for (;;) {
    const at = states.length - 1;
    const state = states[at] ?? initial;
    const asks = asksFor(state);
    const ask = asks[at];
    if (!ask) return state;
    const answer = await ask.run(state, {
      step: at + 1,
      of: asks.length + Number(isReviewed),
      canGoBack: at > 0,
    });
    if (answer.kind === 'left') return undefined;
    if (answer.kind === 'value') {
      states.push(answer.value);
    } else {
      const left = states.pop();
      const before = states.pop();
      if (left === undefined || before === undefined) return undefined;
      // Later answers are kept, so that going back loses nothing.
      states.push(left);
    }
  }
}
