// A small disk that fills up quickly: a file system in memory, mounted at a separate folder.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { remoteUser } from './sshd.mjs';

/**
 * Creates such a disk; it belongs to the ordinary user.
 *
 * @param {number} bytes its capacity, in whole pages of 4096
 * @returns {{ readonly path: string, readonly down: () => void }}
 */
export function smallDisk(bytes) {
  const path = mkdtempSync(join(tmpdir(), 'bj-disk-'));
  const owner = `uid=${remoteUser.id},gid=${remoteUser.id},mode=755`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},${owner}`, 'tmpfs', path]);
  return {
    path,
    down: () => {
      // Lazily: a process that still uses it must not keep the folder.
      execFileSync('umount', ['--lazy', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
