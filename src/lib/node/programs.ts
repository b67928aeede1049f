import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Readable } from 'node:stream';
import { hasErrorCode } from '../errno.js';

/** True if a process with this id exists; `anyone`: including other users' processes. */
export function isProcessRunning(pid: number, whose: 'anyone' | 'own' = 'anyone'): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return whose === 'anyone' && hasErrorCode(error, 'EPERM');
  }
}

/**
 * Finds a program; undefined if it does not exist or is not executable.
 *
 * @param program - A name, an absolute path, or a path below the user's home (`~/`).
 * @param path - The PATH to search; undefined: none. Relative folders in it are ignored, since they depend on
 * the current folder.
 */
export async function findProgram(program: string, path: string | undefined): Promise<string | undefined> {
  const named = program.startsWith('~/') ? join(homedir(), program.slice(2)) : program;
  if (isAbsolute(named)) return findFirstExecutable(listExecutablePaths(named));
  // A relative path depends on the current folder.
  if (/[/\\]/.test(named)) return undefined;
  const folders = (path ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return findFirstExecutable(folders.flatMap((folder) => listExecutablePaths(join(folder, named))));
}

/** Only these extensions start without a shell on Windows. */
const listExecutablePaths = (path: string): readonly string[] =>
  process.platform === 'win32' && !/\.(exe|com)$/i.test(path) ? [`${path}.exe`, `${path}.com`] : [path];

async function findFirstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    try {
      await access(path, constants.X_OK);
      if ((await stat(path)).isFile()) return path;
    } catch {
      // Continue with the next folder.
    }
  }
  return undefined;
}

/** The PATH of an environment, regardless of case on Windows (`Path`); undefined if there is none. */
export const getPathVariable = (
  env: NodeJS.ProcessEnv | Readonly<Record<string, string>>,
): string | undefined =>
  Object.entries(env).find(([name]) =>
    process.platform === 'win32' ? name.toUpperCase() === 'PATH' : name === 'PATH',
  )?.[1];

/** The maximum length of stored output, in characters. */
const maxTailChars = 65_536;

/** Reads a stream to its end; the result returns the last part of its text at any time. */
export function collectTail(stream: Readable, maxChars = maxTailChars): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (part: string) => {
    text = (text + part).slice(-maxChars);
  });
  // The exit code explains why the output ended.
  stream.on('error', () => undefined);
  return () => text;
}
