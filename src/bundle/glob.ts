import { anyChar, createBracketReader, has, type CharSet, type Range } from './charset.js';
import { createPieceMatcher, lead, type Piece } from './pieces.js';

/** A compiled pattern for whole paths in the form of {@link asSeen}. */
export interface Glob {
  /**
   * The prefix, suffix and substring of every matching path, for a fast check before {@link Glob.matches}.
   */
  readonly prefix: string;
  readonly suffix: string;
  readonly inside: string;
  /** True if the pattern matches the whole path. */
  readonly matches: (seen: string) => boolean;
}

/** A part of a pattern: literal text, any number of characters, or one character of a set. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'run' }
  | { readonly kind: 'one'; readonly set: CharSet };

/** A parsed pattern; `wrong` is a phrase that describes why it is invalid. */
export type Parts = { readonly parts: readonly Part[] } | { readonly wrong: string };

/** Parses a pattern. Source: Glob.jl 1.5 without flags. */
export function readPattern(pattern: string): Parts {
  if (pattern.length > mostUnits) return { wrong: 'it is too long' };
  const chars = Array.from(pattern);
  const readBracket = createBracketReader(chars);
  const parts: Part[] = [];
  let text = '';
  const put = (part: Part): void => {
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
    parts.push(part);
  };
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? '';
    const bracket = char === '[' ? readBracket(at + 1) : undefined;
    if (bracket && 'wrong' in bracket) return bracket;
    if (bracket) {
      put({ kind: 'one', set: bracket.set });
      at = bracket.next - 1;
    } else if (char === '*') put({ kind: 'run' });
    else if (char === '?') put({ kind: 'one', set: anyChar });
    else if (char === '\\') text += chars[++at] ?? '\\';
    else text += char;
  }
  if (text !== '') parts.push({ kind: 'text', text });
  return { parts };
}

/**
 * Replaces `/` for minimatch: the patterns do not distinguish folders, and no name contains this character.
 */
export const slash = '\0';

/** A path as minimatch sees it. */
export const asSeen = (path: string): string => lead + withSlash(path);

const withSlash = (text: string): string => text.replaceAll('/', slash);

/** The maximum length of a pattern in minimatch. */
const mostUnits = 1 << 16;

/**
 * Compiles a pattern. minimatch parses it on first use, which for most patterns is never. @throws TypeError
 * if it exceeds minimatch's limit (64 KiB).
 */
export function globOf(parts: readonly Part[]): Glob {
  const texts = parts.map((part) => (part.kind === 'text' ? withSlash(part.text) : ''));
  let units = lead.length;
  for (const part of parts) {
    units += toMinimatch(part).length;
    if (units > mostUnits) throw new TypeError('the pattern is too long');
  }
  let match: Glob['matches'] | undefined;
  return {
    prefix: lead + (texts[0] ?? ''),
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
function splitAtRuns(parts: readonly Part[]): readonly Piece[] {
  const groups: Part[][] = [[]];
  for (const [at, part] of parts.entries()) {
    if (part.kind !== 'run') groups.at(-1)?.push(part);
    else if (parts[at - 1]?.kind !== 'run') groups.push([]);
  }
  return groups.map((group) => ({
    glob: group.map(toMinimatch).join(''),
    points: group.reduce((sum, part) => sum + (part.kind === 'text' ? Array.from(part.text).length : 1), 0),
    text: group.every((part) => part.kind === 'text')
      ? group.map(({ text }) => withSlash(text)).join('')
      : undefined,
  }));
}

function toMinimatch(part: Part): string {
  switch (part.kind) {
    case 'run':
      return '*';
    case 'text':
      return literal(withSlash(part.text));
    case 'one':
      return globOfSet(part.set);
  }
}

/** Cached, since a class can have hundreds of ranges and occur in each line of a file. */
const setGlobs = new WeakMap<CharSet, string>();

function globOfSet(set: CharSet): string {
  const known = setGlobs.get(set);
  if (known !== undefined) return known;
  const glob = oneOf(set);
  setGlobs.set(set, glob);
  return glob;
}

/** Escapes literal text. A bar is put into brackets, since minimatch loses the backslash before it. */
const literal = (text: string): string =>
  text.replace(/[^\p{L}\p{N}\p{C}]/gu, (char) => (char === '|' ? '[|]' : `\\${char}`));

/**
 * Matches one character of a set. minimatch counts UTF-16 code units, so characters beyond U+FFFF become
 * pairs of brackets.
 */
function oneOf(set: CharSet): string {
  const near = nearRanges(set);
  const choices = [...(near.length > 0 ? [bracket(near)] : []), ...set.flatMap(farBrackets)];
  if (choices.length === 1) return choices[0] ?? '';
  // No path that minimatch sees contains a slash.
  return choices.length === 0 ? '/' : `@(${choices.join('|')})`;
}

/** The ranges up to U+FFFF, without surrogates and with `/` replaced. */
function nearRanges(set: CharSet): readonly Range[] {
  const parts: readonly Range[] = [
    [0x01, 0x2e],
    [0x30, 0xd7ff],
    [0xe000, 0xffff],
  ];
  const near = parts.flatMap(([low, high]) =>
    set
      .map(([from, to]): Range => [Math.max(from, low), Math.min(to, high)])
      .filter(([from, to]) => from <= to),
  );
  return has(set, 0x2f) ? [[0, 0], ...near] : near;
}

/** A range beyond U+FFFF as brackets of high and low surrogates. */
function farBrackets([from, to]: Range): readonly string[] {
  const result: string[] = [];
  let next = Math.max(from, 0x10000);
  while (next <= to) {
    const [high, low] = surrogates(next);
    // Complete blocks of 1024 characters.
    const whole = low === 0xdc00 ? Math.floor((to + 1 - next) / 0x400) : 0;
    const end = whole > 0 ? next + whole * 0x400 - 1 : Math.min(to, next | 0x3ff);
    const [endHigh, endLow] = surrogates(end);
    result.push(bracket([[high, endHigh]]) + bracket([[low, endLow]]));
    next = end + 1;
  }
  return result;
}

const surrogates = (point: number): Range => {
  const over = point - 0x10000;
  return [0xd800 + (over >> 10), 0xdc00 + (over & 0x3ff)];
};

/**
 * Converts ranges of UTF-16 code units into a bracket expression. minimatch copies the first member
 * unescaped, so it must not be a caret, which would negate.
 */
function bracket(ranges: readonly Range[]): string {
  const [lowest, highest] = [ranges[0]?.[0] ?? 0, ranges.at(-1)?.[1] ?? 0];
  if (lowest === highest) return literal(String.fromCharCode(lowest));
  const first = highest === 0x5e ? lowest : highest;
  const members = ranges.map(([from, to]) => (from === to ? unit(from) : `${unit(from)}-${unit(to)}`));
  return `[${unit(first)}${members.join('')}]`;
}

const unit = (code: number): string => {
  const char = String.fromCharCode(code);
  return /[!-/:-@[-`{-~]/.test(char) ? `\\${char}` : char;
};
