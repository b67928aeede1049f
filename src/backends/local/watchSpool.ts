import { basename } from 'node:path';
import { createAbortError } from '../../lib/abort.js';
import type { SpoolPaths } from './paths.js';
import { createSpool } from './spool.js';
import { watchFolder } from './watchDir.js';

/** Yields when a job in the spool may have changed. Ends only with the signal, by an AbortError. */
export async function* watchSpool(spool: SpoolPaths, signal: AbortSignal): AsyncGenerator<void> {
  await createSpool(spool);
  let changed = false;
  let wake: () => void = () => undefined;
  const change = (): void => {
    changed = true;
    wake();
  };
  const told = basename(spool.changed);
  // Changes of the lock are irrelevant.
  const watchers = [
    watchFolder(spool.folder, (name) => {
      if (name === undefined || name === told) change();
    }),
    watchFolder(spool.jobs, change),
  ];
  const aborted = (): void => {
    wake();
  };
  signal.addEventListener('abort', aborted);
  try {
    for (;;) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (changed || signal.aborted) resolve();
      });
      if (signal.aborted) throw createAbortError();
      changed = false;
      yield;
    }
  } finally {
    for (const watcher of watchers) watcher?.close();
    signal.removeEventListener('abort', aborted);
  }
}
