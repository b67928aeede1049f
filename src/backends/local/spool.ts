import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, open, readdir, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { JobError } from '../../core/domain/problem.js';
import { readText, writeAtomic } from '../../lib/node/files.js';
import { renameOver } from '../../lib/node/renameOver.js';
import { getErrorCode, hasErrorCode, isMissing } from '../../lib/errno.js';
import { isJobNumber, getJobPaths, type JobPaths, type SpoolPaths } from './paths.js';
import {
  parseJobProgress,
  parseJobRecord,
  type JobProgress,
  type LocalJobRecord,
  type ParsedFile,
} from './record.js';

/**
 * Creates the missing folders of a spool. Only this user can access them.
 *
 * @throws {@link JobError} of kind `disk` if the spool belongs to another user.
 */
export async function createSpool(spool: SpoolPaths): Promise<void> {
  await mkdir(spool.folder, { recursive: true, mode: 0o700 });
  await ensureOwnFolder(spool.folder);
  await Promise.all(
    [spool.jobs, spool.active].map(async (path) => {
      await mkdir(path, { recursive: true, mode: 0o700 });
      await ensureOwnFolder(path);
    }),
  );
}

/** Other users must neither own nor be able to write these folders: programs are started from their content. */
async function ensureOwnFolder(path: string): Promise<void> {
  // Windows has neither; there the user's own folders are closed to others.
  if (!process.getuid) return;
  const own = process.getuid();
  const [{ uid, mode }, above] = await Promise.all([stat(path), stat(dirname(path))]);
  // Some file systems report the same owner for all files.
  if (own !== 0 && uid !== own && uid !== above.uid)
    throw new JobError({ kind: 'disk', path, why: 'it belongs to another user' });
  if ((mode & 0o022) !== 0) await chmod(path, mode & 0o755);
}

/** Notifies everyone who watches the spool of a change. Never fails. */
export async function notifyChanged(spool: SpoolPaths): Promise<void> {
  await writeFile(spool.changed, String(Date.now()), { mode: 0o600 }).catch(() => undefined);
}

/** As {@link writeAtomic}; a folder in the file's place is renamed with its content. */
export async function writeSpoolFile(path: string, text: string): Promise<void> {
  try {
    await writeAtomic(path, text);
  } catch (error) {
    if (!(await isFolder(path))) throw error;
    await renameOver(path, `${path}.odd-${randomBytes(6).toString('hex')}`);
    await writeAtomic(path, text);
  }
}

/** True for a folder; systems report an attempt to replace one by a file in different ways. */
const isFolder = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** The numbers of all jobs in the spool, oldest first; empty if the spool does not exist. */
export const listJobNumbers = (spool: SpoolPaths): Promise<readonly number[]> => listNumbersIn(spool.jobs);

/** The numbers of the unfinished jobs in the index, oldest first. */
export const listActiveJobNumbers = (spool: SpoolPaths): Promise<readonly number[]> =>
  listNumbersIn(spool.active);

async function listNumbersIn(folder: string): Promise<readonly number[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter(isJobNumber)
      .map(Number)
      .sort((a, b) => a - b);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Marks a job as active or finished in the index. */
export async function setActiveMark(spool: SpoolPaths, id: string, active: boolean): Promise<void> {
  const entry = join(spool.active, id);
  if (active) await writeFile(entry, '', { mode: 0o600 });
  else await rm(entry, { force: true, recursive: true });
}

/** Higher numbers come from damaged files. */
const maxJobNumber = 1e14;

/** Allocates an unused job number and creates its folder. The caller holds the lock. */
export async function allocateJobNumber(spool: SpoolPaths): Promise<JobPaths> {
  for (let number = (await getLastJobNumber(spool)) + 1; ; number++) {
    const paths = getJobPaths(join(spool.jobs, String(number)));
    try {
      await mkdir(paths.dir, { mode: 0o700 });
    } catch (error) {
      if (hasErrorCode(error, 'EEXIST')) continue;
      throw error;
    }
    try {
      await recordJobNumber(spool, number);
      return paths;
    } catch (error) {
      await rmdir(paths.dir).catch(() => undefined);
      throw error;
    }
  }
}

/** The highest allocated number, from all sources: one damaged file has no effect. */
async function getLastJobNumber(spool: SpoolPaths): Promise<number> {
  const counted = await readText(spool.counter, 100).catch(() => '');
  const named = await Promise.all(
    [spool.jobs, spool.active, spool.last].map((path) => listNumbersIn(path).catch(() => [])),
  );
  const trimmed = counted.trim();
  const all = [...named.flat(), ...(isJobNumber(trimmed) ? [Number(trimmed)] : [])];
  return all.reduce((last, number) => (number < maxJobNumber ? Math.max(last, number) : last), 0);
}

/** One of both is enough to find the number again; without either it could be allocated twice. */
async function recordJobNumber(spool: SpoolPaths, number: number): Promise<void> {
  const notes = await Promise.allSettled([
    writeAtomic(spool.counter, String(number)),
    recordLastNumber(spool.last, number),
  ]);
  if (notes.some(({ status }) => status === 'fulfilled')) return;
  // SAFETY: file operations reject with errors.
  for (const note of notes) if (note.status === 'rejected') throw note.reason as Error;
}

async function recordLastNumber(folder: string, number: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, String(number)), '', { flag: 'wx', mode: 0o600 });
  for (const name of await readdir(folder)) {
    const isEarlier = isJobNumber(name) && Number(name) !== number;
    if (isEarlier) await rm(join(folder, name), { force: true, recursive: true });
  }
}

/** The parsed content of a file; undefined if it does not exist. */
async function readAndParse<T>(
  path: string,
  read: (text: string) => ParsedFile<T>,
): Promise<ParsedFile<T> | undefined> {
  try {
    return read(await readText(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    return { broken: getErrorCode(error) ?? (error instanceof Error ? error.message : 'it cannot be read') };
  }
}

/** A job's record; undefined if the job does not exist or is still being submitted. */
export const readJobRecord = (job: JobPaths): Promise<ParsedFile<LocalJobRecord> | undefined> =>
  readAndParse(job.record, parseJobRecord);

/** A job's progress; undefined if it is queued. */
export const readJobProgress = (job: JobPaths): Promise<ParsedFile<JobProgress> | undefined> =>
  readAndParse(job.state, parseJobProgress);

/** Writes a job's progress if the disk has room; otherwise it is unchanged. Never fails. */
export const tryWriteProgress = (job: JobPaths, progress: JobProgress): Promise<void> =>
  writeSpoolFile(job.state, JSON.stringify(progress)).catch(() => undefined);

/** Writes a job's progress. On a full disk it uses the reserved room, and reserves it again. */
export async function writeProgress(job: JobPaths, progress: JobProgress): Promise<void> {
  const text = JSON.stringify(progress);
  try {
    await writeSpoolFile(job.state, text);
  } catch (error) {
    if (isMissing(error) || !(await fillReserve(job, text))) throw error;
    await renameOver(job.spare, job.state);
    // The previous state left room, which the final state may need.
    if (progress.phase !== 'ended') await ensureReserve(job);
  }
}

/** The bytes reserved for a job's last state. */
const reserveBytes = 4096;

/** Reserves the room for a job's last state unless it is reserved or the disk is full. Never fails. */
export async function ensureReserve(job: JobPaths): Promise<void> {
  const spare = await stat(job.spare).catch(() => undefined);
  if (spare?.size === reserveBytes) return;
  await writeFile(job.spare, ' '.repeat(reserveBytes), { mode: 0o600 }).catch(() => undefined);
}

/** Pads the JSON with spaces, so that the file keeps its size and needs no further room. */
async function fillReserve(job: JobPaths, text: string): Promise<boolean> {
  const file = await open(job.spare, 'r+').catch(() => undefined);
  if (!file) return false;
  try {
    await file.write(Buffer.from(text.padEnd(reserveBytes)), 0, undefined, 0);
    await file.sync();
    return true;
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** The job's present time limit in milliseconds; undefined if it has none. */
export async function readTimeLimit(job: JobPaths, record: LocalJobRecord): Promise<number | undefined> {
  if (record.limitMs === undefined) return undefined;
  const extended = Number(await readText(job.limit, 100).catch(() => ''));
  return Number.isFinite(extended) && extended > record.limitMs ? extended : record.limitMs;
}
