import { readdir, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';

/** On Windows, `\` separates folders like `/` and does not escape. */
const separatorPattern = process.platform === 'win32' ? /[\\/]/ : '/';

/**
 * Lists the paths that match an absolute glob(7) pattern, sorted: `*`, `?` and `[…]` in any part, which do
 * not match a leading dot; `\` escapes a character.
 */
export async function expandGlob(pattern: string): Promise<readonly string[]> {
  const { root } = parse(pattern);
  const parts = pattern
    .slice(root.length)
    .split(separatorPattern)
    .filter((part) => part !== '');
  let paths: readonly string[] = [root];
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1;
    const next = await Promise.all(paths.map((path) => matchInFolder(path, part, isLast)));
    paths = next.flat();
  }
  return paths;
}

async function matchInFolder(folder: string, part: string, isLast: boolean): Promise<readonly string[]> {
  if (!/[*?[]/.test(part)) {
    const path = join(folder, part.replaceAll(/\\(.)/g, '$1'));
    // The next part fails if the path does not exist.
    if (!isLast) return [path];
    return (await stat(path).catch(() => undefined)) ? [path] : [];
  }
  const names = await readdir(folder).catch(() => []);
  const pieces = parsePattern(part);
  return names
    .filter((name) => (part.startsWith('.') || !name.startsWith('.')) && isPiecesMatch(name, pieces))
    .sort()
    .map((name) => join(folder, name));
}

/** A part of a pattern: a test for one character, or any text. */
type GlobPiece = '*' | ((char: string) => boolean);

/** True if a name matches a glob(7) pattern. The run time is linear in the name for each star. */
export const isGlobMatch = (name: string, pattern: string): boolean =>
  isPiecesMatch(name, parsePattern(pattern));

function parsePattern(pattern: string): readonly GlobPiece[] {
  const pieces: GlobPiece[] = [];
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? '';
    const set = char === '[' ? parseSet(chars, at + 1) : undefined;
    if (char === '*') {
      if (pieces.at(-1) !== '*') pieces.push('*');
    } else if (char === '?') pieces.push(() => true);
    else if (set) {
      pieces.push(set.fits);
      at = set.end;
    } else {
      const wanted = char === '\\' ? (chars[++at] ?? '\\') : char;
      pieces.push((one) => one === wanted);
    }
  }
  return pieces;
}

/** Names of classes, as in `[[:digit:]]`. */
const characterClasses: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  digit: /[0-9]/,
  lower: /[a-z]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/**
 * Parses a set, starting after its `[`; undefined if it has no closing `]`, so that the `[` is an ordinary
 * character.
 */
function parseSet(
  chars: readonly string[],
  begin: number,
): { readonly fits: (char: string) => boolean; readonly end: number } | undefined {
  const isNot = chars[begin] === '!' || chars[begin] === '^';
  const first = isNot ? begin + 1 : begin;
  const tests: ((char: string) => boolean)[] = [];
  for (let at = first; at < chars.length; at++) {
    const char = chars[at] ?? '';
    if (char === ']' && at > first)
      return { fits: (one) => tests.some((test) => test(one)) !== isNot, end: at };
    if (char === '[' && chars[at + 1] === ':') {
      const end = chars.indexOf(':', at + 2);
      const form = characterClasses[chars.slice(at + 2, end).join('')];
      if (end > 0 && chars[end + 1] === ']' && form) {
        tests.push((one) => form.test(one));
        at = end + 1;
        continue;
      }
    }
    const low = char === '\\' ? (chars[++at] ?? '') : char;
    if (chars[at + 1] === '-' && (chars[at + 2] ?? ']') !== ']') {
      const high = chars[at + 2] ?? '';
      tests.push((one) => one >= low && one <= high);
      at += 2;
    } else tests.push((one) => one === low);
  }
  return undefined;
}

/** Only the last star needs backtracking. */
function isPiecesMatch(name: string, pieces: readonly GlobPiece[]): boolean {
  const chars = [...name];
  let piece = 0;
  let star = -1;
  let from = 0;
  for (let at = 0; at < chars.length;) {
    const now = pieces[piece];
    if (now === '*') {
      star = piece++;
      from = at;
    } else if (now?.(chars[at] ?? '')) {
      piece++;
      at++;
    } else if (star >= 0) {
      piece = star + 1;
      at = ++from;
    } else return false;
  }
  while (pieces[piece] === '*') piece++;
  return piece === pieces.length;
}
