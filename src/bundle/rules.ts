import { FolderRules } from './folderRules.js';
import { toMatchPath, compileGlob, parseGlob, type GlobPart } from './glob.js';
import { createMatcher, type RuleMatcher, type CompiledRule, type IgnoreRule } from './matcher.js';

/** The rules of one ignore file, for the paths from its folder on down. */
export interface IgnoreFileRules {
  /** Path of the ignore file. */
  readonly file: string;
  /**
   * The rule that decides about a path relative to the file's folder; undefined if none matches, so the path
   * is included. Does not consider the folders above the path.
   */
  readonly deciding: RuleMatcher;
  /** The same for direct items of the file's folder. */
  readonly inFolder: FolderRules;
  /** Warnings about invalid lines, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Parses an ignore file. Source: the JuliaHub.jl bundler, `src/PackageBundler/utils.jl`, and Glob.jl 1.5.
 *
 * @param file - Its path, for {@link IgnoreFileRules.file}.
 */
export function parseIgnoreFile(text: string, file: string): IgnoreFileRules {
  const warnings: string[] = [];
  const matchers: CompiledRule[] = [];
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    const line = trimBlanks(raw);
    if (line === '' || line.startsWith('#')) continue;
    const rule: IgnoreRule = { text: line, line: index + 1, excludes: !line.startsWith('!') };
    const matcher = compileRule(rule);
    if (typeof matcher === 'string')
      warnings.push(`${file}:${rule.line}: "${line}" matches nothing: ${matcher}.`);
    else matchers.push(matcher);
  }
  matchers.reverse(); // the last rule that matches a path decides
  const deciding = createMatcher(matchers);
  return {
    file,
    warnings,
    deciding: (path, isDirectory) => deciding(toMatchPath(path), isDirectory),
    inFolder: FolderRules.of(matchers),
  };
}

/** Trims a line like Julia's `strip`: a byte order mark and line separators remain. */
const trimBlanks = (line: string): string =>
  line.replace(/^[\t-\r\u0085\p{Zs}]+|[\t-\r\u0085\p{Zs}]+$/gu, '');

/** A compiled rule, or a phrase that describes why it is invalid. */
function compileRule(rule: IgnoreRule): CompiledRule | string {
  const read = parseGlob(rule.excludes ? rule.text : rule.text.slice(1));
  if ('problem' in read) return read.problem;
  try {
    return { rule, glob: compileGlob(read.parts), emptied: expandGlobstars(read.parts).map(compileGlob) };
  } catch (error) {
    if (error instanceof TypeError) return 'it is too long';
    throw error;
  }
}

/**
 * At the end of a directory's path, two stars and a slash also match nothing, so that they match `data/`
 * after `data/`. Returns the pattern without any such pair, and with one; more pairs match nothing else,
 * since stars match slashes. Source: the last loop of `occursin` in Glob.jl 1.4 and later.
 */
function expandGlobstars(parts: readonly GlobPart[]): readonly (readonly GlobPart[])[] {
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
