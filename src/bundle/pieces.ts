import { Minimatch, type MinimatchOptions } from 'minimatch';

/** The part of a pattern between two stars, which matches texts of one length only. */
export interface Piece {
  /** As minimatch parses it; empty if the pattern starts or ends with a star. */
  readonly glob: string;
  /** The number of characters it matches, in code points. */
  readonly points: number;
  /** The same if it is literal. */
  readonly text: string | undefined;
}

/**
 * Prepended to patterns and paths, so that minimatch never sees a leading dot, a lone star or an empty path.
 */
export const lead = ':';

/** With these options minimatch interprets only `*`, brackets, `@(…|…)` and backslashes. */
const options: MinimatchOptions = {
  dot: true,
  nobrace: true,
  nocomment: true,
  nonegate: true,
  noglobstar: true,
  platform: 'linux',
  preserveMultipleSlashes: true,
};

/**
 * Matches whole paths, which start with {@link lead}, against pieces separated by any text.
 *
 * minimatch converts a pattern into one regular expression, whose run time is exponential in the number of
 * stars: minutes for one path. Therefore minimatch parses the pieces separately, and each is searched after
 * the previous one. Since a piece always matches the same number of characters, its first match leaves the
 * most room for the next.
 */
export function createPieceMatcher(pieces: readonly Piece[]): (seen: string) => boolean {
  const [first, ...others] = pieces;
  const last = others.pop();
  if (!first || !last || others.length === 0) return createWholeMatcher(pieces);
  const points = pieces.reduce((sum, piece) => sum + piece.points, lead.length);
  let finders: Finders | undefined;
  return (seen) => {
    if (seen.length < points) return false;
    finders ??= createFinders(first, others, last);
    const { begins, between, ends } = finders;
    const stop = backBy(seen, last.points);
    let at = begins(seen, 0);
    for (const find of between) {
      if (at < 0 || at > stop) return false;
      at = find(seen, at);
    }
    return at >= 0 && at <= stop && ends(seen, stop) === seen.length;
  };
}

/** Patterns with at most one star: a single regular expression needs no backtracking. */
function createWholeMatcher(pieces: readonly Piece[]): (seen: string) => boolean {
  const regexp = regexpOf(pieces.map(({ glob }) => glob).join('*'));
  return (seen) => regexp.test(seen);
}

/** Returns the end of a piece found at or after a position; -1 if not found. */
type Find = (seen: string, from: number) => number;

interface Finders {
  readonly begins: Find;
  readonly between: readonly Find[];
  readonly ends: Find;
}

function createFinders(first: Piece, others: readonly Piece[], last: Piece): Finders {
  const known = new Map<string, Find>();
  const between = others.map((piece) => {
    const find = known.get(piece.glob) ?? createSearch(piece);
    known.set(piece.glob, find);
    return find;
  });
  const begins = createFind(`${lead}${sourceOf(first.glob)}`, 'y');
  return { begins, between, ends: createFind(sourceOf(last.glob), 'y') };
}

function createSearch({ text, glob }: Piece): Find {
  if (text === undefined) return createFind(sourceOf(glob), 'g');
  return (seen, from) => {
    const at = seen.indexOf(text, from);
    return at < 0 ? -1 : at + text.length;
  };
}

function createFind(source: string, flag: 'y' | 'g'): Find {
  const regexp = new RegExp(source, flag);
  return (seen, from) => {
    regexp.lastIndex = from;
    return regexp.test(seen) ? regexp.lastIndex : -1;
  };
}

/** The regular expression of a piece, without its anchors. */
function sourceOf(glob: string): string {
  const { source } = regexpOf(glob);
  const [begin, end] = [`^${lead}`, '$'];
  if (!source.startsWith(begin) || !source.endsWith(end))
    throw new Error(`minimatch made ${source} of ${glob}`);
  return source.slice(begin.length, -end.length);
}

function regexpOf(glob: string): RegExp {
  const regexp = new Minimatch(lead + glob, options).makeRe();
  if (regexp === false) throw new Error(`minimatch could not read ${glob}`);
  return regexp;
}

/** The start of the last `points` code points of a text; below 0 if it has fewer. */
function backBy(text: string, points: number): number {
  let at = text.length;
  for (let left = points; left > 0; left--) at -= (text.codePointAt(at - 2) ?? 0) > 0xffff ? 2 : 1;
  return at;
}
