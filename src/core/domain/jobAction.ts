import type { Job } from './job.js';
import type { Answers, Question } from './questions.js';

/** A question before something is done, with the words of its only button. */
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
  /** What is asked before it is done. */
  readonly inputs?: readonly Question[];
  /** What has to be confirmed. `isTask`: the only one is a task of an array. Absent: nothing, it can be taken back. */
  readonly confirm?: (jobs: readonly [Job, ...Job[]], isTask: boolean) => Confirmation;
  /** Present: it is offered in the question of this command, and not in menus. */
  readonly offeredBy?: 'cancel';
  /** Said while it is done: `Holding fit.jl`. */
  readonly progress: (job: Job) => string;
  readonly isEnabled: (job: Job) => boolean;
  readonly run: (job: Job, answers: Answers, signal: AbortSignal) => Promise<void>;
}
