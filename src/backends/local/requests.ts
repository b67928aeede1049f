import { utimes, writeFile } from 'node:fs/promises';
import type { JobPaths } from './paths.js';
import type { JobRecord } from './record.js';
import { isThere } from '../../lib/node/files.js';
import { limitOf } from './spool.js';
import { watchFolder } from './watching.js';

/** Why a running job is to end before its own end. */
export type Stop =
  | { readonly why: 'cancelled' }
  | { readonly why: 'limit'; readonly limitMs: number }
  | { readonly why: 'shutdown'; readonly signal: string }
  | { readonly why: 'deleted' };

/** What a runner is told from outside while its job runs. */
export interface Requests {
  /** Resolves with the first reason to end the job; never, if there is none. */
  readonly stop: Promise<Stop>;
  /** Ends listening. */
  readonly close: () => void;
}

/** Milliseconds between two looks, where the file system tells of no change. */
const lookMs = 1_000;

/** Looks after which a sign of life is given. */
const aliveEvery = 30;

/** The longest delay that a timer takes, in milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Listens for all that may end a running job: the file that asks to cancel it, its time limit (which may be extended
 * meanwhile), the loss of its folder, and the signals by which a system shuts down.
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

/** For those on other machines, who cannot see this process. A folder that is gone gets none. */
async function signOfLife(paths: JobPaths): Promise<void> {
  const now = new Date();
  await utimes(paths.alive, now, now).catch(() =>
    writeFile(paths.alive, '', { flag: 'a', mode: 0o600 }).catch(() => undefined),
  );
}
