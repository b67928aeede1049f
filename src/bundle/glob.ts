import {
  anyCharacter,
  createBracketReader,
  hasCharacter,
  type CharSet,
  type CodePointRange,
} from './charset.js';
import { createPieceMatcher, matchPathPrefix, type PatternPiece } from './patternPieces.js';

/** A compiled pattern for whole paths in the form of {@link toMatchPath}. */
export interface CompiledGlob {
  /**
   * The prefix, suffix and substring of every matching path, for a fast check before {@link CompiledGlob.matches}.
   */
  readonly prefix: string;
  readonly suffix: string;
  readonly inside: string;
  /** True if the pattern matches the whole path. */
  readonly matches: (seen: string) => boolean;
}

/** A part of a pattern: literal text, any number of characters, or one character of a set. */
export type GlobPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'run' }
  | { readonly kind: 'one'; readonly set: CharSet };

/** A parsed pattern; `wrong` is a phrase that describes why it is invalid. */
export type ParsedGlob = { readonly parts: readonly GlobPart[] } | { readonly problem: string };

/** Parses a pattern. Source: Glob.jl 1.5 without flags. */
export function parseGlob(pattern: string): ParsedGlob {
  if (pattern.length > maxPatternUnits) return { problem: 'it is too long' };
  const chars = Array.from(pattern);
  const readBracket = createBracketReader(chars);
  const parts: GlobPart[] = [];
  let text = '';
  const put = (part: GlobPart): void => {
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
    parts.push(part);
  };
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? '';
    const bracket = char === '[' ? readBracket(at + 1) : undefined;
    if (bracket && 'problem' in bracket) return bracket;
    if (bracket) {
      put({ kind: 'one', set: bracket.set });
      at = bracket.next - 1;
    } else if (char === '*') put({ kind: 'run' });
    else if (char === '?') put({ kind: 'one', set: anyCharacter });
    else if (char === '\\') text += chars[++at] ?? '\\';
    else text += char;
  }
  if (text !== '') parts.push({ kind: 'text', text });
  return { parts };
}

/**
 * Replaces `/` for minimatch: the patterns do not distinguish folders, and no name contains this character.
 */
export const slashPlaceholder = '\0';

/** A path as minimatch sees it. */
export const toMatchPath = (path: string): string => matchPathPrefix + replaceSlashes(path);

const replaceSlashes = (text: string): string => text.replaceAll('/', slashPlaceholder);

/** The maximum length of a pattern in minimatch. */
const maxPatternUnits = 1 << 16;

/**
 * Compiles a pattern. minimatch parses it on first use, which for most patterns is never. @throws TypeError
 * if it exceeds minimatch's limit (64 KiB).
 */
export function compileGlob(parts: readonly GlobPart[]): CompiledGlob {
  const texts = parts.map((part) => (part.kind === 'text' ? replaceSlashes(part.text) : ''));
  let units = matchPathPrefix.length;
  for (const part of parts) {
    units += toMinimatch(part).length;
    if (units > maxPatternUnits) throw new TypeError('the pattern is too long');
  }
  let match: CompiledGlob['matches'] | undefined;
  return {
    prefix: matchPathPrefix + (texts[0] ?? ''),
    suffix: texts.at(-1) ?? '',
    inside: texts.reduce((longest, text) => (text.length > longest.length ? text : longest), ''),
    matches: (seen) => {
      match ??= createPieceMatcher(splitAtRuns(parts));
      return match(seen);
    },
  };
}

/**
 * The pieces between the stars of a pattern; the first and the last can be empty. Consecutive stars count as
 * one.
 */
function splitAtRuns(parts: readonly GlobPart[]): readonly PatternPiece[] {
  const groups: GlobPart[][] = [[]];
  for (const [at, part] of parts.entries()) {
    if (part.kind !== 'run') groups.at(-1)?.push(part);
    else if (parts[at - 1]?.kind !== 'run') groups.push([]);
  }
  return groups.map((group) => ({
    glob: group.map(toMinimatch).join(''),
    points: group.reduce((sum, part) => sum + (part.kind === 'text' ? Array.from(part.text).length : 1), 0),
    text: group.every((part) => part.kind === 'text')
      ? group.map(({ text }) => replaceSlashes(text)).join('')
      : undefined,
  }));
}

function toMinimatch(part: GlobPart): string {
  switch (part.kind) {
    case 'run':
      return '*';
    case 'text':
      return escapeLiteral(replaceSlashes(part.text));
    case 'one':
      return toSetGlob(part.set);
  }
}

/** Cached, since a class can have hundreds of ranges and occur in each line of a file. */
const charSetGlobs = new WeakMap<CharSet, string>();

function toSetGlob(set: CharSet): string {
  const known = charSetGlobs.get(set);
  if (known !== undefined) return known;
  const glob = formatCharSetGlob(set);
  charSetGlobs.set(set, glob);
  return glob;
}

/** Escapes literal text. A bar is put into brackets, since minimatch loses the backslash before it. */
const escapeLiteral = (text: string): string =>
  text.replace(/[^\p{L}\p{N}\p{C}]/gu, (char) => (char === '|' ? '[|]' : `\\${char}`));

/**
 * Matches one character of a set. minimatch counts UTF-16 code units, so characters beyond U+FFFF become
 * pairs of brackets.
 */
function formatCharSetGlob(set: CharSet): string {
  const near = listBmpRanges(set);
  const choices = [...(near.length > 0 ? [formatBracket(near)] : []), ...set.flatMap(formatAstralBrackets)];
  if (choices.length === 1) return choices[0] ?? '';
  // No path that minimatch sees contains a slash.
  return choices.length === 0 ? '/' : `@(${choices.join('|')})`;
}

/** The ranges up to U+FFFF, without surrogates and with `/` replaced. */
function listBmpRanges(set: CharSet): readonly CodePointRange[] {
  const parts: readonly CodePointRange[] = [
    [0x01, 0x2e],
    [0x30, 0xd7ff],
    [0xe000, 0xffff],
  ];
  const near = parts.flatMap(([low, high]) =>
    set
      .map(([from, to]): CodePointRange => [Math.max(from, low), Math.min(to, high)])
      .filter(([from, to]) => from <= to),
  );
  return hasCharacter(set, 0x2f) ? [[0, 0], ...near] : near;
}

/** A range beyond U+FFFF as brackets of high and low surrogates. */
function formatAstralBrackets([from, to]: CodePointRange): readonly string[] {
  const result: string[] = [];
  let next = Math.max(from, 0x10000);
  while (next <= to) {
    const [high, low] = toSurrogates(next);
    // Complete blocks of 1024 characters.
    const whole = low === 0xdc00 ? Math.floor((to + 1 - next) / 0x400) : 0;
    const end = whole > 0 ? next + whole * 0x400 - 1 : Math.min(to, next | 0x3ff);
    const [endHigh, endLow] = toSurrogates(end);
    result.push(formatBracket([[high, endHigh]]) + formatBracket([[low, endLow]]));
    next = end + 1;
  }
  return result;
}

const toSurrogates = (point: number): CodePointRange => {
  const over = point - 0x10000;
  return [0xd800 + (over >> 10), 0xdc00 + (over & 0x3ff)];
};

/**
 * Converts ranges of UTF-16 code units into a bracket expression. minimatch copies the first member
 * unescaped, so it must not be a caret, which would negate.
 */
function formatBracket(ranges: readonly CodePointRange[]): string {
  const [lowest, highest] = [ranges[0]?.[0] ?? 0, ranges.at(-1)?.[1] ?? 0];
  if (lowest === highest) return escapeLiteral(String.fromCharCode(lowest));
  const first = highest === 0x5e ? lowest : highest;
  const members = ranges.map(([from, to]) =>
    from === to ? formatUnit(from) : `${formatUnit(from)}-${formatUnit(to)}`,
  );
  return `[${formatUnit(first)}${members.join('')}]`;
}

const formatUnit = (code: number): string => {
  const char = String.fromCharCode(code);
  return /[!-/:-@[-`{-~]/.test(char) ? `\\${char}` : char;
};
