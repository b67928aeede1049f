import { globOf, readPattern, type Glob, type Part } from './glob.js';

/** Name of the files that say what stays out of a bundle. */
export const ignoreFileName = '.juliabundleignore';

/** One line of an ignore file. */
export interface Rule {
  /** As it stands in the file, without the blanks around it. */
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  /** False for `!pattern`. */
  readonly excludes: boolean;
}

/** Finds the rule that decides over a path. */
export type Deciding = (path: string, isDirectory: boolean) => Rule | undefined;

/** The rules of one ignore file, for the paths from its folder on down. */
export interface Rules {
  /** Path of the ignore file. */
  readonly file: string;
  /**
   * The rule that decides over a path relative to the file's folder; undefined: none does, so it is kept.
   * Looks at this path alone, not at the folders above it.
   */
  readonly deciding: Deciding;
  /** What decides as `deciding` does for what lies just in this folder, whose path ends with `/` or is empty; faster. */
  readonly decidingIn: (folder: string) => Deciding;
  /** Lines that can match nothing, a sentence each. */
  readonly warnings: readonly string[];
}

interface Matcher {
  readonly rule: Rule;
  readonly glob: Glob;
  /** What else covers a directory; see {@link withoutGlobstars}. */
  readonly emptied: readonly Glob[];
}

/**
 * Reads an ignore file. Source: the JuliaHub.jl bundler, `src/PackageBundler/utils.jl`, and Glob.jl 1.5.
 *
 * @param file - Its path, for {@link Rules.file}.
 */
export function readRules(text: string, file: string): Rules {
  const warnings: string[] = [];
  const matchers: Matcher[] = [];
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    const line = trimmed(raw);
    if (line === '' || line.startsWith('#')) continue;
    const rule: Rule = { text: line, line: index + 1, excludes: !line.startsWith('!') };
    const matcher = matcherOf(rule);
    if (typeof matcher === 'string')
      warnings.push(`${file}:${rule.line}: "${line}" matches nothing: ${matcher}.`);
    else matchers.push(matcher);
  }
  matchers.reverse(); // the last rule that covers a path decides
  return { file, warnings, deciding: decider(matchers), decidingIn: deciderIn(matchers) };
}

/** Without the blanks around it, as Julia's `strip` has them: no byte order mark, no line separator. */
const trimmed = (line: string): string => line.replace(/^[\t-\r\u0085\p{Zs}]+|[\t-\r\u0085\p{Zs}]+$/gu, '');

/** A rule ready to match, or the phrase that says why it cannot. */
function matcherOf(rule: Rule): Matcher | string {
  const read = readPattern(rule.excludes ? rule.text : rule.text.slice(1));
  if ('wrong' in read) return read.wrong;
  try {
    return { rule, glob: globOf(read.parts), emptied: withoutGlobstars(read.parts).map(globOf) };
  } catch (error) {
    if (error instanceof TypeError) return 'it is too long';
    throw error;
  }
}

/**
 * At the end of a directory's path two stars and a slash may also stand for nothing, so that they cover `data/` where
 * `data/` stands before them. The patterns without them, which have lost one such pair more each.
 * Source: the last loop of `occursin` in Glob.jl 1.4 and later.
 */
function withoutGlobstars(parts: readonly Part[]): readonly (readonly Part[])[] {
  const isRun = (at: number): boolean => parts[at]?.kind === 'run';
  const isText = (at: number, is: (text: string) => boolean): boolean => {
    const part = parts[at];
    return part?.kind === 'text' && is(part.text);
  };
  let end = parts.length;
  while (isRun(end - 1)) end--;
  if (parts.length - end > 2) return [];
  const shorter: (readonly Part[])[] = [];
  while (
    isText(end - 1, (text) => text === '/') &&
    isRun(end - 2) &&
    isRun(end - 3) &&
    isText(end - 4, (text) => text.endsWith('/'))
  ) {
    end -= 3;
    shorter.push(parts.slice(0, end));
  }
  return shorter;
}

/** Deciders for folders; those where the same rules may cover a file share one. The last rule comes first. */
function deciderIn(matchers: readonly Matcher[]): Rules['decidingIn'] {
  const ofDirectories = decider(matchers);
  const tied = matchers.filter(({ glob }) => glob.prefix !== '' || ofFolders(glob) !== '');
  const known = new Map<string, Deciding>();
  return (folder) => {
    const away = tied.filter(({ glob }) => !mayCoverFileIn(glob, folder));
    const key = away.map(({ rule }) => rule.line).join(' ');
    let ofFiles = known.get(key);
    if (!ofFiles) known.set(key, (ofFiles = decider(matchers.filter((matcher) => !away.includes(matcher)))));
    const decides = ofFiles;
    return (path, isDirectory) => (isDirectory ? ofDirectories : decides)(path, isDirectory);
  };
}

/** The part of a pattern's longest text that only folders can match, since a file's name has no slash. */
const ofFolders = ({ inside }: Glob): string => inside.slice(0, inside.lastIndexOf('/') + 1);

/** False only where the fixed parts of a pattern can be in no path of a file that lies just in this folder. */
function mayCoverFileIn(glob: Glob, folder: string): boolean {
  const { prefix, inside } = glob;
  if (!(prefix.length > folder.length ? prefix.startsWith(folder) : folder.startsWith(prefix))) return false;
  const within = ofFolders(glob);
  return within === '' || folder.endsWith(within) || folder.includes(inside);
}

/** The last rule comes first. */
function decider(matchers: readonly Matcher[]): Deciding {
  const maybe = anyFixed(matchers.map(({ glob }) => glob));
  return (path, isDirectory) => {
    if (!isDirectory)
      return maybe.test(path) ? matchers.find(({ glob }) => covers(glob, path))?.rule : undefined;
    const slashed = `${path}/`;
    return matchers.find(
      ({ glob, emptied }) =>
        covers(glob, path) || covers(glob, slashed) || emptied.some((other) => covers(other, slashed)),
    )?.rule;
  };
}

/** So much of a fixed part tells enough; a regular expression may not become too large. */
const enoughUnits = 64;

/**
 * Finds the fixed part of at least one of the patterns, all in one look: of 60 rules most cover nothing of what lies in
 * a folder, and to ask each of them takes five times as long.
 */
function anyFixed(globs: readonly Glob[]): RegExp {
  const fixed = globs.map(({ suffix, inside }) =>
    suffix === '' ? escaped(inside.slice(0, enoughUnits)) : `${escaped(suffix.slice(-enoughUnits))}$`,
  );
  return new RegExp(fixed.length > 0 ? fixed.join('|') : '[]');
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

const covers = (glob: Glob, path: string): boolean =>
  path.endsWith(glob.suffix) &&
  path.startsWith(glob.prefix) &&
  path.includes(glob.inside) &&
  glob.matches(path);
