import { mkdir, rm } from 'node:fs/promises';
import { toDiskError } from '../../core/domain/diskError.js';
import { raceAbort, throwIfAborted } from '../../lib/abort.js';
import { withSpoolLock } from './lock.js';
import type { JobPaths, SpoolPaths } from './paths.js';
import { parseJobNumber } from './queue.js';
import type { LocalJobRecord } from './record.js';
import { writeAtomic } from '../../lib/node/files.js';
import { notifyChanged, ensureReserve, createSpool, setActiveMark, allocateJobNumber } from './spool.js';

/** Writes the snapshot of a submission into a job's folder and returns its record. */
export type SnapshotWriter = (paths: JobPaths) => Promise<LocalJobRecord>;

/**
 * Adds a job to the queue. In the end either the whole job exists or nothing of it.
 *
 * @param signal - Stops immediately; if the job is already queued, it stays there and its ID is returned.
 * @returns the job's ID.
 */
export async function enqueueJob(
  spool: SpoolPaths,
  freeze: SnapshotWriter,
  signal: AbortSignal,
): Promise<string> {
  throwIfAborted(signal);
  // An abandoned snapshot cleans up by itself.
  const { paths, record } = await raceAbort(createJobSnapshot(spool, freeze, signal), signal).catch(
    (error: unknown) => {
      throw toDiskError(error, spool.folder);
    },
  );
  const id = String(parseJobNumber(paths));
  try {
    await setActiveMark(spool, id, true);
    await writeAtomic(paths.record, JSON.stringify(record), { flush: true });
  } catch (error) {
    await discardJobFolder(paths);
    await setActiveMark(spool, id, false).catch(() => undefined);
    throw toDiskError(error, paths.dir);
  }
  await notifyChanged(spool);
  return id;
}

async function createJobSnapshot(
  spool: SpoolPaths,
  freeze: SnapshotWriter,
  signal: AbortSignal,
): Promise<{ readonly paths: JobPaths; readonly record: LocalJobRecord }> {
  await createSpool(spool);
  const paths = await withSpoolLock(spool.lock, () => allocateJobNumber(spool), signal);
  try {
    const record = await freeze(paths);
    throwIfAborted(signal);
    // The files for ending the job must exist before the disk is full.
    await mkdir(paths.control, { mode: 0o700 });
    await ensureReserve(paths);
    return { paths, record };
  } catch (error) {
    await discardJobFolder(paths);
    throw error;
  }
}

const discardJobFolder = (paths: JobPaths): Promise<void> =>
  rm(paths.dir, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
