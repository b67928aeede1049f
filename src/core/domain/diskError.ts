import { isAbort } from '../../lib/abort.js';
import { describeError, getErrorCode, isDiskFull } from '../../lib/errno.js';
import { JobError } from './problem.js';

/**
 * Converts a failed file operation into a {@link JobError} of kind `diskFull` or `disk`. Returns a
 * {@link JobError}, an abort, and any error without a system error code unchanged.
 *
 * @param fullPath - The path reported as full; `path` by default.
 */
export function toDiskError(cause: unknown, path: string, fullPath = path): unknown {
  if (cause instanceof JobError || isAbort(cause) || getErrorCode(cause) === undefined) return cause;
  if (isDiskFull(cause)) return new JobError({ kind: 'diskFull', path: fullPath }, { cause });
  return new JobError({ kind: 'disk', path, why: describeError(cause) }, { cause });
}

/**
 * Converts a failed read of `path` into a {@link JobError} of kind `unreadable`. Returns a {@link JobError}
 * unchanged.
 */
export const toUnreadableError = (cause: unknown, path: string): JobError =>
  cause instanceof JobError
    ? cause
    : new JobError({ kind: 'unreadable', path, why: describeError(cause) }, { cause });
