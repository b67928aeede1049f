import type { Answer, Step } from './ui.js';

/** One question: shows itself at a place and gives the state with its answer in it. */
export interface Ask<S> {
  /** Found again by it, as when a line of the review is to be changed. */
  readonly id: string;
  /** True: left to the review, where it can be changed. */
  readonly optional?: true;
  readonly run: (state: S, at: Omit<Step, 'title'>) => Promise<Answer<S>>;
}

/**
 * Asks one question after the other; *Back* returns to the one before with its answer as it was. `asksFor` may depend
 * on what was answered so far; a review that follows counts as the last step. Undefined: the user left, or went back
 * from the first.
 */
export async function wizard<S>(
  asksFor: (state: S) => readonly Ask<S>[],
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
      // The answers given since stay as they are, so that going back loses nothing.
      states.push(left);
    }
  }
}
