import { JobError } from '../core/domain/problem.js';

/** The system's error code of what was thrown: `ENOENT`; undefined: it is no system error. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const phrases: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['ENOENT', 'it does not exist'],
  ['ENOTDIR', 'it is not a folder'],
  ['EISDIR', 'it is a folder'],
  ['EIO', 'the disk reported an error'],
  ['ELOOP', 'too many links lead on from it'],
  ['ENAMETOOLONG', 'its name is too long'],
  ['EMFILE', 'too many files are open'],
  ['ENFILE', 'too many files are open'],
  ['EROFS', 'the disk is read-only'],
  ['EBUSY', 'it is in use'],
  ['ENXIO', 'it is no ordinary file'],
]);

/** What a system error says, as a phrase: `permission denied`. */
export function phraseOf(error: unknown): string {
  const code = errorCode(error);
  return phrases.get(code ?? '') ?? code ?? (error instanceof Error ? error.message : String(error));
}

/** Why reading `path` failed, as a {@link JobError} of kind `unreadable`. What is one already stays as it is. */
export const unreadable = (path: string, cause: unknown): JobError =>
  cause instanceof JobError
    ? cause
    : new JobError({ kind: 'unreadable', path, why: phraseOf(cause) }, { cause });

/** Why writing below `folder` failed, as a {@link JobError} of kind `diskFull` or `disk`. */
export function unwritable(folder: string, cause: unknown): JobError {
  if (cause instanceof JobError) return cause;
  const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(errorCode(cause) ?? '');
  return new JobError(
    isFull ? { kind: 'diskFull', path: folder } : { kind: 'disk', path: folder, why: phraseOf(cause) },
    { cause },
  );
}
