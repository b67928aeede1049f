/**
 * A second, slow matcher: implements the pattern reference section by section, on lists of code points and
 * without regular expressions. It shares no code with the shipped one.
 */

const classes: Readonly<Record<string, (char: string) => boolean>> = {
  digit: (char) => char >= '0' && char <= '9',
  alpha: (char) => /^\p{L}$/u.test(char),
  space: (char) =>
    ' \t\n\v\f\r\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000'.includes(char) &&
    !'\u2028\u2029'.includes(char),
  upper: (char) => /^[\p{Lu}\p{Lt}]$/u.test(char),
  xdigit: (char) => '0123456789abcdefABCDEF'.includes(char),
};

interface Bracketed {
  readonly covers: (char: string) => boolean;
  readonly length: number;
}

const point = (char: string): number => char.codePointAt(0) ?? -1;

/** The bracket at the start of a pattern; undefined if it is not closed, so that it is a literal `[`. */
function bracketAt(pattern: readonly string[]): Bracketed | undefined {
  const negated = pattern[1] === '!';
  const first = negated ? 2 : 1;
  const tests: ((char: string) => boolean)[] = [];
  for (let at = first; at < pattern.length;) {
    const char = pattern[at] ?? '';
    if (char === ']' && at > first)
      return { length: at + 1, covers: (tried) => tests.some((test) => test(tried)) !== negated };
    const name = char === '[' && /^\[:(\w+):\]/.exec(pattern.slice(at, at + 12).join(''))?.[1];
    if (name) {
      tests.push((tried) => classes[name]?.(tried) ?? false);
      at += name.length + 4;
    } else if (pattern[at + 1] === '-' && pattern[at + 2] !== ']' && pattern[at + 2] !== undefined) {
      const end = pattern[at + 2] ?? '';
      tests.push((tried) => point(char) <= point(tried) && point(tried) <= point(end));
      at += 3;
    } else {
      tests.push((tried) => tried === char);
      at += 1;
    }
  }
  return undefined;
}

function covers(pattern: readonly string[], path: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return path.length === 0;
  if (head === '*') return covers(rest, path) || (path.length > 0 && covers(pattern, path.slice(1)));
  const [char, ...left] = path;
  if (char === undefined) return false;
  if (head === '?') return covers(rest, left);
  const bracket = head === '[' ? bracketAt(pattern) : undefined;
  if (bracket) return bracket.covers(char) && covers(pattern.slice(bracket.length), left);
  if (head === '\\' && rest.length > 0) return rest[0] === char && covers(rest.slice(1), left);
  return head === char && covers(rest, left);
}

/** True if an ignore file with these lines includes a path, according to the reference. */
export function keeps(lines: readonly string[], path: string, isDirectory: boolean): boolean {
  let kept = true;
  for (const line of lines.map((text) => text.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const pattern = Array.from(line.startsWith('!') ? line.slice(1) : line);
    const candidates = isDirectory ? [path, `${path}/`] : [path];
    if (candidates.some((candidate) => covers(pattern, Array.from(candidate)))) kept = line.startsWith('!');
  }
  return kept;
}
