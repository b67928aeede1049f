import { Minimatch, type MinimatchOptions } from 'minimatch';

/** The part of a pattern between two stars, which matches texts of one length only. */
export interface PatternPiece {
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
export const matchPathPrefix = ':';

/** With these options minimatch interprets only `*`, brackets, `@(…|…)` and backslashes. */
const minimatchOptions: MinimatchOptions = {
  dot: true,
  nobrace: true,
  nocomment: true,
  nonegate: true,
  noglobstar: true,
  platform: 'linux',
  preserveMultipleSlashes: true,
};

/**
 * Matches whole paths, which start with {@link matchPathPrefix}, against pieces separated by any text.
 *
 * minimatch converts a pattern into one regular expression, whose run time is exponential in the number of
 * stars: minutes for one path. Therefore minimatch parses the pieces separately, and each is searched after
 * the previous one. Since a piece always matches the same number of characters, its first match leaves the
 * most room for the next.
 */
export function createPieceMatcher(pieces: readonly PatternPiece[]): (seen: string) => boolean {
  const [first, ...others] = pieces;
  const last = others.pop();
  if (!first || !last || others.length === 0) return createWholeMatcher(pieces);
  const points = pieces.reduce((sum, piece) => sum + piece.points, matchPathPrefix.length);
  let finders: PieceFinders | undefined;
  return (seen) => {
    if (seen.length < points) return false;
    finders ??= createFinders(first, others, last);
    const { begins, between, ends } = finders;
    const stop = getIndexBefore(seen, last.points);
    let at = begins(seen, 0);
    for (const find of between) {
      if (at < 0 || at > stop) return false;
      at = find(seen, at);
    }
    return at >= 0 && at <= stop && ends(seen, stop) === seen.length;
  };
}

/** Patterns with at most one star: a single regular expression needs no backtracking. */
function createWholeMatcher(pieces: readonly PatternPiece[]): (seen: string) => boolean {
  const regexp = compileRegExp(pieces.map(({ glob }) => glob).join('*'));
  return (seen) => regexp.test(seen);
}

/** Returns the end of a piece found at or after a position; -1 if not found. */
type PieceFinder = (seen: string, from: number) => number;

interface PieceFinders {
  readonly begins: PieceFinder;
  readonly between: readonly PieceFinder[];
  readonly ends: PieceFinder;
}

function createFinders(
  first: PatternPiece,
  others: readonly PatternPiece[],
  last: PatternPiece,
): PieceFinders {
  const known = new Map<string, PieceFinder>();
  const between = others.map((piece) => {
    const find = known.get(piece.glob) ?? createPieceSearch(piece);
    known.set(piece.glob, find);
    return find;
  });
  const begins = createPieceFinder(`${matchPathPrefix}${getRegExpSource(first.glob)}`, 'y');
  return { begins, between, ends: createPieceFinder(getRegExpSource(last.glob), 'y') };
}

function createPieceSearch({ text, glob }: PatternPiece): PieceFinder {
  if (text === undefined) return createPieceFinder(getRegExpSource(glob), 'g');
  return (seen, from) => {
    const at = seen.indexOf(text, from);
    return at < 0 ? -1 : at + text.length;
  };
}

function createPieceFinder(source: string, flag: 'y' | 'g'): PieceFinder {
  const regexp = new RegExp(source, flag);
  return (seen, from) => {
    regexp.lastIndex = from;
    return regexp.test(seen) ? regexp.lastIndex : -1;
  };
}

/** The regular expression of a piece, without its anchors. */
function getRegExpSource(glob: string): string {
  const { source } = compileRegExp(glob);
  const [begin, end] = [`^${matchPathPrefix}`, '$'];
  if (!source.startsWith(begin) || !source.endsWith(end))
    throw new Error(`minimatch made ${source} of ${glob}`);
  return source.slice(begin.length, -end.length);
}

function compileRegExp(glob: string): RegExp {
  const regexp = new Minimatch(matchPathPrefix + glob, minimatchOptions).makeRe();
  if (regexp === false) throw new Error(`minimatch could not read ${glob}`);
  return regexp;
}

/** The start of the last `points` code points of a text; below 0 if it has fewer. */
function getIndexBefore(text: string, points: number): number {
  let at = text.length;
  for (let left = points; left > 0; left--) at -= (text.codePointAt(at - 2) ?? 0) > 0xffff ? 2 : 1;
  return at;
}
