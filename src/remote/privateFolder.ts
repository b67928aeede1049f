import { lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * The maximum length of a socket's path on all systems, without the suffix that ssh adds while it creates
 * one.
 */
const maxSocketPath = 103 - 17;

/** The prefix of the folders and the length of their names with the random suffix. */
const prefix = 'bj-';
const nameLength = prefix.length + 6;

/** The maximum length of a socket's name in such a folder. */
const maxSocketName = 1;

/**
 * Creates a folder for sockets that only this user can access: below `$XDG_RUNTIME_DIR`, the temporary
 * folder, or `/tmp`; the first that is short enough for a socket and writable.
 */
export async function makePrivateFolder(env: NodeJS.ProcessEnv, temp = tmpdir()): Promise<string> {
  const uid = process.getuid?.();
  let failure: unknown;
  for (const parent of [env['XDG_RUNTIME_DIR'] ?? '', temp, ...(uid === undefined ? [] : ['/tmp'])]) {
    const isLast = uid === undefined || parent === '/tmp';
    const isShort = Buffer.byteLength(parent) + nameLength + maxSocketName + 2 <= maxSocketPath;
    if (!isAbsolute(parent) || (!isShort && !isLast)) continue;
    try {
      const folder = await mkdtemp(join(parent, prefix));
      if (await isPrivate(folder, uid)) return folder;
      await rm(folder, { recursive: true, force: true });
    } catch (error) {
      // The next one may be suitable.
      failure = error;
    }
  }
  throw failure instanceof Error ? failure : new Error('no folder is suitable for a socket');
}

/** True if it is a folder of this user, not a link, and inaccessible to others. Windows has no such modes. */
async function isPrivate(folder: string, uid: number | undefined): Promise<boolean> {
  if (uid === undefined) return true;
  const about = await lstat(folder);
  return about.isDirectory() && about.uid === uid && (about.mode & 0o077) === 0;
}
