import { existsSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { Lifetime, type Disposable } from '../../../lib/lifetime.js';

/** How many folders above a file are looked at for one that is there: the server's, `servers`, the depot, its parent. */
const mostUp = 4;

/** Calls `changed` whenever a file, which need not be there yet, may have changed. */
export function watchFile(path: string, changed: () => void): Disposable {
  const life = new Lifetime();
  let watched: { readonly folder: string; readonly watcher: FSWatcher } | undefined;
  const close = (): void => {
    watched?.watcher.close();
    watched = undefined;
  };
  const arm = (): void => {
    const folder = life.signal.aborted ? undefined : nearest(path);
    if (folder === watched?.folder) return;
    close();
    if (folder === undefined) return;
    try {
      const watcher = watch(folder, { persistent: false }, look);
      watched = { folder, watcher };
      // The folder is gone, or the system cannot watch it; then it is looked at when it is used.
      watcher.on('error', close);
    } catch {
      return;
    }
    // A deeper folder may have come while this one began to be watched.
    if (nearest(path) !== folder) arm();
  };
  const look = (): void => {
    arm();
    if (!life.signal.aborted) changed();
  };
  arm();
  life.own({ dispose: close });
  return life;
}

/** The deepest folder above a file that is there. */
function nearest(path: string): string | undefined {
  let folder = dirname(path);
  for (let up = 0; up < mostUp; up++, folder = dirname(folder)) if (existsSync(folder)) return folder;
  return undefined;
}
