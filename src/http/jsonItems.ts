/** One item of an array: its value, or why it could not be parsed. */
export type JsonItem =
  { readonly value: unknown } | { readonly malformed: 'tooLong' | 'tooDeep' | 'notJson' };

/** Limits for an item; an item that exceeds them is malformed, and its text is discarded. */
export interface ItemBounds {
  readonly maxChars: number;
  /** Maximum nesting of objects and arrays. */
  readonly maxDepth: number;
}

/** Finds the items of a JSON array in a text that arrives in pieces, and parses each separately. */
export interface ItemScanner {
  /** Processes the next piece. @throws SyntaxError if the text is not a JSON array. */
  readonly push: (piece: string) => void;
  /** True once the end of the array was found. */
  readonly hasEnded: () => boolean;
}

const openers = new Set([0x5b, 0x7b]);
const closers = new Set([0x5d, 0x7d]);
const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** The state of the scanner: the current item and its nesting. */
interface ScanState {
  depth: number;
  deepest: number;
  chars: number;
  parts: string[];
  isInString: boolean;
  isEscaped: boolean;
}

const createScanState = (): ScanState => ({
  depth: 0,
  deepest: 0,
  chars: 0,
  parts: [],
  isInString: false,
  isEscaped: false,
});

/**
 * Creates a scanner; the text must start with the opening bracket. The callback receives each item, in order.
 */
export function createItemScanner(bounds: ItemBounds, take: (item: JsonItem) => void): ItemScanner {
  let now: ScanState | undefined;
  /**
   * Expected next: the array itself, an item (or the end of the array), an item only, a comma or the end,
   * nothing.
   */
  let expects: 'array' | 'first' | 'item' | 'comma' | 'nothing' = 'array';

  /** Adds a part of the current item's text. */
  function keep(standing: ScanState, part: string): void {
    standing.chars += part.length;
    if (standing.chars > bounds.maxChars || standing.deepest > bounds.maxDepth) standing.parts = [];
    else standing.parts.push(part);
  }

  function finish(standing: ScanState): void {
    now = undefined;
    expects = 'comma';
    take(toItem(standing, bounds));
  }

  /** Processes a character between items. Returns the index at which to continue. */
  function between(code: number, at: number): number {
    if (isBlank(code)) return at + 1;
    if (expects === 'array' && code === 0x5b) expects = 'first';
    else if (expects === 'comma' && code === 0x2c) expects = 'item';
    else if ((expects === 'comma' || expects === 'first') && code === 0x5d) expects = 'nothing';
    else if (expects === 'item' || expects === 'first') {
      if (code === 0x2c) throw new SyntaxError('missing item');
      now = createScanState();
      return at;
    } else throw new SyntaxError('not an array');
    return at + 1;
  }

  return {
    hasEnded: () => expects === 'nothing',
    push: (piece) => {
      for (let at = 0; at < piece.length;) {
        if (!now) {
          at = between(piece.charCodeAt(at), at);
          continue;
        }
        const end = findItemEnd(now, piece, at);
        keep(now, piece.slice(at, end));
        // A value without brackets continues up to the next delimiter.
        if (end < piece.length || isClosed(now)) finish(now);
        at = end;
      }
    },
  };
}

/** True if an object, an array or a string is complete. */
const isClosed = ({ depth, isInString, deepest, isEscaped }: ScanState): boolean =>
  depth === 0 && deepest > 0 && !isInString && !isEscaped;

/** The index at which an item ends in this piece, else the end of the piece. */
function findItemEnd(standing: ScanState, piece: string, from: number): number {
  for (let at = from; at < piece.length; at++) {
    const code = piece.charCodeAt(at);
    if (standing.isInString) {
      if (standing.isEscaped) standing.isEscaped = false;
      else if (code === 0x5c) standing.isEscaped = true;
      else if (code === 0x22) standing.isInString = false;
    } else if (code === 0x22) standing.isInString = true;
    else if (openers.has(code)) standing.deepest = Math.max(standing.deepest, ++standing.depth);
    else if (closers.has(code)) {
      // The end of the array itself, after a value without brackets.
      if (standing.depth === 0) return at;
      if (--standing.depth === 0) return at + 1;
    } else if (standing.depth === 0 && code === 0x2c) return at;
  }
  return piece.length;
}

function toItem({ chars, deepest, parts }: ScanState, { maxChars, maxDepth }: ItemBounds): JsonItem {
  if (chars > maxChars) return { malformed: 'tooLong' };
  if (deepest > maxDepth) return { malformed: 'tooDeep' };
  try {
    return { value: JSON.parse(parts.join('')) as unknown };
  } catch {
    return { malformed: 'notJson' };
  }
}
