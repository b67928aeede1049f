/** The reason for a failure, found in a log. */
export interface Failure {
  /** The error message on one line: `KeyError: 'lr'`. */
  readonly text: string;
  /**
   * The innermost of the user's own files in the stack trace, as the log names it, and the line; undefined if
   * unknown.
   */
  readonly file?: string;
  readonly line?: number;
}

/** The maximum length of the error message, in characters. */
const longest = 200;

/** A file and a line, as matched. */
type Place = readonly [file: string | undefined, line: string | undefined];

/** A failure and its line in the log. */
interface Found {
  readonly at: number;
  readonly text: string;
  readonly place: Place;
}

type Reader = (lines: readonly string[]) => Found | undefined;

const nowhere: Place = [undefined, undefined];

/**
 * Finds the reason for a failure in the last lines of a log, as Python, Julia, R, Node and shells print it.
 * The last one counts. Undefined if none is found.
 */
export function failureIn(lines: readonly string[]): Failure | undefined {
  let last: Found | undefined;
  for (const read of [python, julia, node, rError, shell]) {
    const found = read(lines);
    if (found && (!last || found.at > last.at)) last = found;
  }
  if (!last) return undefined;
  const [file, line] = last.place;
  return {
    text: short(last.text.trim()),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line: Number(line) }),
  };
}

function short(text: string): string {
  const chars = [...text];
  return chars.length > longest ? `${chars.slice(0, longest - 1).join('')}…` : text;
}

/** Paths that are not the user's code: code without a file, standard libraries, installed packages. */
const foreign =
  /^<|[\\/](site-packages|dist-packages|node_modules|lib[\\/]python[\d.]+)[\\/]|^node:|[\\/]share[\\/]julia[\\/]|[\\/]\.julia[\\/]packages[\\/]/;

/** All matches of a pattern in the user's code, in order. */
function ownPlaces(lines: readonly string[], pattern: RegExp): readonly Place[] {
  return lines
    .map((line) => pattern.exec(line))
    .filter((match) => match !== null)
    .map(([, file, line]): Place => [file, line])
    .filter(([file]) => file !== undefined && !foreign.test(file));
}

const pythonFrame = /^\s+File "(.+)", line (\d+)/;

/** `Traceback (most recent call last):`, frames `  File "x.py", line 3, in f`, then `KeyError: 'lr'`. */
const python: Reader = (lines) => {
  const begin = lines.findLastIndex((line) =>
    /^\s*(\+ Exception Group )?Traceback \(most recent call last\):/.test(line),
  );
  if (begin < 0) return pythonSyntax(lines);
  // Lines of an exception group start with a bar.
  const rest = lines.slice(begin + 1).map((line) => line.replace(/^\s*\| /, ''));
  const end = rest.findIndex((line) => /^[A-Za-z_][\w.]*(:|$)/.test(line));
  const text = rest[end];
  if (text === undefined) return undefined;
  const place = ownPlaces(rest.slice(0, end), pythonFrame).at(-1) ?? nowhere;
  return { at: begin + 1 + end, text, place };
};

/** A syntax error has no traceback, only a location. */
const pythonSyntax: Reader = (lines) => {
  const at = lines.findLastIndex((line) => /^(SyntaxError|IndentationError|TabError): /.test(line));
  const place = ownPlaces(lines.slice(Math.max(0, at - 5), Math.max(0, at)), pythonFrame).at(-1);
  return place && { at, text: lines[at] ?? '', place };
};

/**
 * `ERROR: LoadError: UndefVarError: x not defined`, then frames, innermost first: ` [1] f() at /x.jl:3`,
 * since Julia 1.6 `   @ Main /x.jl:3`; finally `in expression starting at /x.jl:7`. Julia's own files have
 * paths like `./dict.jl`.
 */
const julia: Reader = (lines) => {
  const at = lines.findLastIndex((line) => line.startsWith('ERROR: '));
  const error = lines[at];
  if (error === undefined) return undefined;
  const rest = lines.slice(at + 1);
  const places = [
    ...ownPlaces(
      rest,
      /^\s*(?:\[\d+\] .{1,300} at|@(?: [\w.]+)?) ((?:[~\\/]|[A-Za-z]:).{0,1000}?\.jl):(\d+)/,
    ),
    ...ownPlaces(rest, /^in expression starting at (.+):(\d+)$/),
  ];
  return { at, text: error.replace(/^ERROR: (LoadError: )*/, ''), place: places[0] ?? nowhere };
};

/**
 * `TypeError: x is not a function`, frames `    at f (file:///x.mjs:3:5)` below it, and `file:///x.mjs:3`
 * above it.
 */
const node: Reader = (lines) => {
  const isFrame = (line: string | undefined): boolean => /^\s+at \S/.test(line ?? '');
  const frames = lines.findLastIndex((line, index) => isFrame(line) && !isFrame(lines[index - 1]));
  const at = lines
    .slice(0, Math.max(0, frames))
    .findLastIndex((line) => /^(Uncaught )?[A-Z]\w*(:? \[\w+\])?: |^[A-Z]\w*Error$/.test(line));
  if (at < 0) return undefined;
  const places = [
    ...ownPlaces(lines.slice(frames), /^\s+at (?:.*\(|async )?(?:file:\/\/)?([^()]+?):(\d+):\d+\)?/),
    ...ownPlaces(lines.slice(Math.max(0, at - 5), at), /^(?:file:\/\/)?([\\/].+|[A-Za-z]:.+):(\d+)$/),
  ];
  const [file, line] = places[0] ?? nowhere;
  return { at, text: lines[at] ?? '', place: [file === undefined ? undefined : fromUrl(file), line] };
};

/** Module URLs contain `%20` for a space. */
function fromUrl(path: string): string {
  try {
    return decodeURIComponent(path).replace(/^\/(?=[A-Za-z]:\/)/, '');
  } catch {
    // The path contains a percent sign.
    return path;
  }
}

/** `Error in f(x) : message`, which can continue in the next line, then `Execution halted`. */
const rError: Reader = (lines) => {
  const halted = lines.findLastIndex((line) => line.trim() === 'Execution halted');
  const at = lines.slice(0, Math.max(0, halted)).findLastIndex((line) => /^Error( in .+)?\s?:/.test(line));
  const error = lines[at];
  if (error === undefined) return undefined;
  const text = /:\s*$/.test(error) ? `${error.trim()} ${(lines[at + 1] ?? '').trim()}` : error;
  return { at, text, place: nowhere };
};

/** bash: `x.sh: line 3: foo: command not found`; dash (`sh` on Debian): `x.sh: 3: foo: not found`. */
const shell: Reader = (lines) => {
  const pattern = /^([^:\s][^:]*): line (\d+): (.+)$|^([^:\s]+\.sh): (\d+): (.+)$/;
  const at = lines.findLastIndex((line) => pattern.test(line));
  const match = pattern.exec(lines[at] ?? '');
  if (!match) return undefined;
  const file = match[1] ?? match[4];
  // With `bash -c` the shell prints its own name instead of a file.
  const place: Place = /^-?(ba|da)?sh$/.test(file ?? '') ? nowhere : [file, match[2] ?? match[5]];
  return { at, text: match[3] ?? match[6] ?? '', place };
};
