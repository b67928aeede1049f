import { lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The longest path of a socket that all systems take, and what ssh adds to it while it makes one. */
const maxSocketPath = 103 - 17;

/** The name of a folder of ours, with the characters that make it new. */
const prefix = 'bj-';
const nameLength = prefix.length + 6;

/** The longest name of a socket in such a folder. */
const maxSocketName = 1;

/**
 * Makes a new folder that only this user can look into, for sockets: below `$XDG_RUNTIME_DIR`, else below the temporary
 * folder, else below `/tmp`, whichever is short enough for a socket and can be written to.
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
      // The next one may do.
      failure = error;
    }
  }
  throw failure instanceof Error ? failure : new Error('no folder is suitable for a socket');
}

/** True where it is no link, this user's, and closed to others. Windows has no such modes. */
async function isPrivate(folder: string, uid: number | undefined): Promise<boolean> {
  if (uid === undefined) return true;
  const about = await lstat(folder);
  return about.isDirectory() && about.uid === uid && (about.mode & 0o077) === 0;
}
