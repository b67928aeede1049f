import { FolderRules } from './folderRules.js';
import { asSeen, globOf, readPattern, type Part } from './glob.js';
import { deciderOf, type Decides, type Matcher, type Rule } from './matcher.js';

/** The rules of one ignore file, for the paths from its folder on down. */
export interface Rules {
  /** Path of the ignore file. */
  readonly file: string;
  /**
   * The rule that decides over a path relative to the file's folder; undefined: none does, so it is kept.
   * Looks at this path alone, not at the folders above it.
   */
  readonly deciding: Decides;
  /** The same for what lies just in the folder of the file. */
  readonly inFolder: FolderRules;
  /** Lines that can match nothing, a sentence each. */
  readonly warnings: readonly string[];
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
  const deciding = deciderOf(matchers);
  return {
    file,
    warnings,
    deciding: (path, isDirectory) => deciding(asSeen(path), isDirectory),
    inFolder: FolderRules.of(matchers),
  };
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
 * `data/` stands before them. The pattern without any such pair, and with one: with more it covers nothing else, since
 * stars cover slashes.
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
  const ends: number[] = [];
  while (
    isText(end - 1, (text) => text === '/') &&
    isRun(end - 2) &&
    isRun(end - 3) &&
    isText(end - 4, (text) => text.endsWith('/'))
  ) {
    end -= 3;
    ends.push(end);
  }
  return ends.slice(-2).map((at) => parts.slice(0, at));
}
