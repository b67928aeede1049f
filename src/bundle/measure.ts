import type { Stats } from 'node:fs';
import { sep } from 'node:path';
import { toSystemPath } from '../lib/byteNames.js';
import type { Entry } from './entry.js';
import { isTaken, type Draft, type Found, type Left, type Named } from './found.js';
import { statAt } from './links.js';
import { toUnreadable } from '../core/domain/diskError.js';

/**
 * Looks at each file that a walk named, and notes its size and what else the tar needs of it; blocks its thread. Files
 * that went since are taken for never seen.
 *
 * @param root - Absolute path of the folder.
 * @throws {@link JobError} of kind `unreadable` for a file that is to be sent.
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

/** Looks at a file; false: it went, though it is to be sent. */
function measure(item: Draft<Entry> | Draft<Left>, root: string): boolean {
  const stats = look(item, root);
  if (!stats?.isFile()) return !isTaken(item);
  item.bytes = stats.size;
  if (!isTaken(item)) return true;
  item.mtimeMs = stats.mtimeMs;
  item.executable = isExecutable(item.path, stats.mode);
  return true;
}

/** Undefined: it went, or it stays behind and may not be looked at. */
function look(item: Found, root: string): Stats | undefined {
  try {
    const path = item.source ?? root + sep + item.path;
    return statAt(isTaken(item) ? path : toSystemPath(path)); // names that are not UTF-8 stay behind
  } catch (error) {
    if (isTaken(item)) throw toUnreadable(error, item.path);
    return undefined;
  }
}

/** Windows has no bit for it: what its names call a program counts there. */
const isExecutable = (path: string, mode: number): boolean =>
  process.platform === 'win32' ? /\.(exe|com|bat|cmd)$/i.test(path) : (mode & 0o100) !== 0;
