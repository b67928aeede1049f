import { Minimatch, type MinimatchOptions } from 'minimatch';

/** What a pattern has between two stars: it covers texts of one length only. */
export interface Piece {
  /** As minimatch reads it; empty at an end of the pattern that is a star. */
  readonly glob: string;
  /** How many characters it covers, counted in code points. */
  readonly points: number;
  /** The same where it stands for itself. */
  readonly text: string | undefined;
}

/** Put before pattern and path, so that minimatch never sees a leading dot, a lone star or an empty path. */
export const lead = ':';

/** minimatch knows nothing but `*`, brackets, `@(…|…)` and backslashes with these. */
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
 * Matches whole paths, which begin with {@link lead}, against pieces with any text between them. minimatch makes one
 * regular expression of a pattern, which with several stars may try each place of each star for each place of the others:
 * minutes for one path. So minimatch reads the pieces one by one, and each is looked for behind the one before it: as
 * long as a piece always covers the same number of characters, its first place leaves the most room for the next.
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

/** Patterns with one star at most: a single regular expression has nothing to try twice. */
function createWholeMatcher(pieces: readonly Piece[]): (seen: string) => boolean {
  const regexp = regexpOf(pieces.map(({ glob }) => glob).join('*'));
  return (seen) => regexp.test(seen);
}

/** Where a piece ends that is looked for from a place on; -1: it is not there. */
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

/** The regular expression that minimatch makes of a piece, without what binds it to the ends of a path. */
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

/** Where the last so many code points of a text begin; below 0: it has fewer. */
function backBy(text: string, points: number): number {
  let at = text.length;
  for (let left = points; left > 0; left--) at -= (text.codePointAt(at - 2) ?? 0) > 0xffff ? 2 : 1;
  return at;
}
