/** The syntax of a scheduler's options in a script. */
export interface DirectiveSyntax {
  /** The start of a line with options: `#SBATCH`. */
  readonly magic: string;
  /** The long names of one-letter options. */
  readonly shortNames: ReadonlyMap<string, string>;
  /** The full name of an abbreviation; unknown and ambiguous names stay unchanged. */
  readonly toLongName: (name: string) => string;
  /**
   * True if the option always has a value, false if never; undefined if it can have one in the same word, or is
   * unknown.
   */
  readonly takesValue: (name: string) => boolean | undefined;
  /** The words that separate the options of a job's components; absent if the scheduler has none. */
  readonly partSeparators?: readonly string[];
  /** Lines of another scheduler that apply after these, and the option that disables them. */
  readonly foreign?: {
    readonly magic: string;
    readonly ignoredBy: string;
    readonly read: (line: string, number: number) => readonly Directive[];
  };
}

/** An option that a script sets itself. */
export interface Directive {
  /** The long name (`output`), also for a short option; unknown names stay unchanged. */
  readonly name: string;
  /** Undefined if it has none. */
  readonly value: string | undefined;
  /** The line number, from 1. */
  readonly line: number;
}

/** The options in a script's directives. */
export interface ScriptDirectives {
  /** In the order written; the last one of a name applies. Of a heterogeneous job those of the first component. */
  readonly options: readonly Directive[];
  /** Those of all components, in the order written. */
  readonly everywhere: readonly Directive[];
  readonly isHet: boolean;
  /** The line with an unclosed quote, for which the scheduler rejects the script; undefined if there is none. */
  readonly unclosed: number | undefined;
}

interface DirectiveWord {
  readonly text: string;
  readonly line: number;
}

/** Reads the options of one scheduler. */
export interface DirectiveReader {
  readonly syntax: DirectiveSyntax;
  readonly parseDirectives: (script: string) => ScriptDirectives;
  /** The options on a command line. */
  readonly parseArguments: (words: readonly string[]) => ScriptDirectives;
  /** The first word of a command line that is neither an option nor a value; undefined if there is none. */
  readonly findUnexpectedArgument: (words: readonly string[]) => string | undefined;
  /** The options in one word. */
  readonly parseWord: (word: string) => readonly OptionPart[];
}

export const createDirectiveReader = (syntax: DirectiveSyntax): DirectiveReader => ({
  syntax,
  parseDirectives: (script) => parseDirectives(script, syntax),
  parseArguments: (words) => parseArguments(words, syntax),
  findUnexpectedArgument: (words) => findUnexpectedArgument(words, syntax),
  parseWord: (word) => parseWord(word, syntax),
});

/** The white space of C: for a scheduler a no-break space is a letter, and a line with one ends the directives. */
const blank = /[ \t\v\f\r]/;

/** An empty line or a comment, after which more directives can follow. */
export const isBlankOrComment = (line: string): boolean => /^[ \t\v\f\r]*(#|$)/.test(line);

/**
 * Reads a script's directives as sbatch does: they start at the beginning of a line, in capital letters, and end
 * before the first line that is neither empty nor a comment. Quotes and backslashes protect what they enclose; an
 * unquoted `#` starts a comment. {@link DirectiveSyntax.foreign} ones apply after them. Source:
 * docs/protocols/slurm.md, 3.1; sbatch(1).
 */
function parseDirectives(script: string, syntax: DirectiveSyntax): ScriptDirectives {
  const { magic, partSeparators: partWords = [], foreign } = syntax;
  const words: DirectiveWord[] = [];
  const others: Directive[] = [];
  let unclosed: number | undefined;
  for (const [place, line] of script
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.startsWith(magic)) {
      const read = splitDirective(line.slice(magic.length));
      for (const { text } of read.words) words.push({ text, line: place + 1 });
      if (!read.isClosed) unclosed ??= place + 1;
    } else if (foreign && line.startsWith(foreign.magic))
      for (const option of foreign.read(line.slice(foreign.magic.length), place + 1)) others.push(option);
    else if (!isBlankOrComment(line)) break;
  }
  // All lines form one line of options; this word separates the components of a heterogeneous job.
  const part = words.findIndex(({ text }) => partWords.includes(text));
  const all = toDirectives(words, syntax);
  const added = all.some(({ name }) => name === foreign?.ignoredBy) ? [] : others;
  return {
    options: [...toDirectives(part < 0 ? words : words.slice(0, part), syntax), ...added],
    everywhere: [...all, ...added],
    isHet: part >= 0,
    unclosed,
  };
}

/** A word of a line of options, and its position. */
export interface PlacedWord {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** The words of a line of options. */
export function splitDirective(line: string): {
  readonly words: readonly PlacedWord[];
  readonly isClosed: boolean;
} {
  const words: PlacedWord[] = [];
  let word: string | undefined;
  let from = 0;
  let end = 0;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (word === undefined) from = at;
    if (char === '\\') {
      // Outside of quotes a backslash does not protect white space, and a trailing one is dropped. Source: observed
      // with 22.05.
      const next = line.charAt(at + 1);
      if (next === '' || (quote === undefined && blank.test(next))) continue;
      word = (word ?? '') + next;
      at++;
    } else if (quote !== undefined && char === quote) quote = undefined;
    else if (quote !== undefined) word = (word ?? '') + char;
    else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === '#') break;
    else if (!blank.test(char)) word = (word ?? '') + char;
    else if (word !== undefined) {
      words.push({ text: word, from, to: at });
      word = undefined;
    }
    end = at + 1;
  }
  if (word !== undefined) words.push({ text: word, from, to: end });
  return { words, isClosed: quote === undefined };
}

function toDirectives(words: readonly DirectiveWord[], syntax: DirectiveSyntax): readonly Directive[] {
  const options: Directive[] = [];
  for (let at = 0; at < words.length; at++) {
    const { text = '', line = 0 } = words[at] ?? {};
    // The script's own arguments follow, as for getopt.
    if (text === '--') break;
    for (const { name, value, isOpen } of parseWord(text, syntax)) {
      const next = isOpen ? words[++at]?.text : value;
      options.push({ name, value: next, line });
    }
  }
  return options;
}

/** The options on a command line. */
function parseArguments(words: readonly string[], syntax: DirectiveSyntax): ScriptDirectives {
  const options = toDirectives(
    words.map((text) => ({ text, line: 1 })),
    syntax,
  );
  return { options, everywhere: options, isHet: false, unclosed: undefined };
}

/** The first word of a command line that is neither an option nor a value; undefined if there is none. */
function findUnexpectedArgument(words: readonly string[], syntax: DirectiveSyntax): string | undefined {
  for (let at = 0; at < words.length; at++) {
    const text = words[at] ?? '';
    if (!/^--?[A-Za-z]/.test(text)) return text;
    if (parseWord(text, syntax).some(({ isOpen }) => isOpen)) at++;
  }
  return undefined;
}

/** An option in one word. */
export interface OptionPart {
  readonly name: string;
  readonly value: string | undefined;
  /** True if the next word is its value. */
  readonly isOpen: boolean;
}

/** The options in one word. */
const parseWord = (text: string, syntax: DirectiveSyntax): readonly OptionPart[] =>
  text.startsWith('--') ? parseLongOption(text.slice(2), syntax) : parseShortOptions(text, syntax);

function parseLongOption(
  text: string,
  { toLongName: longOf, takesValue }: DirectiveSyntax,
): readonly OptionPart[] {
  const equals = text.indexOf('=');
  const name = longOf(equals < 0 ? text : text.slice(0, equals));
  const value = equals < 0 ? undefined : text.slice(equals + 1);
  return [{ name, value, isOpen: value === undefined && takesValue(name) === true }];
}

/** `-n4`, `-n 4`, or several without values in one word: `-HQ`. A word without a dash is not an option. */
function parseShortOptions(
  text: string,
  { shortNames: shorts, takesValue }: DirectiveSyntax,
): readonly OptionPart[] {
  const parts: OptionPart[] = [];
  if (!/^-[A-Za-z]/.test(text)) return parts;
  for (let at = 1; at < text.length; at++) {
    const name = shorts.get(text.charAt(at)) ?? text.charAt(at);
    const rest = text.slice(at + 1);
    const takes = takesValue(name);
    // Options with an optional value accept it only directly after the letter: `-k`, `-k5`.
    if (takes === undefined ? rest !== '' : takes) {
      parts.push({ name, value: rest === '' ? undefined : rest, isOpen: rest === '' });
      return parts;
    }
    parts.push({ name, value: undefined, isOpen: false });
  }
  return parts;
}

/**
 * The value of the option with this long name; an empty text for an option without a value, undefined if it is not
 * set.
 */
export function getOptionValue({ options }: ScriptDirectives, name: string): string | undefined {
  const last = options.findLast((option) => option.name === name);
  return last && (last.value ?? '');
}
