import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { ReadAt } from '../../core/logs/lineTail.js';
import { JobError } from '../../core/domain/problem.js';
import { isMissing } from '../../lib/errno.js';
import { readLosses, type Loss } from './logMarks.js';
import { logTimes, type LogTimes } from './logTimes.js';
import type { JobPaths } from './paths.js';

/** A job's log, open for reading. */
export interface LogFile {
  readonly times: LogTimes;
  readonly size: () => Promise<number>;
  /** Reads into `buffer` from `at` on; returns the number of bytes. */
  readonly read: (buffer: Uint8Array, at: number) => Promise<number>;
  readonly losses: () => Promise<readonly Loss[]>;
  readonly close: () => Promise<void>;
}

/**
 * Opens a job's log; undefined if the job has not started.
 *
 * @throws {@link JobError} of kind `disk` if its path is not a file.
 */
export async function openLog(paths: JobPaths): Promise<LogFile | undefined> {
  const log = await openIfThere(paths.log);
  if (log === 'noFile') throw new JobError({ kind: 'disk', path: paths.log, why: 'it is no file' });
  if (!log) return undefined;
  const times = await openFile(paths.times);
  return {
    times: logTimes(times),
    size: async () => (await log.stat()).size,
    read: async (buffer, at) => (await log.read(buffer, 0, buffer.length, at)).bytesRead,
    losses: async () => readLosses(await readLost(paths.lost)),
    close: async () => {
      await log.close();
      await times?.close();
    },
  };
}

async function readLost(path: string): Promise<Buffer> {
  const file = await openFile(path).catch(() => undefined);
  try {
    return (await file?.readFile()) ?? Buffer.alloc(0);
  } catch {
    return Buffer.alloc(0);
  } finally {
    await file?.close();
  }
}

/** A regular file; undefined if it does not exist. */
async function openFile(path: string): Promise<FileHandle | undefined> {
  const file = await openIfThere(path);
  return file === 'noFile' ? undefined : file;
}

async function openIfThere(path: string): Promise<FileHandle | 'noFile' | undefined> {
  try {
    // Does not wait for a pipe that a job created in its place.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    return 'noFile';
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Reads the bytes of a log at an offset. */
export const readerOf =
  (file: LogFile): ReadAt =>
  async (at, most) => {
    const buffer = new Uint8Array(most);
    return buffer.subarray(0, await file.read(buffer, at));
  };

/** True if a line ends with the byte before `at`. */
export async function isLineEnd(file: LogFile, at: number): Promise<boolean> {
  const [byte] = at > 0 ? await readerOf(file)(at - 1, 1) : [];
  return byte === 10;
}
