import { mkdir, rm } from 'node:fs/promises';
import { toDiskError } from '../../core/domain/diskError.js';
import { raceAbort, throwIfAborted } from '../../lib/abort.js';
import { withLock } from './lock.js';
import type { JobPaths, SpoolPaths } from './paths.js';
import { numberOf } from './queue.js';
import type { JobRecord } from './record.js';
import { writeAtomic } from '../../lib/node/files.js';
import { announce, keepSpare, makeSpool, setActive, takeNumber } from './spool.js';

/** Writes the snapshot of a submission into a job's folder and returns its record. */
export type Freeze = (paths: JobPaths) => Promise<JobRecord>;

/**
 * Adds a job to the queue. In the end either the whole job exists or nothing of it.
 *
 * @param signal - Stops immediately; if the job is already queued, it stays there and its ID is returned.
 * @returns the job's ID.
 */
export async function admit(spool: SpoolPaths, freeze: Freeze, signal: AbortSignal): Promise<string> {
  throwIfAborted(signal);
  // An abandoned snapshot cleans up by itself.
  const { paths, record } = await raceAbort(freezeNew(spool, freeze, signal), signal).catch(
    (error: unknown) => {
      throw toDiskError(error, spool.folder);
    },
  );
  const id = String(numberOf(paths));
  try {
    await setActive(spool, id, true);
    await writeAtomic(paths.record, JSON.stringify(record), { flush: true });
  } catch (error) {
    await discard(paths);
    await setActive(spool, id, false).catch(() => undefined);
    throw toDiskError(error, paths.dir);
  }
  await announce(spool);
  return id;
}

async function freezeNew(
  spool: SpoolPaths,
  freeze: Freeze,
  signal: AbortSignal,
): Promise<{ readonly paths: JobPaths; readonly record: JobRecord }> {
  await makeSpool(spool);
  const paths = await withLock(spool.lock, () => takeNumber(spool), signal);
  try {
    const record = await freeze(paths);
    throwIfAborted(signal);
    // The files for ending the job must exist before the disk is full.
    await mkdir(paths.control, { mode: 0o700 });
    await keepSpare(paths);
    return { paths, record };
  } catch (error) {
    await discard(paths);
    throw error;
  }
}

const discard = (paths: JobPaths): Promise<void> =>
  rm(paths.dir, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
