import { dirname } from 'node:path';
import { isAbort, JobError } from '../core/domain/problem.js';

/** What a failed file operation means to the user; what is not one is passed on. */
export function diskError(cause: unknown, path: string): unknown {
  if (isAbort(cause) || cause instanceof JobError || !(cause instanceof Error) || !('code' in cause))
    return cause;
  if (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
    return new JobError({ kind: 'diskFull', path: dirname(path) }, { cause });
  return new JobError({ kind: 'disk', path, why: cause.message }, { cause });
}
