import { toDiskError } from '../core/domain/diskError.js';
import { JobError } from '../core/domain/problem.js';
import { describeError, hasErrorCode } from '../lib/errno.js';

/** Converts a failed write below `folder` into a {@link JobError} of kind `diskFull` or `disk`. */
export function createUnwritableError(folder: string, cause: unknown): JobError {
  // The file system does not allow larger files.
  if (hasErrorCode(cause, 'EFBIG')) return new JobError({ kind: 'diskFull', path: folder }, { cause });
  const error = toDiskError(cause, folder);
  return error instanceof JobError
    ? error
    : new JobError({ kind: 'disk', path: folder, why: describeError(cause) }, { cause });
}
