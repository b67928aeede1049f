import { mkdir, rm } from 'node:fs/promises';
import { toDiskError } from '../../core/domain/diskError.js';
import { raceAbort, throwIfAborted } from '../../lib/abort.js';
import { withLock } from './lock.js';
import type { JobPaths, SpoolPaths } from './paths.js';
import { numberOf } from './queue.js';
import type { JobRecord } from './record.js';
import { writeAtomic } from '../../lib/node/files.js';
import { announce, keepSpare, makeSpool, setActive, takeNumber } from './spool.js';

/** Writes what is submitted into a job's folder, and tells what to record of it. */
export type Freeze = (paths: JobPaths) => Promise<JobRecord>;

/**
 * Makes a job: from now on it waits in the queue. Either the whole job is there in the end, or nothing of it.
 *
 * @param signal - Stops at once; a job that is in the queue already stays there, and its id is given.
 * @returns the job's id.
 */
export async function admit(spool: SpoolPaths, freeze: Freeze, signal: AbortSignal): Promise<string> {
  throwIfAborted(signal);
  // Who is not waited for any more cleans up by itself.
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
    // What ending it takes has to be there when the disk is full.
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
