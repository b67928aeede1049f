import type { Stats } from 'node:fs';
import { sep } from 'node:path';
import { toSystemPath } from '../lib/byteNames.js';
import type { Entry } from './entry.js';
import { isTaken, type Draft, type Found, type Left, type Named } from './found.js';
import { statAt } from './links.js';
import { toUnreadable } from '../core/domain/diskError.js';

/**
 * Adds the size and mode of each file that a walk found. Blocks the thread. Files that no longer exist are
 * removed.
 *
 * @param root - Absolute path of the folder.
 * @throws {@link JobError} of kind `unreadable` for an included file.
 */
export function measured(found: readonly Named[], root: string): readonly Found[] {
  const all: Found[] = [];
  for (const named of found) {
    if ('names' in named) {
      for (const name of named.names) {
        const file = fileAt(named.folder + name);
        if (measure(file, root)) all.push(file);
      }
    } else if (named.type !== 'file' || (isTaken(named) && named.content) || measure(named, root))
      all.push(named);
  }
  return all;
}

/** A file of which only the path is known. */
const fileAt = (path: string): Draft<Entry> => ({
  path,
  type: 'file',
  bytes: 0,
  mtimeMs: 0,
  executable: false,
});

/** Inspects a file; false if it is included but no longer exists. */
function measure(item: Draft<Entry> | Draft<Left>, root: string): boolean {
  const stats = look(item, root);
  if (!stats?.isFile()) return !isTaken(item);
  item.bytes = stats.size;
  if (!isTaken(item)) return true;
  item.mtimeMs = stats.mtimeMs;
  item.executable = isExecutable(item.path, stats.mode);
  return true;
}

/** Undefined if it no longer exists, or is excluded and not accessible. */
function look(item: Found, root: string): Stats | undefined {
  try {
    const path = item.source ?? root + sep + item.path;
    return statAt(isTaken(item) ? path : toSystemPath(path)); // names that are not UTF-8 are always excluded
  } catch (error) {
    if (isTaken(item)) throw toUnreadable(error, item.path);
    return undefined;
  }
}

/** Windows has no executable bit; the extension decides. */
const isExecutable = (path: string, mode: number): boolean =>
  process.platform === 'win32' ? /\.(exe|com|bat|cmd)$/i.test(path) : (mode & 0o100) !== 0;
