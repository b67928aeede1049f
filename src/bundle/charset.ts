/** An inclusive range of code points. */
export type CodePointRange = readonly [from: number, to: number];

/** A set of characters: ascending, disjoint and non-adjacent ranges of code points. */
export type CharSet = readonly CodePointRange[];

/** A parsed bracket expression; `next` is the position after it. */
export type BracketResult =
  | { readonly set: CharSet; readonly next: number }
  /** A class or symbol that does not exist: the pattern is invalid. */
  | { readonly problem: string };

const maxCodePoint = 0x10ffff;

/** All characters. */
export const anyCharacter: CharSet = [[0, maxCodePoint]];

/**
 * The POSIX classes of Glob.jl as Unicode categories. Source: Glob.jl 1.5, Julia's `isletter` and similar
 * functions.
 */
const posixClasses: ReadonlyMap<string, RegExp> = new Map([
  ['alnum', /[\p{L}\p{N}]/u],
  ['alpha', /\p{L}/u],
  ['blank', /[ \t]/u],
  ['cntrl', /\p{Cc}/u],
  ['digit', /[0-9]/u],
  ['graph', /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u],
  ['lower', /\p{Ll}/u],
  ['print', /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]/u],
  ['punct', /\p{P}/u],
  ['space', /[\t-\r\u0085\p{Zs}]/u],
  ['upper', /[\p{Lu}\p{Lt}]/u],
  ['xdigit', /[0-9A-Fa-f]/u],
]);

const posixClassSets = new Map<string, CharSet>();

/** The characters of a POSIX class; undefined if no class has this name. */
function getPosixClassSet(name: string): CharSet | undefined {
  const known = posixClassSets.get(name);
  const test = posixClasses.get(name);
  if (known || !test) return known;
  const ranges: CodePointRange[] = [];
  let from: number | undefined;
  for (let point = 0; point <= maxCodePoint + 1; point++) {
    const is = point <= maxCodePoint && test.test(String.fromCodePoint(point));
    if (is) from ??= point;
    else if (from !== undefined) {
      ranges.push([from, point - 1]);
      from = undefined;
    }
  }
  posixClassSets.set(name, ranges);
  return ranges;
}

/** Sorts ranges and joins overlapping and adjacent ones. */
export function mergeRanges(ranges: readonly CodePointRange[]): CharSet {
  const result: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else if (from <= to) result.push([from, to]);
  }
  return result;
}

/** The complement of a set. */
export function invertCharSet(set: CharSet): CharSet {
  const result: CodePointRange[] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) result.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= maxCodePoint) result.push([next, maxCodePoint]);
  return result;
}

/** True if a set contains a character. */
export const hasCharacter = (set: CharSet, point: number): boolean =>
  set.some(([from, to]) => from <= point && point <= to);

/** A member of a bracket expression: a character, which can be the start or end of a range, or a class. */
type BracketMember =
  | { readonly point: number; readonly next: number }
  | { readonly set: CharSet; readonly next: number }
  | { readonly problem: string };

/**
 * Parses the bracket expression whose `[` is directly before `start`. Only `!` negates; a `]` in first
 * position is a member, and so is a backslash. Undefined if it is not closed, so that its `[` is an ordinary
 * character. Source: Glob.jl 1.5 without flags.
 */
export type BracketReader = (start: number) => BracketResult | undefined;

/**
 * Creates a parser for the brackets of one pattern. Runs in linear time: positions after an unclosed bracket
 * are not parsed again.
 *
 * @param chars - The pattern, one character per element.
 */
export function createBracketReader(chars: readonly string[]): BracketReader {
  const unclosed = new Set<number>();
  return (start) => {
    const first = chars[start] === '!' ? start + 1 : start;
    const ranges: CodePointRange[] = [];
    const classes = new Set<CharSet>();
    const passed: number[] = [];
    let at = first;
    while (at < chars.length && !unclosed.has(at)) {
      if (chars[at] === ']' && at > first) {
        const text = chars.slice(start, at).join('');
        return { set: toCharSet(text, ranges, classes), next: at + 1 };
      }
      if (at > first) passed.push(at);
      const member = readBracketMember(chars, at);
      if (!member) break;
      if ('problem' in member) return member;
      at = member.next;
      if ('set' in member) {
        classes.add(member.set);
      } else if (chars[at] !== '-') {
        ranges.push([member.point, member.point]);
      } else if (chars[at + 1] === ']') {
        ranges.push([member.point, member.point]); // the dash is the next member
      } else {
        const end = readBracketMember(chars, at + 1);
        if (!end) break;
        if ('problem' in end) return end;
        if ('set' in end) return { problem: 'a class cannot end a range' };
        ranges.push([member.point, end.point]);
        at = end.next;
      }
    }
    for (const place of passed) unclosed.add(place);
    return undefined;
  };
}

/**
 * Caches sets by the text of their brackets: a class can have hundreds of ranges and occur in each line of a
 * file.
 */
const bracketSets = new Map<string, CharSet>();
const maxBracketSets = 1000;

function toCharSet(text: string, ranges: readonly CodePointRange[], classes: ReadonlySet<CharSet>): CharSet {
  const known = bracketSets.get(text);
  if (known) return known;
  const own = mergeRanges([...ranges, ...[...classes].flat()]);
  const set = text.startsWith('!') ? invertCharSet(own) : own;
  if (bracketSets.size < maxBracketSets) bracketSets.set(text, set);
  return set;
}

/** Undefined if the pattern ends within the member. */
function readBracketMember(chars: readonly string[], at: number): BracketMember | undefined {
  const char = chars[at];
  if (char === undefined) return undefined;
  const kind = chars[at + 1];
  const plain = { point: char.codePointAt(0) ?? 0, next: at + 1 };
  if (char !== '[') return plain;
  if (kind === undefined) return undefined;
  if (kind !== ':' && kind !== '.' && kind !== '=') return plain;
  return readNamedMember(chars, at + 2, kind);
}

/**
 * Parses `[:name:]`, `[.x.]` or `[=x=]`, starting at its name. As in Glob.jl, it ends at the first matching
 * mark or `]`, regardless of the next character.
 */
function readNamedMember(
  chars: readonly string[],
  start: number,
  kind: ':' | '.' | '=',
): BracketMember | undefined {
  let end = start - 1;
  while (chars[end + 1] !== ']' && (end < start || chars[end] !== kind)) {
    end++;
    if (end + 1 >= chars.length) return undefined;
  }
  const name = chars.slice(start, Math.max(start + 1, end)).join('');
  const next = end + 2;
  if (kind === ':') {
    const set = getPosixClassSet(name);
    return set ? { set, next } : { problem: `[:${name}:] is not a character class` };
  }
  const point = name.codePointAt(0);
  if (point === undefined || String.fromCodePoint(point) !== name)
    return { problem: `[${kind}${name}${kind}] is not one character` };
  return kind === '.' ? { point, next } : { set: [[point, point]], next };
}
