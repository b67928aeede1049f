import type { Job } from './job.js';
import type { QuestionAnswers, Question } from './questions.js';

/** A confirmation dialog with one button. */
export interface ActionConfirmation {
  readonly question: string;
  readonly detail: string;
  readonly button: string;
}

/** An action that only some engines support, as data: hold, release, suspend, snapshot. */
export interface JobAction {
  /**
   * Unique within its connection; a word of the row's context. One of {@link commandActionIds} has its own command; all
   * others are listed by *More Actions…*.
   */
  readonly id: string;
  /** Title Case: `Hold Job`. */
  readonly title: string;
  /** The name of a codicon. */
  readonly icon: string;
  /** Asked before the action runs. */
  readonly inputs?: readonly Question[];
  /**
   * Returns the confirmation to show. `isTask` is true if the only job is a task of an array. Absent: none is
   * required, since the action can be undone.
   */
  readonly confirm?: (jobs: readonly [Job, ...Job[]], isTask: boolean) => ActionConfirmation;
  /** Present: the action is offered in the confirmation of this command instead of in menus. */
  readonly offeredBy?: 'cancel';
  /** The progress message: `Holding fit.jl`. */
  readonly progress: (job: Job) => string;
  readonly isEnabled: (job: Job) => boolean;
  readonly run: (job: Job, answers: QuestionAnswers, signal: AbortSignal) => Promise<void>;
}
