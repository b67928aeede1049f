import { slashPlaceholder } from './glob.js';
import { createMatcher, type RuleMatcher, type CompiledRule, type IgnoreRule } from './matcher.js';
import { matchPathPrefix } from './patternPieces.js';
import escapeStringRegexp from 'escape-string-regexp';

/**
 * The rules that can match something in a set of folders or below. Rules whose pattern ends with a wildcard
 * are open: the end of a path does not exclude them.
 */
interface CandidateRules {
  readonly deciding: RuleMatcher;
  /** The rules that match only paths with a certain prefix. */
  readonly tied: readonly CompiledRule[];
  /** Matches the path of each folder below which an open rule can match anything. */
  readonly folders: RegExp;
  /** Matches each other name that an open rule can match; for folders, each name that any rule can match. */
  readonly names: RegExp;
  readonly folderNames: RegExp;
  /** The other rules that can match a file, by the last character of its name. */
  readonly byEnd: ReadonlyMap<string, RuleMatcher>;
}

/**
 * The rules of an ignore file, restricted to the direct content of one folder. Of 60 rules, most cannot match
 * anything in a given folder, and one test of a name excludes most others; testing every rule would make a
 * walk three times as slow. A class, because closures created for each ignore file are compiled for each: 132
 * instead of 141 ms with 11 files.
 */
export class FolderRules {
  readonly #isOpen: boolean;

  /** @param folder - As minimatch sees it. */
  private constructor(
    private readonly all: RuleSet,
    private readonly folder: string,
    private readonly candidates: CandidateRules,
  ) {
    this.#isOpen = candidates.folders.test(folder);
  }

  /**
   * Creates the rules for the folder of the ignore file itself.
   *
   * @param matchers - The first one that matches a path decides.
   */
  static of(matchers: readonly CompiledRule[]): FolderRules {
    return new FolderRules({ matchers, known: new Map() }, matchPathPrefix, createCandidates(matchers));
  }

  /** The rule that decides about an item of the folder; undefined if none matches. */
  deciding(name: string, isDirectory: boolean): IgnoreRule | undefined {
    const { deciding, names, folderNames, byEnd } = this.candidates;
    if (this.#isOpen || (isDirectory ? folderNames : names).test(name))
      return deciding(this.folder + name, isDirectory);
    return isDirectory ? undefined : byEnd.get(name.charAt(name.length - 1))?.(this.folder + name, false);
  }

  /** The rules for a subfolder. */
  into(name: string): FolderRules {
    const folder = this.folder + name + slashPlaceholder;
    return new FolderRules(this.all, folder, narrowCandidates(this.all, this.candidates, folder));
  }
}

/** All rules of an ignore file, with cached results. */
interface RuleSet {
  readonly matchers: readonly CompiledRule[];
  /** By the line numbers of the prefixed rules: many folders share them. */
  readonly known: Map<string, CandidateRules>;
}

function narrowCandidates(
  { matchers, known }: RuleSet,
  candidates: CandidateRules,
  folder: string,
): CandidateRules {
  const tied = candidates.tied.filter(({ glob }) => canStartWith(folder, glob.prefix));
  if (tied.length === candidates.tied.length) return candidates;
  const key = tied.map(({ rule }) => rule.line).join();
  const fewer =
    known.get(key) ??
    createCandidates(matchers.filter((matcher) => !hasFixedPrefix(matcher) || tied.includes(matcher)));
  known.set(key, fewer);
  return fewer;
}

function createCandidates(matchers: readonly CompiledRule[]): CandidateRules {
  const globs = matchers.flatMap(({ glob, emptied }) => [glob, ...emptied]);
  const ends = globs
    .filter(hasFixedSuffix)
    .map(({ suffix }) => escapeStringRegexp(getLastName(suffix).slice(-maxPatternPartLength)));
  const open = globs.filter((glob) => !hasFixedSuffix(glob));
  const texts = open.map(({ inside }) =>
    escapeStringRegexp(getLastName(inside).slice(0, maxPatternPartLength)),
  );
  return {
    deciding: createMatcher(matchers),
    tied: matchers.filter(hasFixedPrefix),
    folders: createAnyPattern(
      open.map(({ inside }) => escapeStringRegexp(inside.slice(0, maxPatternPartLength))),
    ),
    names: createAnyPattern(texts),
    folderNames: createAnyPattern(ends.length > 0 ? [...texts, `(?:${ends.join('|')})$`] : texts),
    byEnd: groupBySuffix(matchers.filter(({ glob }) => hasFixedSuffix(glob))),
  };
}

function groupBySuffix(matchers: readonly CompiledRule[]): CandidateRules['byEnd'] {
  const groups = new Map<string, CompiledRule[]>();
  for (const matcher of matchers) {
    const end = matcher.glob.suffix.slice(-1);
    const group = groups.get(end);
    if (group) group.push(matcher);
    else groups.set(end, [matcher]);
  }
  return new Map([...groups].map(([end, group]) => [end, createMatcher(group)]));
}

const hasFixedSuffix = ({ suffix }: CompiledRule['glob']): boolean => suffix !== '';

const hasFixedPrefix = ({ glob }: CompiledRule): boolean => glob.prefix !== matchPathPrefix;

/**
 * True if a path with this prefix can be in the folder or below it. `folder` ends with a slash unless it is
 * the root.
 */
const canStartWith = (folder: string, prefix: string): boolean =>
  prefix.length > folder.length ? prefix.startsWith(folder) : folder.startsWith(prefix);

const createAnyPattern = (sources: readonly string[]): RegExp =>
  sources.length > 0 ? new RegExp(sources.join('|')) : /[]/;

/** The number of characters that suffices, to limit the size of regular expressions. */
const maxPatternPartLength = 64;

/** The part after the last slash, ignoring a slash at the end, as in the path of a directory. */
function getLastName(text: string): string {
  const bare = text.endsWith(slashPlaceholder) ? text.slice(0, -1) : text;
  return bare.slice(bare.lastIndexOf(slashPlaceholder) + 1);
}
