import type { Command } from './host.js';

/** A word as a POSIX shell reads it back, whatever it holds. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Bytes that mean the same, within single quotes, to every shell somebody may have for their login. */
const plain = /[A-Za-z0-9 _./=:,@%+-]/;

/**
 * A command for the login shell of a remote user, whichever that is: a text for `sh`, in which every byte that some
 * shell could take for more than itself (csh: `!` and line ends even within quotes) is written as a number.
 */
export function forAnyShell(script: string): string {
  if (script.includes('\0')) throw new RangeError('a command cannot hold a byte that is 0');
  const safe = [...Buffer.from(script)].map((byte) => {
    const char = String.fromCharCode(byte);
    return byte < 128 && plain.test(char) ? char : `\\0${byte.toString(8).padStart(3, '0')}`;
  });
  return `sh -c 'eval "$(printf %b "$1")"' sh '${safe.join('')}'`;
}

/** Said in the place of an exit code: there is no such program. */
export const missing = 'missing';

/**
 * A script for `sh` that runs a command. It says `mark` on both outputs before the command begins, and `mark code` on
 * stderr after it has ended, or `mark missing`: what came before is the greeting of a login shell, and without the last
 * line something broke.
 */
export function scriptFor({ argv, env = {}, without = [], path }: Command, mark: string): string {
  const [program = '', ...args] = argv;
  const wrong = Object.keys(env).find((name) => !isName(name));
  if (wrong !== undefined) throw new RangeError(`${wrong} is no name of a variable`);
  const given = Object.entries(env).map(([name, value]) => quoted(`${name}=${value}`));
  return [
    `echo ${mark}`,
    `echo ${mark} >&2`,
    ...(without.length > 0 ? [unsetting(without)] : []),
    ...(path === undefined ? [] : [`PATH=${quoted(path)}:$PATH; export PATH`]),
    // Found before it gets its variables, of which one may be PATH; by `env`, since a shell keeps some names for itself.
    `at=$(command -v ${quoted(program)}) || { echo "${mark} ${missing}" >&2; exit 127; }`,
    [...(given.length > 0 ? ['env', ...given] : []), '"$at"', ...args.map(quoted)].join(' '),
    'code=$?',
    `echo "${mark} $code" >&2`,
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
