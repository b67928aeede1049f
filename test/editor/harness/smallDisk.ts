import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/**
 * Makes a folder a disk of its own with little room. Needs Linux and the right to mount: root, or sudo without a
 * question.
 *
 * @param size - as `mount` has it: `2m`
 * @returns takes the disk away again, whoever may still use it
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
