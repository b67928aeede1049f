import { slashPlaceholder, type CompiledGlob } from './glob.js';

/** One line of an ignore file. */
export interface IgnoreRule {
  /** Trimmed. */
  readonly text: string;
  /** One-based. */
  readonly line: number;
  /** False for `!pattern`. */
  readonly excludes: boolean;
}

/** A compiled rule. */
export interface CompiledRule {
  readonly rule: IgnoreRule;
  readonly glob: CompiledGlob;
  /** Additional patterns for directories, if the pattern ends with globstars. */
  readonly emptied: readonly CompiledGlob[];
}

/** Finds the rule that decides about a path or name; undefined if none matches. */
export type RuleMatcher = (path: string, isDirectory: boolean) => IgnoreRule | undefined;

/** Tests rules in order against a path as minimatch sees it; the first match decides. */
export const createMatcher =
  (matchers: readonly CompiledRule[]): RuleMatcher =>
  (seen, isDirectory) => {
    if (!isDirectory) return matchers.find(({ glob }) => isCoveredBy(glob, seen))?.rule;
    const slashed = seen + slashPlaceholder;
    return matchers.find(
      ({ glob, emptied }) =>
        isCoveredBy(glob, seen) ||
        isCoveredBy(glob, slashed) ||
        emptied.some((other) => isCoveredBy(other, slashed)),
    )?.rule;
  };

const isCoveredBy = ({ prefix, suffix, inside, matches }: CompiledGlob, seen: string): boolean =>
  seen.endsWith(suffix) && seen.startsWith(prefix) && seen.includes(inside) && matches(seen);
