import { constants } from 'node:fs';
import { copyFile, mkdir, open, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { decodeName, toNamePath, toSystemPath } from '../../lib/byteNames.js';
import { readByteEntries, resolveRealNamePath } from './byteEntries.js';
import { getErrorCode, isDiskFull } from '../../lib/errno.js';
import type { JobPaths } from './paths.js';
import { readBytes, writeAtomic } from '../../lib/node/files.js';

/** The maximum size of a result's value, in bytes. JuliaHub stores 1000 characters. */
export const maxResultBytes = 65_536;

/**
 * Collects the results that a job set: the value that the prelude reported, and the file or folder of `RESULTS_FILE`,
 * next to the files that the job wrote there itself.
 *
 * @returns what could not be stored, as a phrase; undefined if nothing was lost.
 */
export async function collectResults(paths: JobPaths): Promise<string | undefined> {
  try {
    const value = await readFileStart(join(paths.notes, 'RESULTS'));
    if (value !== undefined) await writeAtomic(paths.summary, value);
    const named = await readBytes(join(paths.notes, 'RESULTS_FILE'), 65_536).catch(() => undefined);
    if (named && named.length > 0) await copyIntoResults(decodeName(named), paths.results);
    return undefined;
  } catch (error) {
    const why = isDiskFull(error)
      ? 'the disk is full'
      : (getErrorCode(error) ?? (error instanceof Error ? error.message : String(error)));
    return `its results could not be stored: ${why}`;
  }
}

/** The value of a job's result; undefined if it has none. */
export const readResultValue = (paths: JobPaths): Promise<string | undefined> => readFileStart(paths.summary);

/**
 * The first {@link maxResultBytes} of a text file, without half a character at the end; undefined if it does not exist.
 */
async function readFileStart(path: string): Promise<string | undefined> {
  // Does not wait for a pipe in its place.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (!file) return undefined;
  try {
    if (!(await file.stat()).isFile()) return undefined;
    const buffer = Buffer.alloc(maxResultBytes);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = (await file.read(buffer, length, buffer.length - length, length)).bytesRead;
    }
    // In a stream, an incomplete sequence is withheld.
    return new TextDecoder().decode(buffer.subarray(0, length), { stream: length === buffer.length });
  } finally {
    await file.close();
  }
}

/** Copies a file, or a folder with its contents, into `folder`. Existing files are not replaced. */
async function copyIntoResults(path: string, folder: string): Promise<void> {
  const from = await resolveRealNamePath(path);
  const into = await resolveRealNamePath(toNamePath(folder));
  if (from === into || from.startsWith(into + sep)) return;
  if (into.startsWith(from + sep))
    throw new Error('RESULTS_FILE is a folder that contains the results folder');
  await copyEntry(from, join(into, basename(path)));
}

/** Follows links to files only, which excludes endless cycles of folders. */
async function copyEntry(from: string, to: string): Promise<void> {
  const found = await stat(toSystemPath(from));
  if (!found.isDirectory()) {
    // Reading a pipe would wait.
    if (!found.isFile()) throw new Error('RESULTS_FILE is neither a file nor a folder');
    await copyFile(toSystemPath(from), toSystemPath(to), constants.COPYFILE_FICLONE);
    return;
  }
  await mkdir(toSystemPath(to), { recursive: true });
  for (const entry of await readByteEntries(from)) {
    const source = join(from, entry.name);
    const isFile =
      entry.isFile() ||
      (entry.isSymbolicLink() &&
        (await stat(toSystemPath(source)).then(
          (target) => target.isFile(),
          () => false,
        )));
    if (isFile || entry.isDirectory()) await copyEntry(source, join(to, entry.name));
  }
}
