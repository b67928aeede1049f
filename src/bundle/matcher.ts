import { slash, type Glob } from './glob.js';

/** One line of an ignore file. */
export interface Rule {
  /** Trimmed. */
  readonly text: string;
  /** One-based. */
  readonly line: number;
  /** False for `!pattern`. */
  readonly excludes: boolean;
}

/** A compiled rule. */
export interface Matcher {
  readonly rule: Rule;
  readonly glob: Glob;
  /** Additional patterns for directories, if the pattern ends with globstars. */
  readonly emptied: readonly Glob[];
}

/** Finds the rule that decides about a path or name; undefined if none matches. */
export type Decides = (path: string, isDirectory: boolean) => Rule | undefined;

/** Tests rules in order against a path as minimatch sees it; the first match decides. */
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
