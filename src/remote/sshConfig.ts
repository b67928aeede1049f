import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { matchesGlob, pathsLike } from './globs.js';

/** Which files ssh reads. */
export interface SshConfigFiles {
  /** The user's home folder, absolute. */
  readonly home: string;
  /** Instead of the usual ones, as with `ssh -F`; empty: those. */
  readonly file: string;
  /** The system's own, with its folder; read after the user's. */
  readonly systemFile?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** What the files say. */
export interface SshConfigHosts {
  /** Names that `ssh name` would know, in the order in which they stand. */
  readonly names: readonly string[];
  /** True where resolving a host may run programs or ask name servers. */
  readonly hasSideEffects: boolean;
}

/** Files that include each other end somewhere; ssh itself stops at this depth. */
const maxDepth = 16;
const maxFiles = 1_000;

/** What editors leave beside a file; nobody means it by a pattern. */
const leftBehind = /~$|^#|\.(?:sw[a-p]|bak|orig|rpmsave|rpmnew|dpkg-\w{1,10})$/i;

/** The `Host` patterns that have to fit besides a name's own, of the files that include it. */
type Conditions = readonly (readonly string[])[];

interface Reading {
  readonly files: SshConfigFiles;
  readonly names: Set<string>;
  /** Where relative names lie. */
  readonly base: string;
  hasSideEffects: boolean;
  count: number;
}

/**
 * The hosts that ssh knows by name: those of `Host` lines without patterns, also in included files, as far as they can
 * apply there. What cannot be read is left out. Source: ssh_config(5), readconf.c of OpenSSH 9.
 */
export async function configuredHosts(files: SshConfigFiles): Promise<SshConfigHosts> {
  const { home, file, env = {}, systemFile = systemConfig(env) } = files;
  const names = new Set<string>();
  if (file === 'none') return { names: [], hasSideEffects: false };
  const user = { files, names, base: join(home, '.ssh'), hasSideEffects: false, count: 0 };
  await readConfig(user, file === '' ? join(home, '.ssh', 'config') : file, [], 0);
  if (file !== '') return { names: [...names], hasSideEffects: user.hasSideEffects };
  const system = { files, names, base: dirname(systemFile), hasSideEffects: false, count: 0 };
  await readConfig(system, systemFile, [], 0);
  return { names: [...names], hasSideEffects: user.hasSideEffects || system.hasSideEffects };
}

/** Where ssh itself looks: on Windows, another user may have made what stands at `\etc`. */
const systemConfig = (env: NodeJS.ProcessEnv): string =>
  process.platform === 'win32'
    ? join(env['ProgramData'] ?? 'C:\\ProgramData', 'ssh', 'ssh_config')
    : '/etc/ssh/ssh_config';

async function readConfig(reading: Reading, path: string, outer: Conditions, depth: number): Promise<void> {
  if (depth > maxDepth || reading.count >= maxFiles) return;
  reading.count++;
  const text = await readFile(path, 'utf8').catch(() => '');
  let own: Conditions = outer;
  for (const line of text.split('\n')) {
    const { key, words } = parseLine(line);
    switch (key) {
      case 'host':
        own = [...outer, words];
        for (const name of words)
          if (isOffered(name) && own.every((patterns) => fits(name, patterns))) reading.names.add(name);
        break;
      case 'match':
        // Whether it applies is not known here.
        own = outer;
        if (words.some((word) => word.toLowerCase() === 'exec')) reading.hasSideEffects = true;
        break;
      case 'canonicalizehostname':
        if (words[0]?.toLowerCase() !== 'no') reading.hasSideEffects = true;
        break;
      case 'include':
        for (const pattern of words)
          for (const included of await includedFiles(reading, pattern))
            await readConfig(reading, included, own, depth + 1);
        break;
      default:
        break;
    }
  }
}

async function includedFiles({ files, base }: Reading, pattern: string): Promise<readonly string[]> {
  const { home, env = {} } = files;
  const expanded = pattern
    .replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole)
    .replaceAll('%d', home);
  const named = expanded === '~' || expanded.startsWith('~/') ? `${home}${expanded.slice(1)}` : expanded;
  const found = await pathsLike(isAbsolute(named) ? named : `${base}/${named}`);
  const isPattern = /[*?[]/.test(basename(named));
  return isPattern ? found.filter((path) => !leftBehind.test(basename(path))) : found;
}

/** A name to connect to: no pattern, and nothing that ssh would not take. */
const isOffered = (word: string): boolean => !/[*?]/.test(word) && !word.startsWith('!') && isSshHost(word);

/** As ssh matches a list of patterns: one fits, and none that begins with `!` does. */
function fits(name: string, patterns: readonly string[]): boolean {
  const matches = (pattern: string): boolean =>
    // ssh knows no sets of characters here.
    matchesGlob(name.toLowerCase(), pattern.toLowerCase().replaceAll(/[[\\]/g, '\\$&'));
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern));
}

/** The longest line that ssh reads. */
const maxLine = 4_096;

/** A line's keyword in lower case, and its words: separated by blanks, in quotes, up to a comment. */
function parseLine(line: string): { readonly key: string; readonly words: readonly string[] } {
  const text = line.slice(0, maxLine).trim();
  const [key = ''] = /^\w+/.exec(text) ?? [];
  const rest = text.slice(key.length);
  if (key === '' || !/^[\s="]/.test(rest)) return { key: '', words: [] };
  const value = rest.trimStart();
  return { key: key.toLowerCase(), words: wordsOf(value.startsWith('=') ? value.slice(1) : value) };
}

/** Words as ssh splits them: quotes of both kinds, and `\` before a quote, a blank or itself. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (char === '\\' && (next === '\\' || next === '"' || next === "'" || (quote === '' && next === ' '))) {
      word = (word ?? '') + next;
      at++;
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === ' ' || char === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === '#' && word === undefined) break;
    else word = (word ?? '') + char;
  }
  return word === undefined ? words : [...words, word];
}

/**
 * True for what ssh takes as a host, with a user before the last `@` or without, and not for an option. Source:
 * `valid_hostname` and `valid_ruser` in ssh.c of OpenSSH 9.6.
 */
export function isSshHost(text: string): boolean {
  const at = text.lastIndexOf('@');
  const host = text.slice(at + 1);
  if (text.startsWith('-') || !/^(?!-)[^\s'"`$\\;&<>|(){}\p{Cc}]+$/u.test(host)) return false;
  return at < 0 || /^(?!-)[^\s'"`;&<>|(){}\p{Cc}]*[^\s'"`;&<>|(){}\p{Cc}\\]$/u.test(text.slice(0, at));
}
