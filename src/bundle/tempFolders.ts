import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createUnwritableError } from './fsErrors.js';

/** Temporary folders that are deleted when the process exits, unless it is killed. */
export interface TempFolderPool {
  /**
   * Creates a folder and returns its absolute path. @throws {@link JobError} of kind `diskFull` or `disk`.
   */
  readonly make: () => Promise<string>;
  /** Deletes one of the folders with its content; ignores other paths. Never rejects. */
  readonly remove: (folder: string) => Promise<void>;
}

/** Creates temporary folders in `parent` with names that start with `prefix`. */
export function createTempFolderPool(parent: string, prefix: string): TempFolderPool {
  const open = new Set<string>();
  const removeAll = (): void => {
    for (const folder of open) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  return {
    make: async () => {
      const folder = await mkdtemp(join(parent, prefix)).catch((error: unknown) => {
        throw createUnwritableError(parent, error);
      });
      if (open.size === 0) process.on('exit', removeAll);
      open.add(folder);
      return folder;
    },
    remove: async (folder) => {
      if (!open.has(folder)) return;
      await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
      open.delete(folder);
      if (open.size === 0) process.off('exit', removeAll);
    },
  };
}
