/** How a scheduler's options are written in a script. */
export interface DirectiveSyntax {
  /** The beginning of a line with options: `#SBATCH`. */
  readonly magic: string;
  /** Long names of options of one letter. */
  readonly shorts: ReadonlyMap<string, string>;
  /** The whole name that an abbreviation stands for; what fits none, or several, as it stands. */
  readonly longOf: (name: string) => string;
  /** True: always has a value. False: never. Undefined: it may have one in the same word, or it is not known. */
  readonly takesValue: (name: string) => boolean | undefined;
  /** Words that part the options of a job's parts; absent: none does. */
  readonly partWords?: readonly string[];
  /** Lines of another scheduler that count after these, and the option that keeps them from counting. */
  readonly foreign?: {
    readonly magic: string;
    readonly ignoredBy: string;
    readonly read: (line: string, number: number) => readonly Directive[];
  };
}

/** An option that a script asks for itself. */
export interface Directive {
  /** Its long name (`output`), also where the short one was written; one we do not know as it stands. */
  readonly name: string;
  /** Undefined: it was given none. */
  readonly value: string | undefined;
  /** From 1. */
  readonly line: number;
}

/** What a script asks for in its lines of options. */
export interface Directives {
  /** In the order written; the last of a name counts. Those of the first part alone where the job is heterogeneous. */
  readonly options: readonly Directive[];
  /** Those of all parts, in the order written. */
  readonly everywhere: readonly Directive[];
  readonly isHet: boolean;
  /** A line with an unclosed quote, at which the scheduler refuses the script; undefined: there is none. */
  readonly unclosed: number | undefined;
}

interface Word {
  readonly text: string;
  readonly line: number;
}

/** Reads the options of one scheduler. */
export interface DirectiveReader {
  readonly syntax: DirectiveSyntax;
  readonly readDirectives: (script: string) => Directives;
  /** The options among the words of a command line. */
  readonly optionsIn: (words: readonly string[]) => Directives;
  /** The first word of a command line that is no option and belongs to none; undefined: there is none. */
  readonly strayWord: (words: readonly string[]) => string | undefined;
  /** The options that one word holds. */
  readonly readOptions: (word: string) => readonly OptionPart[];
}

export const createDirectiveReader = (syntax: DirectiveSyntax): DirectiveReader => ({
  syntax,
  readDirectives: (script) => readDirectives(script, syntax),
  optionsIn: (words) => optionsIn(words, syntax),
  strayWord: (words) => strayWord(words, syntax),
  readOptions: (word) => readOptions(word, syntax),
});

/** C's blanks: a no-break space is a letter to a scheduler, and a line of it ends the directives. */
const blank = /[ \t\v\f\r]/;

/** A line that is empty or a comment, behind which more directives may follow. */
export const isSkipped = (line: string): boolean => /^[ \t\v\f\r]*(#|$)/.test(line);

/**
 * Reads a script's lines of options as sbatch does: they begin at the very beginning of a line, in capital letters, and
 * count until the first line that is neither empty nor a comment; quotes and backslashes keep what they cover, an
 * unquoted `#` makes the rest a comment. {@link DirectiveSyntax.foreign} ones count after them. Source: docs/protocols/slurm.md, 3.1; sbatch(1).
 */
function readDirectives(script: string, syntax: DirectiveSyntax): Directives {
  const { magic, partWords = [], foreign } = syntax;
  const words: Word[] = [];
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
    else if (!isSkipped(line)) break;
  }
  // All lines make one line of options; this word parts those of a heterogeneous job.
  const part = words.findIndex(({ text }) => partWords.includes(text));
  const all = optionsOf(words, syntax);
  const added = all.some(({ name }) => name === foreign?.ignoredBy) ? [] : others;
  return {
    options: [...optionsOf(part < 0 ? words : words.slice(0, part), syntax), ...added],
    everywhere: [...all, ...added],
    isHet: part >= 0,
    unclosed,
  };
}

/** A word of a line of options, and where it stands in it. */
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
      // Outside of quotes it keeps no blank, and a last one goes. Source: observed with 22.05.
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

function optionsOf(words: readonly Word[], syntax: DirectiveSyntax): readonly Directive[] {
  const options: Directive[] = [];
  for (let at = 0; at < words.length; at++) {
    const { text = '', line = 0 } = words[at] ?? {};
    // What follows is the script's own arguments, as getopt has it.
    if (text === '--') break;
    for (const { name, value, isOpen } of readOptions(text, syntax)) {
      const next = isOpen ? words[++at]?.text : value;
      options.push({ name, value: next, line });
    }
  }
  return options;
}

/** The options among the words of a command line. */
function optionsIn(words: readonly string[], syntax: DirectiveSyntax): Directives {
  const options = optionsOf(
    words.map((text) => ({ text, line: 1 })),
    syntax,
  );
  return { options, everywhere: options, isHet: false, unclosed: undefined };
}

/** The first word of a command line that is no option and belongs to none; undefined: there is none. */
function strayWord(words: readonly string[], syntax: DirectiveSyntax): string | undefined {
  for (let at = 0; at < words.length; at++) {
    const text = words[at] ?? '';
    if (!/^--?[A-Za-z]/.test(text)) return text;
    if (readOptions(text, syntax).some(({ isOpen }) => isOpen)) at++;
  }
  return undefined;
}

/** An option that one word holds. */
export interface OptionPart {
  readonly name: string;
  readonly value: string | undefined;
  /** True: the next word is its value. */
  readonly isOpen: boolean;
}

/** The options that one word holds. */
const readOptions = (text: string, syntax: DirectiveSyntax): readonly OptionPart[] =>
  text.startsWith('--') ? readLong(text.slice(2), syntax) : readShort(text, syntax);

function readLong(text: string, { longOf, takesValue }: DirectiveSyntax): readonly OptionPart[] {
  const equals = text.indexOf('=');
  const name = longOf(equals < 0 ? text : text.slice(0, equals));
  const value = equals < 0 ? undefined : text.slice(equals + 1);
  return [{ name, value, isOpen: value === undefined && takesValue(name) === true }];
}

/** `-n4`, `-n 4`, or several without a value in one: `-HQ`. A word without a dash is no option. */
function readShort(text: string, { shorts, takesValue }: DirectiveSyntax): readonly OptionPart[] {
  const parts: OptionPart[] = [];
  if (!/^-[A-Za-z]/.test(text)) return parts;
  for (let at = 1; at < text.length; at++) {
    const name = shorts.get(text.charAt(at)) ?? text.charAt(at);
    const rest = text.slice(at + 1);
    const takes = takesValue(name);
    // Those that need no value take one only right behind: `-k`, `-k5`.
    if (takes === undefined ? rest !== '' : takes) {
      parts.push({ name, value: rest === '' ? undefined : rest, isOpen: rest === '' });
      return parts;
    }
    parts.push({ name, value: undefined, isOpen: false });
  }
  return parts;
}

/** What a script asks for by this long name; an empty text for an option without a value. Undefined: nothing. */
export function optionOf({ options }: Directives, name: string): string | undefined {
  const last = options.findLast((option) => option.name === name);
  return last && (last.value ?? '');
}
