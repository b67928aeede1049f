/** The words of a typed line, or why it is invalid. */
export type ParsedArgs =
  | { readonly words: readonly string[] }
  | { readonly wrong: 'unclosed' }
  | { readonly wrong: 'notAnAssignment'; readonly word: string };

/**
 * Splits a typed line into words like a shell: spaces separate words; both kinds of quotes and backslashes
 * are supported. Variables, wildcards and commands are not expanded.
 */
export function parseArgs(line: string): ParsedArgs {
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

/** Joins words into a line that {@link parseArgs} splits into the same words. */
export const formatArgs = (words: readonly string[]): string =>
  words.map((word) => (/^[^\s"'\\]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`)).join(' ');

/** Parsed environment variables, or why they are invalid. */
export type ParsedEnv =
  { readonly env: Readonly<Record<string, string>> } | Exclude<ParsedArgs, { words: readonly string[] }>;

/** Parses `n=1000 title="two words"`, with POSIX names. */
export function parseEnv(line: string): ParsedEnv {
  const split = parseArgs(line);
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

/** Formats environment variables for {@link parseEnv}. */
export const formatEnv = (env: Readonly<Record<string, string>>): string =>
  formatArgs(Object.entries(env).map(([name, value]) => `${name}=${value}`));
