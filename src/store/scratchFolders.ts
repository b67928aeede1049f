import { chmod, lstat, mkdir, readdir, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { JobError } from '../core/domain/problem.js';
import { toDiskError } from '../core/domain/diskError.js';
import { hasErrorCode } from '../lib/errno.js';
import { dayMs } from '../lib/time.js';
import { toHashedName } from '../lib/node/files.js';

/** The age at which unused copies are deleted, in milliseconds: 30 days. */
const maxAgeMs = 30 * dayMs;

/**
 * Creates folders for copies that are only viewed, the same for the same key, below a folder of the
 * extension. Only the user can access them, since files of jobs can be confidential. Nothing is created
 * through a link or in another user's folder.
 */
export function createScratchFolders(
  root: string,
  now = (): Date => new Date(),
): (key: string) => Promise<string> {
  let isTidied = false;
  return async (key) => {
    const folder = join(root, toHashedName(key, 16));
    try {
      await mkdir(root, { recursive: true, mode: 0o700 });
      await checkOwn(root);
      await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
        if (!hasErrorCode(error, 'EEXIST')) throw error;
      });
      await checkOwn(folder);
      await utimes(folder, now(), now());
    } catch (error) {
      throw toDiskError(error, folder, dirname(folder));
    }
    if (!isTidied) {
      isTidied = true;
      await removeOldFolders(root, now().getTime() - maxAgeMs);
    }
    return folder;
  };
}

/**
 * Makes a folder inaccessible to other users. @throws {@link JobError} of kind `disk` if it is not a folder
 * of this user.
 */
async function checkOwn(folder: string): Promise<void> {
  const about = await lstat(folder);
  const wrong = (why: string): JobError => new JobError({ kind: 'disk', path: folder, why });
  if (!about.isDirectory()) throw wrong('it is not a folder');
  const uid = process.getuid?.();
  if (uid === undefined) return;
  if (about.uid !== uid) throw wrong('it belongs to another user');
  // On a file system without permissions, the mode is meaningless.
  if ((about.mode & 0o077) !== 0) await chmod(folder, 0o700);
}

/** Skips folders that cannot be read or deleted. */
async function removeOldFolders(root: string, before: number): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names) {
    if (!/^[0-9a-f]{16}$/.test(name)) continue;
    const about = await lstat(join(root, name)).catch(() => undefined);
    if (about?.isDirectory() && about.mtimeMs < before)
      await rm(join(root, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}
