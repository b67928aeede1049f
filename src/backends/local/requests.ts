import { utimes, writeFile } from 'node:fs/promises';
import type { JobPaths } from './paths.js';
import type { JobRecord } from './record.js';
import { isThere } from '../../lib/node/files.js';
import { limitOf } from './spool.js';
import { watchFolder } from './watching.js';

/** Why a running job is ended early. */
export type Stop =
  | { readonly why: 'cancelled' }
  | { readonly why: 'limit'; readonly limitMs: number }
  | { readonly why: 'shutdown'; readonly signal: string }
  | { readonly why: 'deleted' };

/** The requests to a runner while its job runs. */
export interface Requests {
  /** Resolves with the first reason to end the job; never, if there is none. */
  readonly stop: Promise<Stop>;
  /** Stops listening. */
  readonly close: () => void;
}

/** The interval between checks if the file system reports no changes, in milliseconds. */
const lookMs = 1_000;

/** The number of checks between heartbeats. */
const aliveEvery = 30;

/** The maximum delay of a timer, in milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Listens for everything that can end a running job early: the cancel file, the time limit (which can be extended
 * meanwhile), the deletion of its folder, and the signals of a system shutdown.
 */
export function listen(paths: JobPaths, record: JobRecord): Requests {
  const began = performance.now();
  let stopWith: (stop: Stop) => void = () => undefined;
  const stop = new Promise<Stop>((resolve) => {
    stopWith = resolve;
  });
  let timer: NodeJS.Timeout | undefined;
  let looks = 0;
  let closed = false;

  const look = async (): Promise<void> => {
    if (closed) return;
    clearTimeout(timer);
    if (!(await isThere(paths.record))) stopWith({ why: 'deleted' });
    if (await isThere(paths.cancel)) stopWith({ why: 'cancelled' });
    const limitMs = await limitOf(paths, record);
    const leftMs = limitMs === undefined ? longestTimerMs : limitMs - (performance.now() - began);
    if (limitMs !== undefined && leftMs <= 0) stopWith({ why: 'limit', limitMs });
    if (looks++ % aliveEvery === 0) await signOfLife(paths);
    again(Math.min(lookMs, Math.max(1, leftMs)));
  };
  const again = (ms: number): void => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => void look(), ms);
  };

  const shutdown = (signal: string): void => {
    stopWith({ why: 'shutdown', signal });
  };
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, shutdown);
  const watcher = watchFolder(paths.control, () => void look());
  void look();
  return {
    stop,
    close: () => {
      closed = true;
      clearTimeout(timer);
      watcher?.close();
      for (const signal of signals) process.off(signal, shutdown);
    },
  };
}

/** The heartbeat for other machines, which cannot see this process. A deleted folder gets none. */
async function signOfLife(paths: JobPaths): Promise<void> {
  const now = new Date();
  await utimes(paths.alive, now, now).catch(() =>
    writeFile(paths.alive, '', { flag: 'a', mode: 0o600 }).catch(() => undefined),
  );
}
