import { JobError } from '../../core/domain/problem.js';
import { toDiskError } from '../../core/domain/diskError.js';
import { raceAbort } from '../../lib/abort.js';
import { findJobDirectory, getJobPaths, type JobPaths, type SpoolPaths } from './paths.js';
import type { LocalJobRecord } from './record.js';
import { readJobRecord } from './spool.js';

/** A job's folder and the record in it. */
export interface LocalJobTarget {
  readonly paths: JobPaths;
  readonly record: LocalJobRecord;
}

/** Rejects immediately when aborted; errors of the disk become problems. */
export async function runOnDisk<T>(work: Promise<T>, folder: string, signal: AbortSignal): Promise<T> {
  try {
    return await raceAbort(work, signal);
  } catch (error) {
    throw toDiskError(error, folder);
  }
}

/** Calls `body` with the job of this ID. @throws as {@link findLocalJob}. */
export const withTarget = async <T>(
  spool: SpoolPaths,
  id: string,
  body: (job: LocalJobTarget) => Promise<T>,
): Promise<T> => body(await findLocalJob(spool, id));

/** The job of this ID. @throws {@link JobError} of kind `gone`; `disk` if its record is damaged. */
export async function findLocalJob(spool: SpoolPaths, id: string): Promise<LocalJobTarget> {
  const dir = findJobDirectory(spool, id);
  const paths = dir === undefined ? undefined : getJobPaths(dir);
  const record = paths && (await readJobRecord(paths));
  if (!paths || !record) throw new JobError({ kind: 'gone', name: `Job ${id}` });
  if ('broken' in record) throw new JobError({ kind: 'disk', path: paths.record, why: record.broken });
  return { paths, record: record.value };
}
