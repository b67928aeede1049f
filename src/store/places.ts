import { realpath } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { decodeName, isWritableName, toNamePath, toSystemPath } from '../lib/byteNames.js';
import { JobError } from '../core/domain/problem.js';
import { effectOf } from '../lib/toolNames.js';
import { toDiskError } from '../core/domain/diskError.js';
import { isThere } from '../lib/node/files.js';
import { isInside, isWithin } from '../lib/node/paths.js';

/**
 * The absolute path of a name from outside below a folder.
 *
 * @throws {@link JobError} of kind `unsafeName` where that is outside, also by a link, or in a `.git` folder that a link
 * leads to; `unwritableName` where this system has no such names.
 */
export async function placeBelow(folder: string, name: string, platform: NodeJS.Platform): Promise<string> {
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
 * Makes sure that a path below a folder is there also once all links on its way are followed; what is not there yet may
 * be made.
 *
 * @throws {@link JobError} of kind `unsafeName`, with this name.
 */
export async function refuseOutside(folder: string, path: string, name: string): Promise<void> {
  const top = toNamePath(folder);
  const root = await realPath(top).catch((error: unknown) => {
    throw toDiskError(error, folder, dirname(folder));
  });
  // A link on the way could lead anywhere, so the deepest folder that is there has to lie in the chosen one.
  for (let at = dirname(path); isInside(at, top); at = dirname(at)) {
    if (!(await isThere(toSystemPath(at)))) continue;
    const real = await realPath(at).catch(() => undefined); // a link that leads nowhere yet
    const isBelow = real !== undefined && isWithin(real, root);
    if (!isBelow || effectOf(relative(root, real)) === 'git')
      throw new JobError({ kind: 'unsafeName', name });
    return;
  }
}

const realPath = async (path: string): Promise<string> =>
  decodeName(await realpath(toSystemPath(path), { encoding: 'buffer' }));
