import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { JobError } from '../core/domain/problem.js';
import type { BundleEntry } from './bundleEntry.js';
import { toUnreadableError } from '../core/domain/diskError.js';
import { hasErrorCode, isMissing } from '../lib/errno.js';

/** An open file of the bundle. Blocks the thread. */
export interface OpenBundleFile {
  readonly stats: Stats;
  /**
   * Fills the buffer from the current position. @throws {@link JobError} of kind `changed` or `unreadable`.
   */
  readonly fill: (into: Buffer) => void;
  /** Verifies that the file has not changed since the scan. @throws as `fill`. */
  readonly verify: () => void;
  readonly close: () => void;
}

/** Does not wait for a writer if the file was replaced by a pipe. Windows does not have the flag. */
const openFlags = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK);

/**
 * Opens a file, which must have the same size and modification time as in the scan.
 *
 * @throws {@link JobError} of kind `changed` or `unreadable`, with the entry's path.
 */
export function openUnchanged(absolute: string, entry: BundleEntry): OpenBundleFile {
  const descriptor = withChangedError(entry, () => openSync(absolute, openFlags));
  const close = (): void => {
    closeSync(descriptor);
  };
  try {
    const stats = withChangedError(entry, () => fstatSync(descriptor));
    verifyUnchanged(entry, stats);
    return {
      stats,
      fill: (into) => {
        for (let filled = 0; filled < into.length;) {
          const count = withChangedError(entry, () =>
            readSync(descriptor, into, filled, into.length - filled, null),
          );
          if (count === 0) throw createChangedError(entry, 'shrank');
          filled += count;
        }
      },
      verify: () => {
        verifyUnchanged(
          entry,
          withChangedError(entry, () => fstatSync(descriptor)),
        );
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function verifyUnchanged(entry: BundleEntry, stats: Stats): void {
  if (!stats.isFile()) throw createChangedError(entry, 'changed');
  if (stats.size > entry.bytes) throw createChangedError(entry, 'grew');
  if (stats.size < entry.bytes) throw createChangedError(entry, 'shrank');
  if (stats.mtimeMs !== entry.mtimeMs) throw createChangedError(entry, 'changed');
}

const createChangedError = (
  { path }: BundleEntry,
  how: 'vanished' | 'grew' | 'shrank' | 'changed',
  cause?: unknown,
): JobError => new JobError({ kind: 'changed', path, how }, { cause });

function withChangedError<T>(entry: BundleEntry, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (isMissing(error) || hasErrorCode(error, 'ELOOP')) throw createChangedError(entry, 'vanished', error);
    if (hasErrorCode(error, 'EISDIR', 'ENXIO')) throw createChangedError(entry, 'changed', error);
    throw toUnreadableError(error, entry.path);
  }
}
