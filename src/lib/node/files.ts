import { createHash, randomBytes } from 'node:crypto';
import { constants, type PathLike } from 'node:fs';
import { lstat, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrorCode } from '../errno.js';
import { parseJsonAs, type Schema } from '../json.js';
import { renameOver } from './renameOver.js';

/** True where something is there, a link that leads nowhere included. */
export const isThere = (path: PathLike): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** A name for a file that is always the same for the same key: so many hex digits of its SHA-256. */
export const toHashedName = (key: string, digits: number): string =>
  createHash('sha256').update(key).digest('hex').slice(0, digits);

/** How {@link writeAtomic} writes. */
export interface AtomicWrite {
  /** True: the text is on the disk before it takes the file's place. */
  readonly flush?: boolean;
  /** True: the file's folder is made where it is missing, for the user's eyes alone. */
  readonly makesFolder?: boolean;
}

/**
 * Puts a text in a file's place at once, for the user's eyes alone: readers see the old text or the new one, never a
 * part, whoever writes at the same time. What stands in the way of the temporary file, a link least of all, is never
 * written through.
 */
export async function writeAtomic(
  path: string,
  text: string,
  { flush = false, makesFolder = false }: AtomicWrite = {},
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

/** Makes an empty file; true for exactly one of all programs that try, false where the file is there. */
export async function claimFile(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** More than any file of ours holds, in bytes. */
const maxFileBytes = 64 * 1024 * 1024;

/** The content of a regular file; a pipe or a device in its place is not waited for. */
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

/** The text of a regular file; as {@link readBytes}. */
export const readText = async (path: string, maxBytes = maxFileBytes): Promise<string> =>
  (await readBytes(path, maxBytes)).toString('utf8');

/** The content of a JSON file; undefined: there is none of this form, or it cannot be read. */
export async function readJsonFile<T>(path: string, schema: Schema<T>): Promise<T | undefined> {
  const text = await readText(path).catch(() => undefined);
  return text === undefined ? undefined : parseJsonAs(text, schema);
}
