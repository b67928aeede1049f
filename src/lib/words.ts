/** The words of a typed line, or why it is invalid. */
export type Words =
  | { readonly words: readonly string[] }
  | { readonly wrong: 'unclosed' }
  | { readonly wrong: 'notAnAssignment'; readonly word: string };

/**
 * Splits a typed line into words like a shell: spaces separate words; both kinds of quotes and backslashes
 * are supported. Variables, wildcards and commands are not expanded.
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

/** Joins words into a line that {@link splitWords} splits into the same words. */
export const joinWords = (words: readonly string[]): string =>
  words.map((word) => (/^[^\s"'\\]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`)).join(' ');

/** Parsed environment variables, or why they are invalid. */
export type Environment =
  { readonly env: Readonly<Record<string, string>> } | Exclude<Words, { words: readonly string[] }>;

/** Parses `n=1000 title="two words"`, with POSIX names. */
export function readEnvironment(line: string): Environment {
  const split = splitWords(line);
  if ('wrong' in split) return split;
  const env = new Map<string, string>();
  for (const word of split.words) {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) return { wrong: 'notAnAssignment', word };
    env.set(name, value);
  }
  // From entries, so that `__proto__` is an ordinary variable.
  return { env: Object.fromEntries(env) };
}

/** Formats environment variables for {@link readEnvironment}. */
export const writeEnvironment = (env: Readonly<Record<string, string>>): string =>
  joinWords(Object.entries(env).map(([name, value]) => `${name}=${value}`));
