import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Log } from '../../core/domain/ports.js';
import { isMissing } from '../../lib/errno.js';
import { execute, type Execution } from './execution.js';
import { ownIdentity } from './identity.js';
import { withLock } from './lock.js';
import { jobPaths, spoolOf, type JobPaths, type SpoolPaths } from './paths.js';
import { recordEnding, sharedDispatch, tend } from './queue.js';
import type { Ending, JobRecord } from './record.js';
import { gatherResults } from './results.js';
import { isThere } from '../../lib/node/files.js';
import { announce, keepSpare, progressOf, recordOf, tryProgress, writeProgress } from './spool.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { dayMs } from '../../lib/time.js';

/**
 * The life of a runner: takes over the job it was started for, runs it, records its exit, and starts the next queued
 * job. It is independent of all windows.
 *
 * @param dir - The job's folder, absolute.
 */
export async function runJob(dir: string): Promise<void> {
  const paths = jobPaths(dir);
  const spool = spoolOf(dir);
  const taken = await withLock(spool.lock, () => takeOver(paths));
  if (!taken) return;
  await announce(spool);
  const { ending, shutdown } = await run(paths, spool, taken);
  if (ending) await recordSurely(spool, paths, ending);
  else await announce(spool);
  // A job that starts during a shutdown would be lost.
  if (shutdown) return;
  const dispatch = await sharedDispatch(spool);
  if (dispatch) await tend({ spool, dispatch, env: process.env, log: ownLog });
}

interface Taken {
  readonly record: JobRecord;
  readonly started: number;
}

/** Takes over the job; undefined if another runner has it, or it was cancelled or deleted meanwhile. */
async function takeOver(paths: JobPaths): Promise<Taken | undefined> {
  const [record, progress] = await Promise.all([recordOf(paths), progressOf(paths)]);
  if (!record || 'broken' in record) return undefined;
  if (progress) {
    if ('broken' in progress || progress.value.phase !== 'starting') return undefined;
    if (progress.value.runner.pid !== process.pid) return undefined;
  }
  const started = Date.now();
  await mkdir(paths.control, { recursive: true, mode: 0o700 });
  await keepSpare(paths);
  await writeProgress(paths, { phase: 'running', runner: ownIdentity(), started });
  return { record: record.value, started };
}

/** Runs the job; internal errors become its exit. */
async function run(paths: JobPaths, spool: SpoolPaths, { record, started }: Taken): Promise<Execution> {
  if (await isThere(paths.cancel)) return cancelledBefore(started);
  try {
    const done = await execute(paths, record, started, async (main) => {
      const running = {
        phase: 'running',
        runner: ownIdentity(),
        started,
        ...(main ? { main } : {}),
      } as const;
      // Helps to clean up if this runner dies; the job runs without it. Does not use the room reserved for the last
      // state.
      await tryProgress(paths, running);
      await announce(spool);
    });
    const { ending } = done;
    const trouble = ending && (await gatherResults(paths));
    if (!ending || trouble === undefined) return done;
    const reason = ending.reason === undefined ? trouble : `${ending.reason}; ${trouble}`;
    return { ...done, ending: { ...ending, reason } };
  } catch (error) {
    if (isMissing(error) && !(await isThere(paths.dir))) return { ending: undefined, shutdown: false };
    ownLog.error('The job could not be run.', error);
    const why = error instanceof Error ? error.message : String(error);
    const reason = `it could not be run: ${why}`;
    const ended = Date.now();
    return {
      ending: { phase: 'ended', outcome: 'failed', word: 'Failed', reason, started, ended },
      shutdown: false,
    };
  }
}

const cancelledBefore = (started: number): Execution => ({
  ending: {
    phase: 'ended',
    outcome: 'stopped',
    word: 'Stopped',
    reason: 'cancelled',
    started,
    ended: Date.now(),
  },
  shutdown: false,
});

/** How long to try recording an exit on a disk that refuses it, and the delay between tries, in milliseconds. */
const maxRecordMs = dayMs;
const minPauseMs = 1_000;
const maxPauseMs = 30_000;

async function recordSurely(spool: SpoolPaths, paths: JobPaths, ending: Ending): Promise<void> {
  const until = performance.now() + maxRecordMs;
  for (let pauseMs = minPauseMs; ; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
    try {
      await recordEnding(spool, paths, ending);
      return;
    } catch (error) {
      if (pauseMs === minPauseMs)
        ownLog.error(`The end of job ${basename(paths.dir)} could not be recorded yet.`, error);
      if (performance.now() > until) return;
      await sleep(pauseMs);
    }
  }
}

/** The runner's stderr is a file in the job's folder. */
const write = (text: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
};
const ownLog: Log = {
  info: () => undefined,
  warn: write,
  error: (text, cause) => {
    write(cause instanceof Error ? `${text} ${cause.stack ?? cause.message}` : text);
  },
};
