/** What a log says of why its job failed. */
export interface Failure {
  /** The error in the language's own words, on one line: `KeyError: 'lr'`. */
  readonly text: string;
  /** The script's file as the log names it, and the line in it, where told. */
  readonly file?: string;
  readonly line?: number;
}

/** The longest text of a failure, in characters. */
const longest = 200;

type Reader = (lines: readonly string[]) => Failure | undefined;

/**
 * Looks for the reason of a failure in the last lines of a log, as Python, Julia, R, Node and bash print it. The one
 * printed last counts. Undefined: nothing of the kind is there.
 */
export function failureIn(lines: readonly string[]): Failure | undefined {
  const found = [python, julia, node, rError, bash]
    .map((read) => read(lines))
    .find((failure) => failure !== undefined);
  if (!found) return undefined;
  return found.text.length > longest ? { ...found, text: `${found.text.slice(0, longest - 1)}…` } : found;
}

function placed(text: string, file: string | undefined, line: string | undefined): Failure {
  return {
    text: text.trim(),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line: Number(line) }),
  };
}

/** Places that are not the user's: the interpreter's own library and installed packages. */
const foreign =
  /(^<|[\\/](site-packages|dist-packages|lib[\\/]python[\d.]*|node_modules)[\\/]|^node:|^\.[\\/](boot|loading|client|essentials)\.jl$|[\\/]share[\\/]julia[\\/])/;

/** `Traceback (most recent call last):`, frames `  File "x.py", line 3, in f`, then `KeyError: 'lr'`. */
const python: Reader = (lines) => {
  const begin = lines.findLastIndex((line) => /^\s*Traceback \(most recent call last\):/.test(line));
  const frame = /^\s+File "(.+)", line (\d+)/;
  if (begin < 0) return syntaxError(lines, frame);
  const rest = lines.slice(begin + 1);
  const end = rest.findIndex((line) => /^[A-Za-z_][\w.]*(:|$)/.test(line));
  const error = rest[end];
  if (error === undefined) return undefined;
  return placed(error, ...lastOwn(rest.slice(0, end), frame));
};

/** A script that cannot even be read has no traceback, only its place. */
function syntaxError(lines: readonly string[], frame: RegExp): Failure | undefined {
  const error = lines.findLast((line) => /^(SyntaxError|IndentationError|TabError): /.test(line));
  return error === undefined ? undefined : placed(error, ...lastOwn(lines, frame));
}

/** The innermost frame in the user's own files, else the innermost of all. */
function lastOwn(lines: readonly string[], frame: RegExp): readonly [string | undefined, string | undefined] {
  const frames = lines.map((line) => frame.exec(line)).filter((match) => match !== null);
  const own = frames.findLast(([, file = '']) => !foreign.test(file)) ?? frames.at(-1);
  return [own?.[1], own?.[2]];
}

/** `ERROR: LoadError: UndefVarError: x not defined`, then a stack trace and `in expression starting at x.jl:3`. */
const julia: Reader = (lines) => {
  const begin = lines.findLastIndex((line) => /^ERROR: /.test(line));
  const error = lines[begin];
  if (error === undefined) return undefined;
  const rest = lines.slice(begin + 1);
  const frames = rest
    .map((line) => /(?:\bat |@ \S+ )(.+?\.jl):(\d+)/.exec(line))
    .filter((match) => match !== null);
  const starting = rest
    .map((line) => /in expression starting at (.+):(\d+)/.exec(line))
    .find((match) => match !== null);
  const own =
    frames.find(([whole, file = '']) => !foreign.test(file) && !whole.startsWith('in expression')) ??
    starting;
  return placed(error.replace(/^ERROR: (LoadError: )*/, ''), own?.[1], own?.[2]);
};

/** `TypeError: x is not a function` with frames `    at f (file:///x.mjs:3:5)` below it. */
const node: Reader = (lines) => {
  const first = lines.findLastIndex(
    (line, index) => /^\s+at /.test(line) && !/^\s+at /.test(lines[index - 1] ?? ''),
  );
  const error = lines
    .slice(0, Math.max(0, first))
    .findLast(
      (line) => /^(Uncaught )?[A-Z]\w*(Error|Exception)?\b.*: /.test(line) || /^[A-Z]\w*Error$/.test(line),
    );
  if (first < 0 || error === undefined) return undefined;
  const frame = /at (?:.*\()?(?:file:\/\/)?([^()]+?):(\d+):\d+\)?$/;
  const frames = lines
    .slice(first)
    .map((line) => frame.exec(line))
    .filter((match) => match !== null);
  const own = frames.find(([, file = '']) => !foreign.test(file));
  return placed(error, own?.[1], own?.[2]);
};

/** `Error in f(x) : message`, which may go on in the next line, and then `Execution halted`. */
const rError: Reader = (lines) => {
  if (!lines.slice(-5).some((line) => line.trim() === 'Execution halted')) return undefined;
  const begin = lines.findLastIndex((line) => /^Error( in .+)?\s?:/.test(line));
  const error = lines[begin];
  if (error === undefined) return undefined;
  return placed(
    /:\s*$/.test(error) ? `${error.trim()} ${(lines[begin + 1] ?? '').trim()}` : error,
    undefined,
    undefined,
  );
};

/** `x.sh: line 3: foo: command not found`. */
const bash: Reader = (lines) => {
  const found = lines
    .map((line) => /^(.+?): line (\d+): (.+)$/.exec(line))
    .findLast((match) => match !== null);
  return found ? placed(found[3] ?? '', found[1], found[2]) : undefined;
};
