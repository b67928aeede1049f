import type { Job } from './job.js';
import type { Answers, Question } from './questions.js';

/** A confirmation before an action, with the title of its only button. */
export interface Confirmation {
  readonly question: string;
  readonly detail: string;
  readonly button: string;
}

/** An operation on jobs that only some engines support: hold, release, suspend, snapshot. */
export interface JobAction {
  /**
   * Unique within its connection; a word of the row's context. One of {@link commandActionIds} has its own command; all
   * others are listed by *More Actions…*.
   */
  readonly id: string;
  /** Title Case: `Hold Job`. */
  readonly title: string;
  /** A codicon's name. */
  readonly icon: string;
  /** Inputs that the user is prompted for. */
  readonly inputs?: readonly Question[];
  /** The confirmation. `isTask`: the only job is a task of an array. Absent: none, since the action can be undone. */
  readonly confirm?: (jobs: readonly [Job, ...Job[]], isTask: boolean) => Confirmation;
  /** Present: offered in the confirmation of this command, not in menus. */
  readonly offeredBy?: 'cancel';
  /** Title of the progress notification: `Holding fit.jl`. */
  readonly progress: (job: Job) => string;
  readonly isEnabled: (job: Job) => boolean;
  readonly run: (job: Job, answers: Answers, signal: AbortSignal) => Promise<void>;
}
