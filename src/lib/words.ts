/** What splitting a typed line gave: its words, or what is wrong with it. */
export type Words =
  | { readonly words: readonly string[] }
  | { readonly wrong: 'unclosed' }
  | { readonly wrong: 'notAnAssignment'; readonly word: string };

/**
 * Splits a typed line into words as a shell would, and nothing more: blanks part words; quotes of both kinds and a
 * backslash keep what they cover; no variable, no wildcard, no command is ever expanded.
 */
export function splitWords(line: string): Words {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else if (char === '\\' && quote === '"' && /["\\]/.test(line.charAt(i + 1)))
        word = (word ?? '') + line.charAt(++i);
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === '\\' && /[\s"'\\]/.test(line.charAt(i + 1))) {
      word = (word ?? '') + line.charAt(++i);
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== undefined) return { wrong: 'unclosed' };
  if (word !== undefined) words.push(word);
  return { words };
}

/** A line that {@link splitWords} splits into these words again. */
export const joinWords = (words: readonly string[]): string =>
  words.map((word) => (/^[^\s"'\\]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`)).join(' ');

/** What reading a typed environment gave. */
export type Environment =
  { readonly env: Readonly<Record<string, string>> } | Exclude<Words, { words: readonly string[] }>;

/** Reads `n=1000 title="two words"`; names as POSIX has them. */
export function readEnvironment(line: string): Environment {
  const split = splitWords(line);
  if ('wrong' in split) return split;
  const env = new Map<string, string>();
  for (const word of split.words) {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) return { wrong: 'notAnAssignment', word };
    env.set(name, value);
  }
  // From entries, so that even `__proto__` is a variable like any other.
  return { env: Object.fromEntries(env) };
}

/** The line that {@link readEnvironment} reads back. */
export const writeEnvironment = (env: Readonly<Record<string, string>>): string =>
  joinWords(Object.entries(env).map(([name, value]) => `${name}=${value}`));
