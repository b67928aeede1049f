import type { HostCommand } from './host.js';

/** Quotes a word for a POSIX shell. */
export const quoteWord = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Characters that every login shell interprets literally within single quotes. */
const plainCharacter = /[A-Za-z0-9 _./=:,@%+-]/;

/**
 * The maximum length of a script passed as an argument, in characters; longer ones are passed through the
 * input.
 */
const maxInlineLength = 8_000;

/** A script for a remote `sh`. */
export interface RemoteScript {
  /** The command for the login shell. */
  readonly text: string;
  /** Must be written to the input first, before the input of the script itself. */
  readonly input: string;
}

/**
 * Converts a script for `sh` into a command for any login shell of a remote user. Every byte that some shell
 * could interpret (csh: `!` and line ends even within quotes) is encoded as a number. `exec` replaces the
 * login shell, which could otherwise print something or keep the session open; the absolute path avoids
 * aliases. A script that is too long for an argument, on either side, is read from the input, from which
 * `read` consumes exactly one line.
 */
export function toRemoteScript(script: string): RemoteScript {
  if (script.includes('\0')) throw new RangeError('a command cannot contain a null byte');
  const safe = [...Buffer.from(script)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return byte < 128 && plainCharacter.test(char) ? char : `\\0${byte.toString(8).padStart(3, '0')}`;
    })
    .join('');
  if (safe.length <= maxInlineLength)
    return { text: `exec /bin/sh -c 'eval "$(printf %b "$1")"' sh '${safe}'`, input: '' };
  return {
    text: `exec /bin/sh -c 'IFS= read -r script && eval "$(printf %b "$script")"' sh`,
    input: `${safe}\n`,
  };
}

/** Replaces the exit code if the program does not exist. */
export const missingProgramWord = 'missing';

/** The markers that separate a command's own output from the output of login shells, on stdout and stderr. */
export const createMarks = (key: string): { readonly output: string; readonly errors: string } => ({
  output: `batch-jobs-o-${key}`,
  errors: `batch-jobs-e-${key}`,
});

/** Resets options and functions that a login shell can pass on to the shells it starts. */
const resetShell = (program: string): string =>
  [
    'set +e +u +x +v +f +n 2>/dev/null',
    `unset -f ${[...usedPrograms, ...(isVariableName(program) ? [program] : [])].join(' ')} 2>/dev/null`,
    'unset CDPATH 2>/dev/null',
  ].join('\n');

/** The programs that the scripts of this folder use; bash passes on functions with these names. */
const usedPrograms = [
  ...['cat', 'cd', 'chmod', 'command', 'cut', 'echo', 'env', 'find', 'head', 'ls', 'mkdir', 'mv', 'printf'],
  ...['pwd', 'read', 'rm', 'rmdir', 'sed', 'sh', 'shasum', 'sort', 'stat', 'tail', 'tar', 'test', 'touch'],
  ...['trap', 'tr', 'sha256sum', 'umask', 'wc'],
];

/**
 * Creates a script for `sh` that runs a command. Before the command it prints the markers to both outputs,
 * and after it `mark code` or `mark missing`. Everything outside these lines comes from a login shell;
 * without the last line, the connection was lost. Each output has its own marker, since a login shell can
 * have merged them.
 */
export function buildScript({ argv, env = {}, without = [], path }: HostCommand, key: string): string {
  const [program = '', ...args] = argv;
  const marks = createMarks(key);
  const wrong = Object.keys(env).find((name) => !isVariableName(name));
  if (wrong !== undefined) throw new RangeError(`${wrong} is not a valid variable name`);
  const given = Object.entries(env).map(([name, value]) => quoteWord(`${name}=${value}`));
  const end = (code: string): string =>
    `trap '' PIPE; echo "${marks.output} ${code}"; echo "${marks.errors} ${code}" >&2`;
  return [
    resetShell(program),
    `echo ${marks.errors} >&2`,
    `echo ${marks.output}`,
    ...(without.length > 0 ? [formatUnset(without)] : []),
    ...(path === undefined ? [] : [`PATH=${quoteWord(path)}:$PATH; export PATH`]),
    // Located before its variables are set, since PATH can be one of them; set by `env`, since shells reserve
    // some names.
    `at=$(command -v ${quoteWord(program)}) || { ${end(missingProgramWord)}; exit 127; }`,
    [...(given.length > 0 ? ['env', ...given] : []), '"$at"', ...args.map(quoteWord)].join(' '),
    'code=$?',
    end('$code'),
    'exit $code',
  ].join('\n');
}

/** True if a text is a valid variable name. */
export const isVariableName = (text: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);

/** Only the remote shell knows its variables. */
function formatUnset(names: readonly string[]): string {
  const patterns = names.map((name) => (name.endsWith('*') ? `${name.slice(0, -1)}[A-Za-z0-9_]*` : name));
  const filters = patterns.map((pattern) => `-e 's/^\\(${pattern}\\)=.*/\\1/p'`).join(' ');
  return `unset BATCH_JOBS_NOTHING $(env | sed -n ${filters})`;
}

/** True if a variable must be removed. */
export const isExcludedVariable = (name: string, without: readonly string[]): boolean =>
  without.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one));

/** Variables that change the output or behavior of system programs. */
const outputVariables = [
  ...['BLOCK_SIZE', 'LS_BLOCK_SIZE', 'DF_BLOCK_SIZE', 'QUOTING_STYLE', 'TIME_STYLE', 'POSIXLY_CORRECT'],
  ...['TAR_OPTIONS', 'GZIP', 'GREP_OPTIONS', 'CLICOLOR_FORCE', 'LS_OPTIONS'],
];

/** A fixed script with arguments, which no shell interprets. Its messages are in English. */
export const createScriptCommand = (script: string, ...args: readonly string[]): HostCommand => ({
  argv: ['sh', '-c', script, 'sh', ...args],
  env: { LC_ALL: 'C' },
  without: outputVariables,
});
