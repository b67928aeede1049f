import { existsSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { Lifetime, type Disposable } from '../../../lib/lifetime.js';

/**
 * Number of folders above a file that are searched for an existing one: the server's, `servers`, the depot,
 * its parent.
 */
const maxParentLevels = 4;

/** Reports whenever a file may have changed. The file need not exist yet. */
export function watchFile(path: string, changed: () => void): Disposable {
  const life = new Lifetime();
  let watched: { readonly folder: string; readonly watcher: FSWatcher } | undefined;
  const close = (): void => {
    watched?.watcher.close();
    watched = undefined;
  };
  const arm = (): void => {
    const folder = life.signal.aborted ? undefined : findNearestFolder(path);
    if (folder === watched?.folder) return;
    close();
    if (folder === undefined) return;
    try {
      const watcher = watch(folder, { persistent: false }, look);
      watched = { folder, watcher };
      // The folder was deleted, or the system cannot watch it; the file is then checked when it is used.
      watcher.on('error', close);
    } catch {
      return;
    }
    // A deeper folder may have been created in the meantime.
    if (findNearestFolder(path) !== folder) arm();
  };
  const look = (): void => {
    arm();
    if (!life.signal.aborted) changed();
  };
  arm();
  life.own({ dispose: close });
  return life;
}

/** The deepest existing folder above a file. */
function findNearestFolder(path: string): string | undefined {
  let folder = dirname(path);
  for (let up = 0; up < maxParentLevels; up++, folder = dirname(folder))
    if (existsSync(folder)) return folder;
  return undefined;
}
