import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { RangeReader } from '../../core/logs/lineTail.js';
import { JobError } from '../../core/domain/problem.js';
import { isMissing } from '../../lib/errno.js';
import { parseGapMarks, type LogGapMark } from './logMarks.js';
import { createLogTimeReader, type LogTimeReader } from './logTimes.js';
import type { JobPaths } from './paths.js';

/** A job's log, open for reading. */
export interface JobLogFile {
  readonly times: LogTimeReader;
  readonly size: () => Promise<number>;
  /** Reads into `buffer` from `at` on; returns the number of bytes. */
  readonly read: (buffer: Uint8Array, at: number) => Promise<number>;
  readonly gapMarks: () => Promise<readonly LogGapMark[]>;
  readonly close: () => Promise<void>;
}

/**
 * Opens a job's log; undefined if the job has not started.
 *
 * @throws {@link JobError} of kind `disk` if its path is not a file.
 */
export async function openJobLog(paths: JobPaths): Promise<JobLogFile | undefined> {
  const log = await openIfPresent(paths.log);
  if (log === 'noFile')
    throw new JobError({ kind: 'disk', path: paths.log, why: 'it is not a regular file' });
  if (!log) return undefined;
  const times = await openRegularFile(paths.times);
  return {
    times: createLogTimeReader(times),
    size: async () => (await log.stat()).size,
    read: async (buffer, at) => (await log.read(buffer, 0, buffer.length, at)).bytesRead,
    gapMarks: async () => parseGapMarks(await readGapMarkFile(paths.lost)),
    close: async () => {
      await log.close();
      await times?.close();
    },
  };
}

async function readGapMarkFile(path: string): Promise<Buffer> {
  const file = await openRegularFile(path).catch(() => undefined);
  try {
    return (await file?.readFile()) ?? Buffer.alloc(0);
  } catch {
    return Buffer.alloc(0);
  } finally {
    await file?.close();
  }
}

/** A regular file; undefined if it does not exist. */
async function openRegularFile(path: string): Promise<FileHandle | undefined> {
  const file = await openIfPresent(path);
  return file === 'noFile' ? undefined : file;
}

async function openIfPresent(path: string): Promise<FileHandle | 'noFile' | undefined> {
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
export const createRangeReader =
  (file: JobLogFile): RangeReader =>
  async (at, most) => {
    const buffer = new Uint8Array(most);
    return buffer.subarray(0, await file.read(buffer, at));
  };

/** True if a line ends with the byte before `at`. */
export async function isLineEnd(file: JobLogFile, at: number): Promise<boolean> {
  const [byte] = at > 0 ? await createRangeReader(file)(at - 1, 1) : [];
  return byte === 10;
}
