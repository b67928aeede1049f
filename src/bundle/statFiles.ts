import type { Stats } from 'node:fs';
import { sep } from 'node:path';
import { toSystemPath } from '../lib/byteNames.js';
import type { BundleEntry } from './bundleEntry.js';
import {
  isIncludedEntry,
  type MutableDraft,
  type ScannedPath,
  type ExcludedPath,
  type UnmeasuredPath,
} from './scanResult.js';
import { statIfPresent } from './followLinks.js';
import { toUnreadableError } from '../core/domain/diskError.js';

/**
 * Adds the size and mode of each file that a walk found. Blocks the thread. Files that no longer exist are
 * removed.
 *
 * @param root - Absolute path of the folder.
 * @throws {@link JobError} of kind `unreadable` for an included file.
 */
export function statFiles(found: readonly UnmeasuredPath[], root: string): readonly ScannedPath[] {
  const all: ScannedPath[] = [];
  for (const named of found) {
    if ('names' in named) {
      for (const name of named.names) {
        const file = createFileDraft(named.folder + name);
        if (statItem(file, root)) all.push(file);
      }
    } else if (named.type !== 'file' || (isIncludedEntry(named) && named.content) || statItem(named, root))
      all.push(named);
  }
  return all;
}

/** A file of which only the path is known. */
const createFileDraft = (path: string): MutableDraft<BundleEntry> => ({
  path,
  type: 'file',
  bytes: 0,
  mtimeMs: 0,
  executable: false,
});

/** Inspects a file; false if it is included but no longer exists. */
function statItem(item: MutableDraft<BundleEntry> | MutableDraft<ExcludedPath>, root: string): boolean {
  const stats = statIfAllowed(item, root);
  if (!stats?.isFile()) return !isIncludedEntry(item);
  item.bytes = stats.size;
  if (!isIncludedEntry(item)) return true;
  item.mtimeMs = stats.mtimeMs;
  item.executable = isExecutableFile(item.path, stats.mode);
  return true;
}

/** Undefined if it no longer exists, or is excluded and not accessible. */
function statIfAllowed(item: ScannedPath, root: string): Stats | undefined {
  try {
    const path = item.source ?? root + sep + item.path;
    return statIfPresent(isIncludedEntry(item) ? path : toSystemPath(path)); // names that are not UTF-8 are always excluded
  } catch (error) {
    if (isIncludedEntry(item)) throw toUnreadableError(error, item.path);
    return undefined;
  }
}

/** Windows has no executable bit; the extension decides. */
const isExecutableFile = (path: string, mode: number): boolean =>
  process.platform === 'win32' ? /\.(exe|com|bat|cmd)$/i.test(path) : (mode & 0o100) !== 0;
