import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Readable } from 'node:stream';
import { hasErrorCode } from '../errno.js';

/** True where a process of this number runs; `anyone`: also one that belongs to another user. */
export function isProcessRunning(pid: number, whose: 'anyone' | 'own' = 'anyone'): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return whose === 'anyone' && hasErrorCode(error, 'EPERM');
  }
}

/**
 * The absolute path of a program; undefined: it is not there, or may not be run.
 *
 * @param program - A name, an absolute path, or one below the user's home (`~/`).
 * @param path - The PATH to search; undefined: none. Relative folders in it do not count: they would be other ones
 * wherever the program is started.
 */
export async function findProgram(program: string, path: string | undefined): Promise<string | undefined> {
  const named = program.startsWith('~/') ? join(homedir(), program.slice(2)) : program;
  if (isAbsolute(named)) return firstProgram(endings(named));
  // A relative path would be another file in each folder.
  if (/[/\\]/.test(named)) return undefined;
  const folders = (path ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return firstProgram(folders.flatMap((folder) => endings(join(folder, named))));
}

/** Only these start without a shell on Windows. */
const endings = (path: string): readonly string[] =>
  process.platform === 'win32' && !/\.(exe|com)$/i.test(path) ? [`${path}.exe`, `${path}.com`] : [path];

async function firstProgram(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    try {
      await access(path, constants.X_OK);
      if ((await stat(path)).isFile()) return path;
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}

/** The PATH in an environment, however it is spelled (`Path` on Windows); undefined: there is none. */
export const pathIn = (env: NodeJS.ProcessEnv | Readonly<Record<string, string>>): string | undefined =>
  Object.entries(env).find(([name]) =>
    process.platform === 'win32' ? name.toUpperCase() === 'PATH' : name === 'PATH',
  )?.[1];

/** The most that is kept of a program's output, in characters. */
const maxTailChars = 65_536;

/** Reads a stream to its end and gives, at any time, the last of its text. */
export function keepTail(stream: Readable, maxChars = maxTailChars): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (part: string) => {
    text = (text + part).slice(-maxChars);
  });
  // A program's end says why its output broke off.
  stream.on('error', () => undefined);
  return () => text;
}
