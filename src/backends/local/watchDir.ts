import { watch, type FSWatcher } from 'node:fs';

/** Calls `changed` with the name of each changed entry directly in a folder, if the system reports it. */
export function watchFolder(
  folder: string,
  changed: (name: string | undefined) => void,
): FSWatcher | undefined {
  // Undefined, or silent after an error, if the system has no watchers left: callers also check at intervals.
  try {
    const watcher = watch(folder, (_, name) => {
      changed(name ?? undefined);
    });
    watcher.on('error', () => {
      watcher.close();
    });
    return watcher;
  } catch {
    return undefined;
  }
}
