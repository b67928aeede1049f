import { toDiskError } from '../core/domain/diskError.js';
import { JobError } from '../core/domain/problem.js';
import { describeError, hasErrorCode } from '../lib/errno.js';

/** Why writing below `folder` failed, as a {@link JobError} of kind `diskFull` or `disk`. */
export function unwritable(folder: string, cause: unknown): JobError {
  // A file may not be longer there.
  if (hasErrorCode(cause, 'EFBIG')) return new JobError({ kind: 'diskFull', path: folder }, { cause });
  const error = toDiskError(cause, folder);
  return error instanceof JobError
    ? error
    : new JobError({ kind: 'disk', path: folder, why: describeError(cause) }, { cause });
}
