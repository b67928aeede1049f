import type { JobProblem } from '../domain/problem.js';

/** A button of a notice. `about` is its target, if it needs one: a setting, a path, a text. */
export interface NoticeAction {
  readonly kind:
    | 'retry'
    | 'openSetting'
    | 'showDetails'
    /** `target` is the text itself. */
    | 'showReport'
    | 'signIn'
    | 'showFiles'
    | 'editIgnoreFile'
    | 'manageTrust'
    | 'openFile'
    | 'refresh';
  readonly title: string;
  readonly target?: string;
}

/** The message about a failure, and the buttons below it. */
export interface ProblemNotice {
  readonly text: string;
  readonly actions: readonly NoticeAction[];
}

/** One notice for each of these kinds of problems. */
export type NoticeTable<K extends JobProblem['kind']> = {
  readonly [Kind in K]: (problem: Extract<JobProblem, { kind: Kind }>) => ProblemNotice;
};

/** The button that shows the extension's log. */
export const createDetailsAction = (): NoticeAction => ({ kind: 'showDetails', title: 'Show Details' });

/** A reason within a sentence that has its own period. */
export const trimFullStop = (why: string): string => why.replace(/\.$/, '');
