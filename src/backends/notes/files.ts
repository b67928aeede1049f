import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type * as z from 'zod/mini';
import { renameOver } from '../../lib/renameOver.js';

/**
 * Puts a text in a file's place at once, its folder made: readers see the old text or the new one, never a part,
 * whoever writes at the same time.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await renameOver(temporary, path);
  } catch (error) {
    // What went wrong first is what is told.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** What a regular file holds; a pipe or a device in its place is not waited for. */
export async function readBytes(path: string, limitBytes: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > limitBytes) throw new Error('it is too long');
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** More than any note holds, in bytes. */
const maxNoteBytes = 64 * 1024 * 1024;

/** The content of a JSON file; undefined: there is none of this form. */
export async function readShaped<T>(path: string, form: z.ZodMiniType<T>): Promise<T | undefined> {
  try {
    const result = form.safeParse(JSON.parse((await readBytes(path, maxNoteBytes)).toString('utf8')));
    return result.success ? result.data : undefined;
  } catch {
    // Not one of ours, or not written yet.
    return undefined;
  }
}
