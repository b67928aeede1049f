import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/**
 * Mounts a small disk at a folder. Needs Linux and permission to mount: root, or sudo without a password.
 *
 * @param size - in the syntax of `mount`: `2m`
 * @returns unmounts the disk, even if it is in use
 */
export function smallDisk(folder: string, size: string): () => void {
  mkdirSync(folder, { recursive: true });
  asRoot('mount', '-t', 'tmpfs', '-o', `size=${size},mode=777`, 'tmpfs', folder);
  return () => {
    asRoot('umount', '-l', folder);
  };
}

function asRoot(program: string, ...args: readonly string[]): void {
  const isRoot = process.getuid?.() === 0;
  execFileSync(isRoot ? program : 'sudo', isRoot ? args : ['-n', program, ...args], { stdio: 'ignore' });
}
