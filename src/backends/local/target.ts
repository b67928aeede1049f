import { JobError } from '../../core/domain/problem.js';
import { toDiskError } from '../../core/domain/diskError.js';
import { raceAbort } from '../../lib/abort.js';
import { jobDirOf, jobPaths, type JobPaths, type SpoolPaths } from './paths.js';
import type { JobRecord } from './record.js';
import { recordOf } from './spool.js';

/** A job's folder and the record in it. */
export interface Target {
  readonly paths: JobPaths;
  readonly record: JobRecord;
}

/** Rejects immediately when aborted; errors of the disk become problems. */
export async function onDisk<T>(work: Promise<T>, folder: string, signal: AbortSignal): Promise<T> {
  try {
    return await raceAbort(work, signal);
  } catch (error) {
    throw toDiskError(error, folder);
  }
}

/** Calls `body` with the job of this ID. @throws as {@link target}. */
export const withTarget = async <T>(
  spool: SpoolPaths,
  id: string,
  body: (job: Target) => Promise<T>,
): Promise<T> => body(await target(spool, id));

/** The job of this ID. @throws {@link JobError} of kind `gone`; `disk` if its record is damaged. */
export async function target(spool: SpoolPaths, id: string): Promise<Target> {
  const dir = jobDirOf(spool, id);
  const paths = dir === undefined ? undefined : jobPaths(dir);
  const record = paths && (await recordOf(paths));
  if (!paths || !record) throw new JobError({ kind: 'gone', name: `Job ${id}` });
  if ('broken' in record) throw new JobError({ kind: 'disk', path: paths.record, why: record.broken });
  return { paths, record: record.value };
}
