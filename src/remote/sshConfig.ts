import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { isGlobMatch, expandGlob } from './globs.js';

/** The configuration files of ssh. */
export interface SshConfigFiles {
  /** The user's home folder, absolute. */
  readonly home: string;
  /** Replaces the default files, as with `ssh -F`; empty: the default files. */
  readonly file: string;
  /** The system's file, read after the user's; its folder is the base of its relative paths. */
  readonly systemFile?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** The content of the configuration. */
export interface SshConfigHosts {
  /** Host names that `ssh name` accepts, in the order of the files. */
  readonly names: readonly string[];
  /** True if resolving a host may run programs or query name servers. */
  readonly hasSideEffects: boolean;
}

/** Limits recursive includes; ssh itself stops at this depth. */
const maxDepth = 16;
const maxFiles = 1_000;

/** Backup files of editors, which are not intended to match a pattern. */
const editorBackupPattern = /~$|^#|\.(?:sw[a-p]|bak|orig|rpmsave|rpmnew|dpkg-\w{1,10})$/i;

/** The `Host` patterns of the including files, which a name must match as well. */
type HostConditions = readonly (readonly string[])[];

interface ConfigReadState {
  readonly files: SshConfigFiles;
  readonly names: Set<string>;
  /** The base of relative paths. */
  readonly base: string;
  hasSideEffects: boolean;
  count: number;
}

/**
 * Lists the hosts that ssh knows by name: those of `Host` lines without patterns, also in included files, as
 * far as they can apply there. Unreadable files are skipped. Source: ssh_config(5), readconf.c of OpenSSH 9.
 */
export async function listConfiguredHosts(files: SshConfigFiles): Promise<SshConfigHosts> {
  const { home, file, env = {}, systemFile = getSystemConfigPath(env) } = files;
  const names = new Set<string>();
  if (file === 'none') return { names: [], hasSideEffects: false };
  const user = { files, names, base: join(home, '.ssh'), hasSideEffects: false, count: 0 };
  await readConfig(user, file === '' ? join(home, '.ssh', 'config') : file, [], 0);
  if (file !== '') return { names: [...names], hasSideEffects: user.hasSideEffects };
  const system = { files, names, base: dirname(systemFile), hasSideEffects: false, count: 0 };
  await readConfig(system, systemFile, [], 0);
  return { names: [...names], hasSideEffects: user.hasSideEffects || system.hasSideEffects };
}

/** The path that ssh itself uses: on Windows, another user could have created `\etc`. */
const getSystemConfigPath = (env: NodeJS.ProcessEnv): string =>
  process.platform === 'win32'
    ? join(env['ProgramData'] ?? 'C:\\ProgramData', 'ssh', 'ssh_config')
    : '/etc/ssh/ssh_config';

async function readConfig(
  reading: ConfigReadState,
  path: string,
  outer: HostConditions,
  depth: number,
): Promise<void> {
  if (depth > maxDepth || reading.count >= maxFiles) return;
  reading.count++;
  const text = await readFile(path, 'utf8').catch(() => '');
  let own: HostConditions = outer;
  for (const line of text.split('\n')) {
    const { key, words } = parseLine(line);
    switch (key) {
      case 'host':
        own = [...outer, words];
        for (const name of words)
          if (isConnectableName(name) && own.every((patterns) => isPatternMatch(name, patterns)))
            reading.names.add(name);
        break;
      case 'match':
        // Unknown whether it applies.
        own = outer;
        if (words.some((word) => word.toLowerCase() === 'exec')) reading.hasSideEffects = true;
        break;
      case 'canonicalizehostname':
        if (words[0]?.toLowerCase() !== 'no') reading.hasSideEffects = true;
        break;
      case 'include':
        for (const pattern of words)
          for (const included of await listIncludedFiles(reading, pattern))
            await readConfig(reading, included, own, depth + 1);
        break;
      default:
        break;
    }
  }
}

async function listIncludedFiles(
  { files, base }: ConfigReadState,
  pattern: string,
): Promise<readonly string[]> {
  const { home, env = {} } = files;
  const expanded = pattern
    .replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole)
    .replaceAll('%d', home);
  const named = expanded === '~' || expanded.startsWith('~/') ? `${home}${expanded.slice(1)}` : expanded;
  const found = await expandGlob(isAbsolute(named) ? named : `${base}/${named}`);
  const isPattern = /[*?[]/.test(basename(named));
  return isPattern ? found.filter((path) => !editorBackupPattern.test(basename(path))) : found;
}

/** True for a host name: not a pattern, and valid for ssh. */
const isConnectableName = (word: string): boolean =>
  !/[*?]/.test(word) && !word.startsWith('!') && isSshHost(word);

/** True if one pattern matches and none with `!` does, as in ssh. */
function isPatternMatch(name: string, patterns: readonly string[]): boolean {
  const matches = (pattern: string): boolean =>
    // ssh does not support character sets here.
    isGlobMatch(name.toLowerCase(), pattern.toLowerCase().replaceAll(/[[\\]/g, '\\$&'));
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern));
}

/** The maximum length of a line in ssh. */
const maxLineLength = 4_096;

/** The lowercase keyword of a line, and its words: separated by spaces, quoted, up to a comment. */
function parseLine(line: string): { readonly key: string; readonly words: readonly string[] } {
  const text = line.slice(0, maxLineLength).trim();
  const [key = ''] = /^\w+/.exec(text) ?? [];
  const rest = text.slice(key.length);
  if (key === '' || !/^[\s="]/.test(rest)) return { key: '', words: [] };
  const value = rest.trimStart();
  return { key: key.toLowerCase(), words: splitConfigWords(value.startsWith('=') ? value.slice(1) : value) };
}

/** Splits words like ssh: both kinds of quotes, and `\` before a quote, a space or itself. */
function splitConfigWords(text: string): readonly string[] {
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
 * True for a host that ssh accepts, with or without a user before the last `@`, and that it does not parse as
 * an option. Source: `valid_hostname` and `valid_ruser` in ssh.c of OpenSSH 9.6.
 */
export function isSshHost(text: string): boolean {
  const at = text.lastIndexOf('@');
  const host = text.slice(at + 1);
  if (text.startsWith('-') || !/^(?!-)[^\s'"`$\\;&<>|(){}\p{Cc}]+$/u.test(host)) return false;
  return at < 0 || /^(?!-)[^\s'"`;&<>|(){}\p{Cc}]*[^\s'"`;&<>|(){}\p{Cc}\\]$/u.test(text.slice(0, at));
}
