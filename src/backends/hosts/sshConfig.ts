import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';

/** A host that the user's ssh configuration names. */
export interface ConfiguredHost {
  readonly name: string;
  /** Its address and user, as far as they stand there. */
  readonly detail: string;
}

/** Files that include each other end somewhere. */
const mostFiles = 50;

/**
 * The hosts that ssh knows by name: those of `Host` lines without patterns, also in included files. What cannot be read
 * is left out. Source: ssh_config(5).
 *
 * @param file - in the place of `~/.ssh/config`; empty: that.
 */
export async function configuredHosts(home: string, file: string): Promise<readonly ConfiguredHost[]> {
  const found = new Map<string, Known>();
  const read = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    if (read.has(path) || read.size >= mostFiles) return;
    read.add(path);
    const text = await readFile(path, 'utf8').catch(() => '');
    let current: readonly string[] = [];
    for (const line of text.split(/\r?\n/)) {
      const [, key = '', value = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(.+?)\s*$/.exec(line) ?? [];
      const words = wordsOf(value);
      const [first = ''] = words;
      switch (key.toLowerCase()) {
        case 'host':
          current = words.filter((name) => /^[\w.@:-]+$/.test(name) && !name.startsWith('-'));
          for (const name of current) if (!found.has(name)) found.set(name, {});
          break;
        case 'match':
          current = [];
          break;
        case 'hostname':
          for (const name of current) put(found, name, { address: first });
          break;
        case 'user':
          for (const name of current) put(found, name, { user: first });
          break;
        case 'include':
          for (const pattern of words) await include(pattern);
          break;
        default:
          break;
      }
    }
  };
  const include = async (pattern: string): Promise<void> => {
    const named = pattern.startsWith('~/') ? join(home, pattern.slice(2)) : pattern;
    const whole = isAbsolute(named) ? named : join(home, '.ssh', named);
    for (const path of await filesLike(whole)) await visit(path);
  };
  await visit(file === '' ? join(home, '.ssh', 'config') : file);
  return [...found].map(([name, { address, user }]) => ({
    name,
    detail: [user, address].filter((part) => part !== undefined).join('@'),
  }));
}

interface Known {
  readonly address?: string;
  readonly user?: string;
}

/** What stands first counts. */
const put = (found: Map<string, Known>, name: string, more: Known): void => {
  found.set(name, { ...more, ...found.get(name) });
};

/** The files that a pattern stands for; only its last part may hold `*` and `?`. */
async function filesLike(pattern: string): Promise<readonly string[]> {
  if (!/[*?]/.test(pattern)) return [pattern];
  const form = basename(pattern)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const names = await readdir(dirname(pattern)).catch(() => []);
  return names
    .filter((name) => new RegExp(`^${form}$`).test(name))
    .sort()
    .map((name) => join(dirname(pattern), name));
}

/** The words of a line, up to a comment. */
function wordsOf(text: string): readonly string[] {
  const words = [...text.matchAll(/"([^"]*)"|(\S+)/g)];
  const end = words.findIndex(([word]) => word.startsWith('#'));
  return words.slice(0, end < 0 ? undefined : end).map(([, quoted, plain]) => quoted ?? plain ?? '');
}
