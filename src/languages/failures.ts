import type { FindFailure } from '../core/domain/logFailure.js';

/** Maximum length of a failure's text, in characters. */
const maxFailureChars = 200;

type SourceLocation = readonly [file: string | undefined, line: string | undefined];

/** A failure, the index of its line in the log, and the file and line that it names. */
interface FailureMatch {
  readonly at: number;
  readonly text: string;
  readonly location: SourceLocation;
}

type FailureParser = (lines: readonly string[]) => FailureMatch | undefined;

const noLocation: SourceLocation = [undefined, undefined];

/** Finds the last error in a log that is in the format of Python, Julia, Node, R, or a shell. */
export const findFailure: FindFailure = (lines) => {
  let last: FailureMatch | undefined;
  for (const parse of failureParsers) {
    const found = parse(lines);
    if (found && (!last || found.at > last.at)) last = found;
  }
  if (!last) return undefined;
  const [file, line] = last.location;
  return {
    text: truncateFailure(last.text.trim()),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line: Number(line) }),
  };
};

function truncateFailure(text: string): string {
  const chars = [...text];
  return chars.length > maxFailureChars ? `${chars.slice(0, maxFailureChars - 1).join('')}…` : text;
}

/** Paths that are not the user's: code without a file, the interpreter's own library, installed packages. */
const foreignPathPattern =
  /^<|[\\/](site-packages|dist-packages|node_modules|lib[\\/]python[\d.]+)[\\/]|^node:|[\\/]share[\\/]julia[\\/]|[\\/]\.julia[\\/]packages[\\/]/;

/** The locations that a pattern finds in lines, in their order, without those of {@link foreignPathPattern}. */
function findOwnLocations(lines: readonly string[], pattern: RegExp): readonly SourceLocation[] {
  return lines
    .map((line) => pattern.exec(line))
    .filter((match) => match !== null)
    .map(([, file, line]): SourceLocation => [file, line])
    .filter(([file]) => file !== undefined && !foreignPathPattern.test(file));
}

const pythonFramePattern = /^\s+File "(.+)", line (\d+)/;

/** `Traceback (most recent call last):`, frames `  File "x.py", line 3, in f`, then `KeyError: 'lr'`. */
const parsePythonFailure: FailureParser = (lines) => {
  const begin = lines.findLastIndex((line) =>
    /^\s*(\+ Exception Group )?Traceback \(most recent call last\):/.test(line),
  );
  if (begin < 0) return parsePythonSyntaxError(lines);
  // The lines of an exception group start with a bar.
  const rest = lines.slice(begin + 1).map((line) => line.replace(/^\s*\| /, ''));
  const end = rest.findIndex((line) => /^[A-Za-z_][\w.]*(:|$)/.test(line));
  const text = rest[end];
  if (text === undefined) return undefined;
  const location = findOwnLocations(rest.slice(0, end), pythonFramePattern).at(-1) ?? noLocation;
  return { at: begin + 1 + end, text, location };
};

/** A script with a syntax error has no traceback, only a location. */
const parsePythonSyntaxError: FailureParser = (lines) => {
  const at = lines.findLastIndex((line) => /^(SyntaxError|IndentationError|TabError): /.test(line));
  const location = findOwnLocations(lines.slice(Math.max(0, at - 5), Math.max(0, at)), pythonFramePattern).at(
    -1,
  );
  return location && { at, text: lines[at] ?? '', location };
};

/**
 * `ERROR: LoadError: UndefVarError: x not defined`, then frames, innermost first: ` [1] f() at /x.jl:3`, from Julia 1.6
 * on `   @ Main /x.jl:3`; finally `in expression starting at /x.jl:7`. Julia's own files have relative paths such as `./dict.jl`.
 */
const parseJuliaFailure: FailureParser = (lines) => {
  const at = lines.findLastIndex((line) => line.startsWith('ERROR: '));
  const error = lines[at];
  if (error === undefined) return undefined;
  const rest = lines.slice(at + 1);
  const places = [
    ...findOwnLocations(
      rest,
      /^\s*(?:\[\d+\] .{1,300} at|@(?: [\w.]+)?) ((?:[~\\/]|[A-Za-z]:).{0,1000}?\.jl):(\d+)/,
    ),
    ...findOwnLocations(rest, /^in expression starting at (.+):(\d+)$/),
  ];
  return { at, text: error.replace(/^ERROR: (LoadError: )*/, ''), location: places[0] ?? noLocation };
};

/** `TypeError: x is not a function` with frames `    at f (file:///x.mjs:3:5)` below it and, above, `file:///x.mjs:3`. */
const parseNodeFailure: FailureParser = (lines) => {
  const isFrame = (line: string | undefined): boolean => /^\s+at \S/.test(line ?? '');
  const frames = lines.findLastIndex((line, index) => isFrame(line) && !isFrame(lines[index - 1]));
  const at = lines
    .slice(0, Math.max(0, frames))
    .findLastIndex((line) => /^(Uncaught )?[A-Z]\w*(:? \[\w+\])?: |^[A-Z]\w*Error$/.test(line));
  if (at < 0) return undefined;
  const places = [
    ...findOwnLocations(lines.slice(frames), /^\s+at (?:.*\(|async )?(?:file:\/\/)?([^()]+?):(\d+):\d+\)?/),
    ...findOwnLocations(lines.slice(Math.max(0, at - 5), at), /^(?:file:\/\/)?([\\/].+|[A-Za-z]:.+):(\d+)$/),
  ];
  const [file, line] = places[0] ?? noLocation;
  return {
    at,
    text: lines[at] ?? '',
    location: [file === undefined ? undefined : decodeUrlPath(file), line],
  };
};

/** Modules are named by URLs, in which a space is `%20`. */
function decodeUrlPath(path: string): string {
  try {
    return decodeURIComponent(path).replace(/^\/(?=[A-Za-z]:\/)/, '');
  } catch {
    // The path contains a literal percent sign.
    return path;
  }
}

/** `Error in f(x) : message`, possibly continued on the next line, then `Execution halted`. */
const parseRFailure: FailureParser = (lines) => {
  const halted = lines.findLastIndex((line) => line.trim() === 'Execution halted');
  const at = lines.slice(0, Math.max(0, halted)).findLastIndex((line) => /^Error( in .+)?\s?:/.test(line));
  const error = lines[at];
  if (error === undefined) return undefined;
  const text = /:\s*$/.test(error) ? `${error.trim()} ${(lines[at + 1] ?? '').trim()}` : error;
  return { at, text, location: noLocation };
};

/** bash: `x.sh: line 3: foo: command not found`; dash, which is `sh` on Debian: `x.sh: 3: foo: not found`. */
const parseShellFailure: FailureParser = (lines) => {
  const pattern = /^([^:\s][^:]*): line (\d+): (.+)$|^([^:\s]+\.sh): (\d+): (.+)$/;
  const at = lines.findLastIndex((line) => pattern.test(line));
  const match = pattern.exec(lines[at] ?? '');
  if (!match) return undefined;
  const file = match[1] ?? match[4];
  // With `bash -c` there is no file, and the shell prints its own name.
  const location: SourceLocation = /^-?(ba|da)?sh$/.test(file ?? '')
    ? noLocation
    : [file, match[2] ?? match[5]];
  return { at, text: match[3] ?? match[6] ?? '', location };
};

const failureParsers: readonly FailureParser[] = [
  parsePythonFailure,
  parseJuliaFailure,
  parseNodeFailure,
  parseRFailure,
  parseShellFailure,
];
