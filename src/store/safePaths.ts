import { realpath } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { decodeName, isWritableName, toNamePath, toSystemPath } from '../lib/byteNames.js';
import { JobError } from '../core/domain/problem.js';
import { getNameEffect } from '../lib/toolNames.js';
import { toDiskError } from '../core/domain/diskError.js';
import { pathExists } from '../lib/node/files.js';
import { isInside, isWithin } from '../lib/node/paths.js';

/**
 * The absolute path of an external name below a folder.
 *
 * @throws {@link JobError} of kind `unsafeName` if it is outside, also because of a link, or in a `.git`
 * folder that a link leads to; `unwritableName` if this system does not support the name.
 */
export async function resolveBelow(folder: string, name: string, platform: NodeJS.Platform): Promise<string> {
  const parts = name.split('/');
  // A NUL ends a name for the system.
  if (
    parts.some((part) => part === '' || part === '.' || part.includes('\0')) ||
    name.split(/[\\/]/).includes('..')
  )
    throw new JobError({ kind: 'unsafeName', name });
  if (!isWritableName(name, platform)) throw new JobError({ kind: 'unwritableName', name });
  const path = join(toNamePath(folder), ...parts);
  await refuseOutside(folder, path, name);
  return path;
}

/**
 * Verifies that a path is below a folder after all links are resolved. The path need not exist.
 *
 * @throws {@link JobError} of kind `unsafeName`, with this name.
 */
export async function refuseOutside(folder: string, path: string, name: string): Promise<void> {
  const top = toNamePath(folder);
  const root = await resolveRealPath(top).catch((error: unknown) => {
    throw toDiskError(error, folder, dirname(folder));
  });
  // A link can lead anywhere, so the deepest existing folder must be in the selected one.
  for (let at = dirname(path); isInside(at, top); at = dirname(at)) {
    if (!(await pathExists(toSystemPath(at)))) continue;
    const real = await resolveRealPath(at).catch(() => undefined); // a dangling link
    const isBelow = real !== undefined && isWithin(real, root);
    if (!isBelow || getNameEffect(relative(root, real)) === 'git')
      throw new JobError({ kind: 'unsafeName', name });
    return;
  }
}

const resolveRealPath = async (path: string): Promise<string> =>
  decodeName(await realpath(toSystemPath(path), { encoding: 'buffer' }));
