import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toNamePath, toSystemPath } from '../../lib/byteNames.js';
import { readByteEntries } from './byteEntries.js';
import { hasErrorCode } from '../../lib/errno.js';

/**
 * Deletes a folder with its contents; does nothing if it does not exist. Jobs can leave folders without write
 * permission, such as package caches: they are made writable first.
 */
export async function removeTree(folder: string): Promise<void> {
  try {
    await removeFolder(folder);
  } catch (error) {
    if (!hasErrorCode(error, 'EACCES', 'EPERM')) throw error;
    await makeFoldersWritable(folder);
    await removeFolder(folder);
  }
}

const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 3 });

/** Adds the user's permissions for a folder and all folders below it that they own. Follows no links. */
async function makeFoldersWritable(folder: string): Promise<void> {
  const waiting = [toNamePath(folder)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    await chmod(toSystemPath(path), 0o700).catch(() => undefined);
    for (const entry of await readByteEntries(path).catch(() => []))
      if (entry.isDirectory()) waiting.push(join(path, entry.name));
  }
}
