import type { Command } from './host.js';

/** A word as a POSIX shell reads it back, whatever it holds. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Bytes that mean the same, within single quotes, to every shell somebody may have for their login. */
const plain = /[A-Za-z0-9 _./=:,@%+-]/;

/** The longest script that is sent as an argument, in characters; a longer one goes through the input. */
const maxInline = 8_000;

/** A script on its way to a remote `sh`. */
export interface RemoteScript {
  /** For the login shell. */
  readonly text: string;
  /** To be written to the input first, before anything that the script itself reads. */
  readonly input: string;
}

/**
 * A command for the login shell of a remote user, whichever that is: a text for `sh`, in which every byte that some
 * shell could take for more than itself (csh: `!` and line ends even within quotes) is written as a number. `exec` leaves
 * no login shell behind that prints something at its end, or keeps the session open; the path is no name that it could
 * have an alias for. A long script would be too long an argument, here and on the host: it is read from the input, of
 * which `read` takes no byte too many.
 */
export function forAnyShell(script: string): RemoteScript {
  if (script.includes('\0')) throw new RangeError('a command cannot contain a null byte');
  const safe = [...Buffer.from(script)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return byte < 128 && plain.test(char) ? char : `\\0${byte.toString(8).padStart(3, '0')}`;
    })
    .join('');
  if (safe.length <= maxInline)
    return { text: `exec /bin/sh -c 'eval "$(printf %b "$1")"' sh '${safe}'`, input: '' };
  return {
    text: `exec /bin/sh -c 'IFS= read -r script && eval "$(printf %b "$script")"' sh`,
    input: `${safe}\n`,
  };
}

/** Said instead of an exit code: there is no such program. */
export const missing = 'missing';

/** The marks by which a command's own output is told from what login shells print, on stdout and on stderr. */
export const marksOf = (key: string): { readonly output: string; readonly errors: string } => ({
  output: `batch-jobs-o-${key}`,
  errors: `batch-jobs-e-${key}`,
});

/** Options and functions that a login shell may hand on to the shells it starts. */
const untouched = (program: string): string =>
  [
    'set +e +u +x +v +f +n 2>/dev/null',
    `unset -f ${[...usedPrograms, ...(isName(program) ? [program] : [])].join(' ')} 2>/dev/null`,
    'unset CDPATH 2>/dev/null',
  ].join('\n');

/** What the scripts of this folder call; bash hands functions of these names on. */
const usedPrograms = [
  ...['cat', 'cd', 'chmod', 'command', 'cut', 'echo', 'env', 'find', 'head', 'ls', 'mkdir', 'mv', 'printf'],
  ...['pwd', 'read', 'rm', 'rmdir', 'sed', 'sh', 'shasum', 'sort', 'stat', 'tail', 'tar', 'test', 'touch'],
  ...['trap', 'tr', 'sha256sum', 'umask', 'wc'],
];

/**
 * A script for `sh` that runs a command. Before the command begins it says the marks on both outputs, and after it has
 * ended `mark code`, or `mark missing`: what comes before and after is a login shell's, and without the last line
 * something broke. A login shell may have joined both outputs, so that each has a mark of its own.
 */
export function scriptFor({ argv, env = {}, without = [], path }: Command, key: string): string {
  const [program = '', ...args] = argv;
  const marks = marksOf(key);
  const wrong = Object.keys(env).find((name) => !isName(name));
  if (wrong !== undefined) throw new RangeError(`${wrong} is not a valid variable name`);
  const given = Object.entries(env).map(([name, value]) => quoted(`${name}=${value}`));
  const end = (code: string): string =>
    `trap '' PIPE; echo "${marks.output} ${code}"; echo "${marks.errors} ${code}" >&2`;
  return [
    untouched(program),
    `echo ${marks.errors} >&2`,
    `echo ${marks.output}`,
    ...(without.length > 0 ? [unsetting(without)] : []),
    ...(path === undefined ? [] : [`PATH=${quoted(path)}:$PATH; export PATH`]),
    // Found before it gets its variables, of which one may be PATH; by `env`, since a shell keeps some names for itself.
    `at=$(command -v ${quoted(program)}) || { ${end(missing)}; exit 127; }`,
    [...(given.length > 0 ? ['env', ...given] : []), '"$at"', ...args.map(quoted)].join(' '),
    'code=$?',
    end('$code'),
    'exit $code',
  ].join('\n');
}

/** True for what a shell takes as a variable. */
export const isName = (text: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);

/** Which variables a shell has is only known there. */
function unsetting(names: readonly string[]): string {
  const patterns = names.map((name) => (name.endsWith('*') ? `${name.slice(0, -1)}[A-Za-z0-9_]*` : name));
  const filters = patterns.map((pattern) => `-e 's/^\\(${pattern}\\)=.*/\\1/p'`).join(' ');
  return `unset BATCH_JOBS_NOTHING $(env | sed -n ${filters})`;
}

/** True for a variable that a command must not have. */
export const isUnwanted = (name: string, without: readonly string[]): boolean =>
  without.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one));

/** Variables that change what the programs of a system print or do. */
const misleading = [
  ...['BLOCK_SIZE', 'LS_BLOCK_SIZE', 'DF_BLOCK_SIZE', 'QUOTING_STYLE', 'TIME_STYLE', 'POSIXLY_CORRECT'],
  ...['TAR_OPTIONS', 'GZIP', 'GREP_OPTIONS', 'CLICOLOR_FORCE', 'LS_OPTIONS'],
];

/** A fixed script: what differs comes as arguments, which no shell looks into. Its words are English. */
export const scripted = (script: string, ...args: readonly string[]): Command => ({
  argv: ['sh', '-c', script, 'sh', ...args],
  env: { LC_ALL: 'C' },
  without: misleading,
});
