import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Runs a test with a disk of one megabyte mounted below its folder; requires Linux and permission to mount.
 */
export async function onSmallDisk(temp: string, act: (disk: string) => Promise<void>): Promise<void> {
  const disk = join(temp, 'disk');
  mkdirSync(disk);
  const asRoot = (program: string, ...args: readonly string[]): void => {
    const isRoot = process.getuid?.() === 0;
    execFileSync(isRoot ? program : 'sudo', isRoot ? args : ['-n', program, ...args], { stdio: 'ignore' });
  };
  asRoot('mount', '-t', 'tmpfs', '-o', 'size=1m,mode=777', 'tmpfs', disk);
  try {
    await act(disk);
  } finally {
    asRoot('umount', disk);
  }
}
