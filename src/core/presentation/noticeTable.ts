import type { Problem } from '../domain/problem.js';

/** A next step to put on a button. `about` says of what, where the step needs it: a setting, a path. */
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

/** What a user reads about a failure, and what they may do next. */
export interface Notice {
  readonly text: string;
  readonly offers: readonly Offer[];
}

/** A notice for each of these kinds of problems. */
export type NoticeTable<K extends Problem['kind']> = {
  readonly [Kind in K]: (problem: Extract<Problem, { kind: Kind }>) => Notice;
};

/** The next step that shows the log of the extension. */
export const detailsOffer = (): Offer => ({ do: 'showDetails', title: 'Show Details' });

/** A reason to put inside a sentence, which has its own full stop. */
export const phrase = (why: string): string => why.replace(/\.$/, '');
