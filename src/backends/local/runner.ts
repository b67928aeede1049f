import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Log } from '../../core/domain/ports.js';
import { isMissing } from '../../lib/errno.js';
import { executeJob, type JobExecution } from './execution.js';
import { getOwnIdentity } from './processIdentity.js';
import { withSpoolLock } from './lock.js';
import { getJobPaths, getSpoolOfJob, type JobPaths, type SpoolPaths } from './paths.js';
import { recordEnding, readSharedDispatch, schedule } from './queue.js';
import type { LocalJobEnding, LocalJobRecord } from './record.js';
import { collectResults } from './results.js';
import { pathExists } from '../../lib/node/files.js';
import {
  notifyChanged,
  ensureReserve,
  readJobProgress,
  readJobRecord,
  tryWriteProgress,
  writeProgress,
} from './spool.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { dayMs } from '../../lib/time.js';

/**
 * The life of a runner: takes over the job it was started for, runs it, records its exit, and starts the next queued
 * job. It is independent of all windows.
 *
 * @param dir - The job's folder, absolute.
 */
export async function runJob(dir: string): Promise<void> {
  const paths = getJobPaths(dir);
  const spool = getSpoolOfJob(dir);
  const taken = await withSpoolLock(spool.lock, () => claimJob(paths));
  if (!taken) return;
  await notifyChanged(spool);
  const { ending, shutdown } = await runClaimedJob(paths, spool, taken);
  if (ending) await recordEndingWithRetry(spool, paths, ending);
  else await notifyChanged(spool);
  // A job that starts during a shutdown would be lost.
  if (shutdown) return;
  const dispatch = await readSharedDispatch(spool);
  if (dispatch) await schedule({ spool, dispatch, env: process.env, log: runnerLog });
}

interface ClaimedJob {
  readonly record: LocalJobRecord;
  readonly started: number;
}

/** Takes over the job; undefined if another runner has it, or it was cancelled or deleted meanwhile. */
async function claimJob(paths: JobPaths): Promise<ClaimedJob | undefined> {
  const [record, progress] = await Promise.all([readJobRecord(paths), readJobProgress(paths)]);
  if (!record || 'broken' in record) return undefined;
  if (progress) {
    if ('broken' in progress || progress.value.phase !== 'starting') return undefined;
    if (progress.value.runner.pid !== process.pid) return undefined;
  }
  const started = Date.now();
  await mkdir(paths.control, { recursive: true, mode: 0o700 });
  await ensureReserve(paths);
  await writeProgress(paths, { phase: 'running', runner: getOwnIdentity(), started });
  return { record: record.value, started };
}

/** Runs the job; internal errors become its exit. */
async function runClaimedJob(
  paths: JobPaths,
  spool: SpoolPaths,
  { record, started }: ClaimedJob,
): Promise<JobExecution> {
  if (await pathExists(paths.cancel)) return createCancelledExecution(started);
  try {
    const done = await executeJob(paths, record, started, async (main) => {
      const running = {
        phase: 'running',
        runner: getOwnIdentity(),
        started,
        ...(main ? { main } : {}),
      } as const;
      // Helps to clean up if this runner dies; the job runs without it. Does not use the room reserved for the last
      // state.
      await tryWriteProgress(paths, running);
      await notifyChanged(spool);
    });
    const { ending } = done;
    const trouble = ending && (await collectResults(paths));
    if (!ending || trouble === undefined) return done;
    const reason = ending.reason === undefined ? trouble : `${ending.reason}; ${trouble}`;
    return { ...done, ending: { ...ending, reason } };
  } catch (error) {
    if (isMissing(error) && !(await pathExists(paths.dir))) return { ending: undefined, shutdown: false };
    runnerLog.error('The job could not be run.', error);
    const why = error instanceof Error ? error.message : String(error);
    const reason = `it could not be run: ${why}`;
    const ended = Date.now();
    return {
      ending: { phase: 'ended', outcome: 'failed', word: 'Failed', reason, started, ended },
      shutdown: false,
    };
  }
}

const createCancelledExecution = (started: number): JobExecution => ({
  ending: {
    phase: 'ended',
    outcome: 'stopped',
    word: 'Cancelled',
    reason: 'cancelled',
    started,
    ended: Date.now(),
  },
  shutdown: false,
});

/** How long to try recording an exit on a disk that refuses it, and the delay between tries, in milliseconds. */
const maxRecordMs = dayMs;
const minRecordPauseMs = 1_000;
const maxRecordPauseMs = 30_000;

async function recordEndingWithRetry(
  spool: SpoolPaths,
  paths: JobPaths,
  ending: LocalJobEnding,
): Promise<void> {
  const until = performance.now() + maxRecordMs;
  for (let pauseMs = minRecordPauseMs; ; pauseMs = Math.min(pauseMs * 2, maxRecordPauseMs)) {
    try {
      await recordEnding(spool, paths, ending);
      return;
    } catch (error) {
      if (pauseMs === minRecordPauseMs)
        runnerLog.error(`The outcome of job ${basename(paths.dir)} could not be recorded yet.`, error);
      if (performance.now() > until) return;
      await sleep(pauseMs);
    }
  }
}

/** The runner's stderr is a file in the job's folder. */
const writeToStderr = (text: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
};
const runnerLog: Log = {
  info: () => undefined,
  warn: writeToStderr,
  error: (text, cause) => {
    writeToStderr(cause instanceof Error ? `${text} ${cause.stack ?? cause.message}` : text);
  },
};
