import { utimes, writeFile } from 'node:fs/promises';
import type { JobPaths } from './paths.js';
import type { LocalJobRecord } from './record.js';
import { pathExists } from '../../lib/node/files.js';
import { readTimeLimit } from './spool.js';
import { watchFolder } from './watchDir.js';

/** Why a running job is ended early. */
export type StopRequest =
  | { readonly why: 'cancelled' }
  | { readonly why: 'limit'; readonly limitMs: number }
  | { readonly why: 'shutdown'; readonly signal: string }
  | { readonly why: 'deleted' };

/** The requests to a runner while its job runs. */
export interface StopRequestListener {
  /** Resolves with the first reason to end the job; never, if there is none. */
  readonly stop: Promise<StopRequest>;
  /** Stops listening. */
  readonly close: () => void;
}

/** The interval between checks if the file system reports no changes, in milliseconds. */
const requestPollMs = 1_000;

/** The number of checks between heartbeats. */
const heartbeatInterval = 30;

/** The maximum delay of a timer, in milliseconds. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * Listens for everything that can end a running job early: the cancel file, the time limit (which can be extended
 * meanwhile), the deletion of its folder, and the signals of a system shutdown.
 */
export function listenForStopRequests(paths: JobPaths, record: LocalJobRecord): StopRequestListener {
  const began = performance.now();
  let stopWith: (stop: StopRequest) => void = () => undefined;
  const stop = new Promise<StopRequest>((resolve) => {
    stopWith = resolve;
  });
  let timer: NodeJS.Timeout | undefined;
  let looks = 0;
  let closed = false;

  const look = async (): Promise<void> => {
    if (closed) return;
    clearTimeout(timer);
    if (!(await pathExists(paths.record))) stopWith({ why: 'deleted' });
    if (await pathExists(paths.cancel)) stopWith({ why: 'cancelled' });
    const limitMs = await readTimeLimit(paths, record);
    const leftMs = limitMs === undefined ? maxTimerMs : limitMs - (performance.now() - began);
    if (limitMs !== undefined && leftMs <= 0) stopWith({ why: 'limit', limitMs });
    if (looks++ % heartbeatInterval === 0) await writeHeartbeat(paths);
    again(Math.min(requestPollMs, Math.max(1, leftMs)));
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
async function writeHeartbeat(paths: JobPaths): Promise<void> {
  const now = new Date();
  await utimes(paths.alive, now, now).catch(() =>
    writeFile(paths.alive, '', { flag: 'a', mode: 0o600 }).catch(() => undefined),
  );
}
