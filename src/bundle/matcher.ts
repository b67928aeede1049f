import { slash, type Glob } from './glob.js';

/** One line of an ignore file. */
export interface Rule {
  /** As it stands in the file, without the blanks around it. */
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  /** False for `!pattern`. */
  readonly excludes: boolean;
}

/** A rule ready to match. */
export interface Matcher {
  readonly rule: Rule;
  readonly glob: Glob;
  /** What else covers a directory, if it ends with globstars. */
  readonly emptied: readonly Glob[];
}

/** Finds the rule that decides over a path, or over a name where that is said; undefined: none does. */
export type Decides = (path: string, isDirectory: boolean) => Rule | undefined;

/** Asks one rule after the other about a path as minimatch sees it; the first that covers it decides. */
export const deciderOf =
  (matchers: readonly Matcher[]): Decides =>
  (seen, isDirectory) => {
    if (!isDirectory) return matchers.find(({ glob }) => covers(glob, seen))?.rule;
    const slashed = seen + slash;
    return matchers.find(
      ({ glob, emptied }) =>
        covers(glob, seen) || covers(glob, slashed) || emptied.some((other) => covers(other, slashed)),
    )?.rule;
  };

const covers = ({ prefix, suffix, inside, matches }: Glob, seen: string): boolean =>
  seen.endsWith(suffix) && seen.startsWith(prefix) && seen.includes(inside) && matches(seen);
