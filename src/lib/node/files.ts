import { createHash, randomBytes } from 'node:crypto';
import { constants, type PathLike } from 'node:fs';
import { lstat, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrorCode } from '../errno.js';
import { parseJsonAs, type ValueSchema } from '../json.js';
import { renameOver } from './renameOver.js';

/** True if anything exists at the path, including a dangling link. */
export const pathExists = (path: PathLike): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** A file name derived from a key: the first hexadecimal digits of its SHA-256. */
export const toHashedName = (key: string, digits: number): string =>
  createHash('sha256').update(key).digest('hex').slice(0, digits);

/** The options of {@link writeAtomic}. */
export interface AtomicWriteOptions {
  /** True: flushes the text to disk before it replaces the file. */
  readonly flush?: boolean;
  /** True: creates a missing folder, accessible only to the user. */
  readonly createParent?: boolean;
}

/**
 * Replaces a file atomically, accessible only to the user: readers see the old or the new text, never a part,
 * even with concurrent writers. The temporary file is always created, so that an existing link is never
 * followed.
 */
export async function writeAtomic(
  path: string,
  text: string,
  { flush = false, createParent: makesFolder = false }: AtomicWriteOptions = {},
): Promise<void> {
  if (makesFolder) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600, flush });
    await renameOver(temporary, path);
  } catch (error) {
    // The first failure is the one to report.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Creates an empty file; true for exactly one of all programs that try, false if the file exists. */
export async function claimFile(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Larger than any file of the extension, in bytes. */
const maxFileBytes = 64 * 1024 * 1024;

/** Reads a regular file; rejects for a pipe or a device instead of waiting. */
export async function readBytes(path: string, maxBytes = maxFileBytes): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new Error('not a file');
    if (found.size > maxBytes) throw new Error('the file is too large');
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Reads a regular file as text; see {@link readBytes}. */
export const readText = async (path: string, maxBytes = maxFileBytes): Promise<string> =>
  (await readBytes(path, maxBytes)).toString('utf8');

/** Reads a JSON file; undefined if it does not exist, cannot be read or does not match the schema. */
export async function readJsonFile<T>(path: string, schema: ValueSchema<T>): Promise<T | undefined> {
  const text = await readText(path).catch(() => undefined);
  return text === undefined ? undefined : parseJsonAs(text, schema);
}
