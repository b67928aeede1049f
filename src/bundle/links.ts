import { readlinkSync, realpathSync, statSync, type Stats } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { isWithin } from '../lib/node/paths.js';
import { toUnreadable } from '../core/domain/diskError.js';
import { hasErrorCode } from '../lib/errno.js';

/** A link that was followed: the real path of its directory, and of what it leads to. */
export interface Followed {
  readonly from: string;
  readonly to: string;
}

/** What stands at a path, links followed; undefined: nothing, or a link that leads nowhere. */
export function statAt(path: string | Buffer): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (hasErrorCode(error, 'ELOOP', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** A path without links in it. @throws {@link JobError} of kind `unreadable` with `path`. */
export function realPath(absolute: string, path: string): string {
  try {
    return realpathSync.native(absolute);
  } catch (error) {
    throw toUnreadable(error, path);
  }
}

/** True: following a link leads to a directory that holds the link itself, or one that the walk came from. */
export const leadsBack = ({ from, to }: Followed, origins: readonly string[]): boolean =>
  [from, ...origins].some((origin) => isWithin(origin, to));

/**
 * Where a link inside a copied directory leads, for a link like it in the copy, with `/`; undefined: out of the
 * directory, or in a form that archives may not have: `..` anywhere but in front.
 *
 * @param folder - Real path of the link's directory.
 */
export function targetWithin(link: string, folder: string, copied: string): string | undefined {
  const target = readlinkSync(link);
  const plain = process.platform === 'win32' ? target.replaceAll('\\', '/') : target;
  if (isAbsolute(target) || !isWithin(resolve(folder, target), copied)) return undefined;
  const parts = plain.split('/').filter((part) => part !== '' && part !== '.');
  const inner = parts.findIndex((part) => part !== '..');
  return inner >= 0 && parts.includes('..', inner) ? undefined : plain;
}
