/** An inclusive range of code points. */
export type Range = readonly [from: number, to: number];

/** A set of characters: ascending, disjoint and non-adjacent ranges of code points. */
export type CharSet = readonly Range[];

/** A parsed bracket expression; `next` is the position after it. */
export type Bracket =
  | { readonly set: CharSet; readonly next: number }
  /** A class or symbol that does not exist: the pattern is invalid. */
  | { readonly wrong: string };

const last = 0x10ffff;

/** All characters. */
export const anyChar: CharSet = [[0, last]];

/**
 * The POSIX classes of Glob.jl as Unicode categories. Source: Glob.jl 1.5, Julia's `isletter` and similar
 * functions.
 */
const classes: ReadonlyMap<string, RegExp> = new Map([
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

const classSets = new Map<string, CharSet>();

/** The characters of a POSIX class; undefined if no class has this name. */
function classSet(name: string): CharSet | undefined {
  const known = classSets.get(name);
  const test = classes.get(name);
  if (known || !test) return known;
  const ranges: Range[] = [];
  let from: number | undefined;
  for (let point = 0; point <= last + 1; point++) {
    const is = point <= last && test.test(String.fromCodePoint(point));
    if (is) from ??= point;
    else if (from !== undefined) {
      ranges.push([from, point - 1]);
      from = undefined;
    }
  }
  classSets.set(name, ranges);
  return ranges;
}

/** Sorts ranges and joins overlapping and adjacent ones. */
export function joined(ranges: readonly Range[]): CharSet {
  const result: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else if (from <= to) result.push([from, to]);
  }
  return result;
}

/** The complement of a set. */
export function inverted(set: CharSet): CharSet {
  const result: Range[] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) result.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) result.push([next, last]);
  return result;
}

/** True if a set contains a character. */
export const has = (set: CharSet, point: number): boolean =>
  set.some(([from, to]) => from <= point && point <= to);

/** A member of a bracket expression: a character, which can be the start or end of a range, or a class. */
type Member =
  | { readonly point: number; readonly next: number }
  | { readonly set: CharSet; readonly next: number }
  | { readonly wrong: string };

/**
 * Parses the bracket expression whose `[` is directly before `start`. Only `!` negates; a `]` in first
 * position is a member, and so is a backslash. Undefined if it is not closed, so that its `[` is an ordinary
 * character. Source: Glob.jl 1.5 without flags.
 */
export type ReadBracket = (start: number) => Bracket | undefined;

/**
 * Creates a parser for the brackets of one pattern. Runs in linear time: positions after an unclosed bracket
 * are not parsed again.
 *
 * @param chars - The pattern, one character per element.
 */
export function createBracketReader(chars: readonly string[]): ReadBracket {
  const unclosed = new Set<number>();
  return (start) => {
    const first = chars[start] === '!' ? start + 1 : start;
    const ranges: Range[] = [];
    const classes = new Set<CharSet>();
    const passed: number[] = [];
    let at = first;
    while (at < chars.length && !unclosed.has(at)) {
      if (chars[at] === ']' && at > first) {
        const text = chars.slice(start, at).join('');
        return { set: toSet(text, ranges, classes), next: at + 1 };
      }
      if (at > first) passed.push(at);
      const member = readMember(chars, at);
      if (!member) break;
      if ('wrong' in member) return member;
      at = member.next;
      if ('set' in member) {
        classes.add(member.set);
      } else if (chars[at] !== '-') {
        ranges.push([member.point, member.point]);
      } else if (chars[at + 1] === ']') {
        ranges.push([member.point, member.point]); // the dash is the next member
      } else {
        const end = readMember(chars, at + 1);
        if (!end) break;
        if ('wrong' in end) return end;
        if ('set' in end) return { wrong: 'a class cannot end a range' };
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

function toSet(text: string, ranges: readonly Range[], classes: ReadonlySet<CharSet>): CharSet {
  const known = bracketSets.get(text);
  if (known) return known;
  const own = joined([...ranges, ...[...classes].flat()]);
  const set = text.startsWith('!') ? inverted(own) : own;
  if (bracketSets.size < maxBracketSets) bracketSets.set(text, set);
  return set;
}

/** Undefined if the pattern ends within the member. */
function readMember(chars: readonly string[], at: number): Member | undefined {
  const char = chars[at];
  if (char === undefined) return undefined;
  const kind = chars[at + 1];
  const plain = { point: char.codePointAt(0) ?? 0, next: at + 1 };
  if (char !== '[') return plain;
  if (kind === undefined) return undefined;
  if (kind !== ':' && kind !== '.' && kind !== '=') return plain;
  return readNamed(chars, at + 2, kind);
}

/**
 * Parses `[:name:]`, `[.x.]` or `[=x=]`, starting at its name. As in Glob.jl, it ends at the first matching
 * mark or `]`, regardless of the next character.
 */
function readNamed(chars: readonly string[], start: number, kind: ':' | '.' | '='): Member | undefined {
  let end = start - 1;
  while (chars[end + 1] !== ']' && (end < start || chars[end] !== kind)) {
    end++;
    if (end + 1 >= chars.length) return undefined;
  }
  const name = chars.slice(start, Math.max(start + 1, end)).join('');
  const next = end + 2;
  if (kind === ':') {
    const set = classSet(name);
    return set ? { set, next } : { wrong: `[:${name}:] is not a character class` };
  }
  const point = name.codePointAt(0);
  if (point === undefined || String.fromCodePoint(point) !== name)
    return { wrong: `[${kind}${name}${kind}] is not one character` };
  return kind === '.' ? { point, next } : { set: [[point, point]], next };
}
