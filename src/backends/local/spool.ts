import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, open, readdir, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { JobError } from '../../core/domain/problem.js';
import { readText, writeAtomic } from '../../lib/node/files.js';
import { renameOver } from '../../lib/node/renameOver.js';
import { getErrorCode, hasErrorCode, isMissing } from '../../lib/errno.js';
import { isNumber, jobPaths, type JobPaths, type SpoolPaths } from './paths.js';
import { readProgress, readRecord, type JobProgress, type JobRecord, type Read } from './record.js';

/**
 * Makes the folders of a spool where they are missing. Only this user may look into them.
 *
 * @throws {@link JobError} of kind `disk` where the spool belongs to another user.
 */
export async function makeSpool(spool: SpoolPaths): Promise<void> {
  await mkdir(spool.folder, { recursive: true, mode: 0o700 });
  await ensureOwn(spool.folder);
  await Promise.all(
    [spool.jobs, spool.active].map(async (path) => {
      await mkdir(path, { recursive: true, mode: 0o700 });
      await ensureOwn(path);
    }),
  );
}

/** Others must neither own a folder of ours nor write into it: what starts jobs is read from there. */
async function ensureOwn(path: string): Promise<void> {
  // Windows has neither; there the user's own folders are closed to others as they are.
  if (!process.getuid) return;
  const own = process.getuid();
  const [{ uid, mode }, above] = await Promise.all([stat(path), stat(dirname(path))]);
  // Some file systems show one owner for all that is on them.
  if (own !== 0 && uid !== own && uid !== above.uid)
    throw new JobError({ kind: 'disk', path, why: 'it belongs to another user' });
  if ((mode & 0o022) !== 0) await chmod(path, mode & 0o755);
}

/** Says to all who watch the spool that something in it is another. Never fails. */
export async function announce(spool: SpoolPaths): Promise<void> {
  await writeFile(spool.changed, String(Date.now()), { mode: 0o600 }).catch(() => undefined);
}

/** As {@link writeAtomic}; a folder in the file's place makes way under another name, with what it holds. */
export async function writeOver(path: string, text: string): Promise<void> {
  try {
    await writeAtomic(path, text);
  } catch (error) {
    if (!(await isFolder(path))) throw error;
    await renameOver(path, `${path}.odd-${randomBytes(6).toString('hex')}`);
    await writeAtomic(path, text);
  }
}

/** Systems refuse in their own ways to put a file in the place of a folder. */
const isFolder = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** The numbers of all jobs in the spool, oldest first; empty where there is no spool. */
export const allNumbers = (spool: SpoolPaths): Promise<readonly number[]> => numbersIn(spool.jobs);

/** The numbers of the jobs that have not ended, as far as the index knows, oldest first. */
export const activeNumbers = (spool: SpoolPaths): Promise<readonly number[]> => numbersIn(spool.active);

async function numbersIn(folder: string): Promise<readonly number[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter(isNumber)
      .map(Number)
      .sort((a, b) => a - b);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Marks a job as not ended, or as ended, in the index. */
export async function setActive(spool: SpoolPaths, id: string, active: boolean): Promise<void> {
  const entry = join(spool.active, id);
  if (active) await writeFile(entry, '', { mode: 0o600 });
  else await rm(entry, { force: true, recursive: true });
}

/** Numbers above this are no count of jobs: whatever gave one is damaged. */
const maxNumber = 1e14;

/** Takes a number that no job has or had, and makes its folder. The lock is held by the caller. */
export async function takeNumber(spool: SpoolPaths): Promise<JobPaths> {
  for (let number = (await lastNumber(spool)) + 1; ; number++) {
    const paths = jobPaths(join(spool.jobs, String(number)));
    try {
      await mkdir(paths.dir, { mode: 0o700 });
    } catch (error) {
      if (hasErrorCode(error, 'EEXIST')) continue;
      throw error;
    }
    try {
      await noteNumber(spool, number);
      return paths;
    } catch (error) {
      await rmdir(paths.dir).catch(() => undefined);
      throw error;
    }
  }
}

/** The highest number given, by all that still says so: one damaged file decides nothing. */
async function lastNumber(spool: SpoolPaths): Promise<number> {
  const counted = await readText(spool.counter, 100).catch(() => '');
  const named = await Promise.all(
    [spool.jobs, spool.active, spool.last].map((path) => numbersIn(path).catch(() => [])),
  );
  const trimmed = counted.trim();
  const all = [...named.flat(), ...(isNumber(trimmed) ? [Number(trimmed)] : [])];
  return all.reduce((last, number) => (number < maxNumber ? Math.max(last, number) : last), 0);
}

/** One of both is enough to find the number again; without either it could be given twice. */
async function noteNumber(spool: SpoolPaths, number: number): Promise<void> {
  const notes = await Promise.allSettled([
    writeAtomic(spool.counter, String(number)),
    noteLast(spool.last, number),
  ]);
  if (notes.some(({ status }) => status === 'fulfilled')) return;
  // SAFETY: file operations reject with errors.
  for (const note of notes) if (note.status === 'rejected') throw note.reason as Error;
}

async function noteLast(folder: string, number: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, String(number)), '', { flag: 'wx', mode: 0o600 });
  for (const name of await readdir(folder)) {
    const isEarlier = isNumber(name) && Number(name) !== number;
    if (isEarlier) await rm(join(folder, name), { force: true, recursive: true });
  }
}

/** What stands in a file of ours; undefined: there is none. */
async function readWith<T>(path: string, read: (text: string) => Read<T>): Promise<Read<T> | undefined> {
  try {
    return read(await readText(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    return { broken: getErrorCode(error) ?? (error instanceof Error ? error.message : 'it cannot be read') };
  }
}

/** A job's record; undefined: there is no such job, or it is still being submitted. */
export const recordOf = (job: JobPaths): Promise<Read<JobRecord> | undefined> =>
  readWith(job.record, readRecord);

/** A job's progress; undefined: it waits in the queue. */
export const progressOf = (job: JobPaths): Promise<Read<JobProgress> | undefined> =>
  readWith(job.state, readProgress);

/** Writes a job's progress where there is room for it; else it stays as it was. Never fails. */
export const tryProgress = (job: JobPaths, progress: JobProgress): Promise<void> =>
  writeOver(job.state, JSON.stringify(progress)).catch(() => undefined);

/** Writes a job's progress. The room kept for it is used, and taken again, where the disk is full. */
export async function writeProgress(job: JobPaths, progress: JobProgress): Promise<void> {
  const text = JSON.stringify(progress);
  try {
    await writeOver(job.state, text);
  } catch (error) {
    if (isMissing(error) || !(await fillSpare(job, text))) throw error;
    await renameOver(job.spare, job.state);
    // The state before has left room, which the end may need.
    if (progress.phase !== 'ended') await keepSpare(job);
  }
}

/** Bytes kept free for a job's last state. */
const spareBytes = 4096;

/** Takes the room for a job's last state while there is some, unless it is taken. Never fails. */
export async function keepSpare(job: JobPaths): Promise<void> {
  const spare = await stat(job.spare).catch(() => undefined);
  if (spare?.size === spareBytes) return;
  await writeFile(job.spare, ' '.repeat(spareBytes), { mode: 0o600 }).catch(() => undefined);
}

/** Blanks behind JSON mean nothing; so the file keeps its size, and the disk need not give anything. */
async function fillSpare(job: JobPaths, text: string): Promise<boolean> {
  const file = await open(job.spare, 'r+').catch(() => undefined);
  if (!file) return false;
  try {
    await file.write(Buffer.from(text.padEnd(spareBytes)), 0, undefined, 0);
    await file.sync();
    return true;
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** The job's time limit as it stands, in milliseconds; undefined: it has none. */
export async function limitOf(job: JobPaths, record: JobRecord): Promise<number | undefined> {
  if (record.limitMs === undefined) return undefined;
  const extended = Number(await readText(job.limit, 100).catch(() => ''));
  return Number.isFinite(extended) && extended > record.limitMs ? extended : record.limitMs;
}
