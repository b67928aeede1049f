import { isAbort } from '../../lib/abort.js';
import { describeError, getErrorCode, isDiskFull } from '../../lib/errno.js';
import { JobError } from './problem.js';

/**
 * A failed file operation as a {@link JobError} of kind `diskFull` or `disk`. A {@link JobError}, an abort, and what is no
 * system error stay as they are.
 *
 * @param fullPath - The place that has no room; `path` unless given.
 */
export function toDiskError(cause: unknown, path: string, fullPath = path): unknown {
  if (cause instanceof JobError || isAbort(cause) || getErrorCode(cause) === undefined) return cause;
  if (isDiskFull(cause)) return new JobError({ kind: 'diskFull', path: fullPath }, { cause });
  return new JobError({ kind: 'disk', path, why: describeError(cause) }, { cause });
}

/** Why reading `path` failed, as a {@link JobError} of kind `unreadable`. A {@link JobError} stays as it is. */
export const toUnreadable = (cause: unknown, path: string): JobError =>
  cause instanceof JobError
    ? cause
    : new JobError({ kind: 'unreadable', path, why: describeError(cause) }, { cause });
