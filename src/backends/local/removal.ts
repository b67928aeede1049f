import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toNamePath, toSystemPath } from '../../lib/byteNames.js';
import { readByteEntries } from './byteEntries.js';
import { hasErrorCode } from '../../lib/errno.js';

/**
 * Removes a folder with all that is in it; nothing is done where there is none. Jobs leave folders behind that they may
 * not write to any more, such as caches of packages: those are opened first.
 */
export async function removeTree(folder: string): Promise<void> {
  try {
    await remove(folder);
  } catch (error) {
    if (!hasErrorCode(error, 'EACCES', 'EPERM')) throw error;
    await openFolders(folder);
    await remove(folder);
  }
}

const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 3 });

/** Lets the user into a folder and all below it, as far as they own it. Follows no links. */
async function openFolders(folder: string): Promise<void> {
  const waiting = [toNamePath(folder)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    await chmod(toSystemPath(path), 0o700).catch(() => undefined);
    for (const entry of await readByteEntries(path).catch(() => []))
      if (entry.isDirectory()) waiting.push(join(path, entry.name));
  }
}
