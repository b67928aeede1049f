import type { PathLike } from 'node:fs';
import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The errors on Windows while another program has one of the files open. */
const transientCodes: readonly unknown[] = ['EPERM', 'EACCES', 'EBUSY'];

/** The maximum number of attempts; the pauses between them are 10, 20, 30 … ms, in total 1.9 s. */
const maxTries = 20;

/** The dependencies of {@link renameOver}. */
export interface RenameDeps {
  readonly rename: (from: PathLike, to: PathLike) => Promise<void>;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly platform: NodeJS.Platform;
}

const systemDeps: RenameDeps = { rename, sleep, platform: process.platform };

/**
 * Renames a file or folder, replacing an existing file. Windows refuses while another program (an indexer, a
 * virus scanner, another window) has one of them open; then it is retried for two seconds.
 */
export const renameOver = (from: PathLike, to: PathLike, deps = systemDeps): Promise<void> =>
  retryWhileOpen(() => deps.rename(from, to), deps);

/** Runs something again for two seconds where Windows refuses because another program has a file open. */
export async function retryWhileOpen(
  run: () => Promise<void>,
  deps: Omit<RenameDeps, 'rename'> = systemDeps,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await run();
      return;
    } catch (error) {
      const isPassing = error instanceof Error && 'code' in error && transientCodes.includes(error.code);
      if (deps.platform !== 'win32' || !isPassing || tries === maxTries) throw error;
    }
    await deps.sleep(10 * tries);
  }
}
