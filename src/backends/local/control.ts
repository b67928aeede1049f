import { mkdir, writeFile } from 'node:fs/promises';
import { formatDuration } from '../../core/presentation/formatting.js';
import type { Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import { isUnwritable } from '../../lib/errno.js';
import { getProcessLife } from './processIdentity.js';
import { withSpoolLock } from './lock.js';
import type { JobPaths, SpoolPaths } from './paths.js';
import { createCancelledEnding, parseJobNumber, recordEnding } from './queue.js';
import type { JobProgress } from './record.js';
import { deleteJobFolder } from './retention.js';
import { writeAtomic } from '../../lib/node/files.js';
import { notifyChanged, readTimeLimit, readJobProgress } from './spool.js';
import type { LocalJobTarget } from './jobDirectory.js';

/**
 * Removes a job from the queue, or asks its runner to end it. Does nothing if it has finished. On a disk that refuses
 * writes, the runner is asked by a signal.
 */
export async function cancelJob(
  spool: SpoolPaths,
  { paths }: LocalJobTarget,
  signal: AbortSignal,
): Promise<void> {
  try {
    await withSpoolLock(spool.lock, () => cancelLocked(spool, paths), signal);
  } catch (error) {
    if (!isUnwritable(error) || !(await requestCancelBySignal(paths))) throw error;
  }
  await notifyChanged(spool);
}

async function cancelLocked(spool: SpoolPaths, paths: JobPaths): Promise<void> {
  const progress = await readProgressIfValid(paths);
  if (progress?.phase === 'ended') return;
  if (progress) return requestCancel(paths);
  try {
    await recordEnding(spool, paths, createCancelledEnding());
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    // Prevents its start without needing room; the exit is recorded later.
    await requestCancel(paths);
  }
}

async function requestCancel(paths: JobPaths): Promise<void> {
  await mkdir(paths.control, { recursive: true, mode: 0o700 });
  await writeFile(paths.cancel, '', { mode: 0o600 });
}

/** True if the job's runner runs on this machine and was asked to end it. */
async function requestCancelBySignal(paths: JobPaths): Promise<boolean> {
  const progress = await readProgressIfValid(paths);
  if (progress?.phase !== 'running' || getProcessLife(progress.runner) !== 'alive') return false;
  process.kill(progress.runner.pid, 'SIGTERM');
  return true;
}

/**
 * Adds to the time limit of a running job; its runner applies it.
 *
 * @throws {@link JobError} of kind `invalid` if the job does not run or has no limit.
 */
export async function extendJob(
  spool: SpoolPaths,
  { paths, record }: LocalJobTarget,
  byMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (!(byMs > 0) || !Number.isFinite(byMs)) {
    throw new JobError({
      kind: 'invalid',
      why: `A limit can be extended by ${formatDuration(1)} or more.`,
    });
  }
  await withSpoolLock(
    spool.lock,
    async () => {
      const progress = await readProgressIfValid(paths);
      const isRunning = progress?.phase === 'running' || progress?.phase === 'starting';
      if (!isRunning) throw new JobError({ kind: 'invalid', why: `${record.name} is not running.` });
      const limitMs = await readTimeLimit(paths, record);
      if (limitMs === undefined) {
        throw new JobError({ kind: 'invalid', why: `${record.name} has no time limit to extend.` });
      }
      await mkdir(paths.control, { recursive: true, mode: 0o700 });
      await writeAtomic(paths.limit, String(limitMs + byMs));
    },
    signal,
  );
  await notifyChanged(spool);
}

/**
 * Deletes a finished job with all its files.
 *
 * @throws {@link JobError} of kind `invalid` if it has not finished.
 */
export async function deleteFinishedJob(
  spool: SpoolPaths,
  { paths, record }: LocalJobTarget,
  log: Log,
): Promise<void> {
  const progress = await readJobProgress(paths);
  const isOver = progress !== undefined && ('broken' in progress || progress.value.phase === 'ended');
  if (!isOver)
    throw new JobError({ kind: 'invalid', why: `${record.name} has not finished. Cancel it first.` });
  await deleteJobFolder(spool, parseJobNumber(paths), log);
}

/** A damaged state counts as finished: its runner, if any, records the end. */
async function readProgressIfValid(paths: JobPaths): Promise<JobProgress | undefined> {
  const read = await readJobProgress(paths);
  if (read && 'broken' in read) throw new JobError({ kind: 'disk', path: paths.state, why: 'it is damaged' });
  return read?.value;
}
