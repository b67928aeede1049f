import { readlinkSync, realpathSync, statSync, type Stats } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { isWithin } from '../lib/node/paths.js';
import { toUnreadableError } from '../core/domain/diskError.js';
import { hasErrorCode } from '../lib/errno.js';

/** A followed link: the real paths of its directory and of its target. */
export interface FollowedLink {
  readonly from: string;
  readonly to: string;
}

/** The stats of a path, following links; undefined if it does not exist or is a dangling link. */
export function statIfPresent(path: string | Buffer): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (hasErrorCode(error, 'ELOOP', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** A path with all links resolved. @throws {@link JobError} of kind `unreadable` with `path`. */
export function resolveBundlePath(absolute: string, path: string): string {
  try {
    return realpathSync.native(absolute);
  } catch (error) {
    throw toUnreadableError(error, path);
  }
}

/** True if a link leads to a directory that contains the link or an origin of the walk. */
export const isCircularLink = ({ from, to }: FollowedLink, origins: readonly string[]): boolean =>
  [from, ...origins].some((origin) => isWithin(origin, to));

/**
 * The target of a link within a copied directory, for the same link in the copy, with `/`; undefined if it
 * leads out of the directory, or has `..` anywhere except at the start, which archives must not contain.
 *
 * @param folder - Real path of the link's directory.
 */
export function getTargetWithin(link: string, folder: string, copied: string): string | undefined {
  const target = readlinkSync(link);
  const plain = process.platform === 'win32' ? target.replaceAll('\\', '/') : target;
  if (isAbsolute(target) || !isWithin(resolve(folder, target), copied)) return undefined;
  const parts = plain.split('/').filter((part) => part !== '' && part !== '.');
  const inner = parts.findIndex((part) => part !== '..');
  return inner >= 0 && parts.includes('..', inner) ? undefined : plain;
}
