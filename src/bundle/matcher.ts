import type { Glob } from './glob.js';

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

/** Asks one rule after the other; the first that covers a path decides. */
export const deciderOf =
  (matchers: readonly Matcher[]): Decides =>
  (path, isDirectory) => {
    if (!isDirectory) return matchers.find(({ glob }) => covers(glob, path))?.rule;
    const slashed = `${path}/`;
    return matchers.find(
      ({ glob, emptied }) =>
        covers(glob, path) || covers(glob, slashed) || emptied.some((other) => covers(other, slashed)),
    )?.rule;
  };

const covers = (glob: Glob, path: string): boolean =>
  path.endsWith(glob.suffix) &&
  path.startsWith(glob.prefix) &&
  path.includes(glob.inside) &&
  glob.matches(path);
