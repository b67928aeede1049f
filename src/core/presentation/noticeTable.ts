import type { Problem } from '../domain/problem.js';

/** A button of a notice. `about` is its target, if it needs one: a setting, a path. */
export interface Offer {
  readonly do:
    | 'retry'
    | 'openSetting'
    | 'showDetails'
    | 'signIn'
    | 'showFiles'
    | 'editIgnoreFile'
    | 'manageTrust'
    | 'openFile'
    | 'refresh';
  readonly title: string;
  readonly about?: string;
}

/** The message about a failure, and the buttons below it. */
export interface Notice {
  readonly text: string;
  readonly offers: readonly Offer[];
}

/** One notice for each of these kinds of problems. */
export type NoticeTable<K extends Problem['kind']> = {
  readonly [Kind in K]: (problem: Extract<Problem, { kind: Kind }>) => Notice;
};

/** The button that shows the extension's log. */
export const detailsOffer = (): Offer => ({ do: 'showDetails', title: 'Show Details' });

/** A reason within a sentence that has its own period. */
export const phrase = (why: string): string => why.replace(/\.$/, '');
