import { watch, type FSWatcher } from 'node:fs';

/** Calls `changed` with the name of what changed directly in a folder, where the system tells it. */
export function watchFolder(
  folder: string,
  changed: (name: string | undefined) => void,
): FSWatcher | undefined {
  // Undefined, or silent after an error, where the system has no watchers left: callers look now and then anyway.
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
