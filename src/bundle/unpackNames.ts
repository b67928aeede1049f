import { mkdir, realpath, rm, symlink, unlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { decodeName, toSystemPath } from '../lib/byteNames.js';
import { JobError } from '../core/domain/problem.js';
import { hasErrorCode } from '../lib/errno.js';
import { isWithin } from '../lib/node/paths.js';

/** A symbolic link of an archive. */
export interface ArchiveLink {
  /** Relative, with `/`. */
  readonly name: string;
  /** Relative to the folder of the link. */
  readonly target: string;
}

const isWindows = process.platform === 'win32';

const throwUnsafeName = (name: string): never => {
  throw new JobError({ kind: 'unsafeName', name });
};

/**
 * Normalizes a name in an archive: a relative path that stays inside, with `/` and without `.`; empty for the
 * folder itself.
 *
 * @throws {@link JobError} of kind `unsafeName`.
 */
export const requireNameInside = (name: string): string => resolveNameInside(name) ?? throwUnsafeName(name);

/** Undefined if it leads out. */
function resolveNameInside(name: string): string | undefined {
  const plain = toSlashes(name);
  if (plain.startsWith('/') || plain.includes('\0') || (isWindows && plain.includes(':'))) return undefined;
  const parts = plain.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}

const toSlashes = (path: string): string => (isWindows ? path.replaceAll('\\', '/') : path);

/**
 * Validates the target of a link that must stay inside. `..` is allowed only at the start, since after a link
 * it can lead anywhere.
 *
 * @throws {@link JobError} of kind `unsafeName`, with the link's name.
 */
export function requireTargetInside(name: string, target: string): string {
  const plain = toSlashes(target);
  const climbs = /^(\.\.?(\/+|$))*/.exec(plain)?.[0] ?? '';
  const rest = resolveNameInside(plain.slice(climbs.length));
  const end = posix.join(posix.dirname(name), climbs, rest ?? '');
  if (name === '' || target === '' || rest === undefined || end === '..' || end.startsWith('../'))
    throwUnsafeName(name);
  return target;
}

/**
 * Creates something at a path, replacing an existing file or link without writing to it, since it can have
 * other names.
 */
export async function replaceAtPath<T>(path: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
    await unlink(toSystemPath(path));
    return make();
  }
}

/**
 * Creates the links of an archive; deletes the first one that leads out of the folder again.
 *
 * @throws {@link JobError} of kind `unsafeName`, and the errors of the file system.
 */
export async function createLinks(into: string, links: readonly ArchiveLink[]): Promise<void> {
  const names = new Set(links.map(({ name }) => name));
  for (const { name, target } of links) {
    for (let outer = posix.dirname(name); outer !== '.'; outer = posix.dirname(outer)) {
      if (names.has(outer)) throwUnsafeName(name);
    }
    const path = join(into, name);
    await mkdir(toSystemPath(dirname(path)), { recursive: true });
    await replaceAtPath(path, () => symlink(toSystemPath(target), toSystemPath(path)));
  }
  for (const { name } of links) {
    const path = join(into, name);
    // A dangling link.
    const real = await realpath(toSystemPath(path), { encoding: 'buffer' }).catch(() => undefined);
    const end = real && decodeName(real);
    if (end === undefined || isWithin(end, into)) continue;
    await rm(toSystemPath(path));
    throwUnsafeName(name);
  }
}
