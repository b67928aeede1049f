import { JobError } from '../../core/domain/problem.js';

/** The code of a failed system call (`ENOENT`), or undefined for any other value. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** True where the failure says that a file or folder is not there. */
export const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');

/** True where the failure says that there is no room. */
export const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');

/** True where the failure says that nothing can be written there now. */
export const isUnwritable = (error: unknown): boolean => isFull(error) || codeOf(error) === 'EROFS';

/** What a failed system call becomes: of kind `diskFull` or `disk`. What is a {@link JobError} or an abort stays. */
export function diskError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (error instanceof JobError || code === undefined || code === 'ABORT_ERR') return error;
  if (isFull(error)) return new JobError({ kind: 'diskFull', path }, { cause: error });
  return new JobError({ kind: 'disk', path, why: phrases.get(code) ?? code }, { cause: error });
}

const phrases = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'the operation is not permitted'],
  ['EROFS', 'the file system can only be read'],
  ['EMFILE', 'too many files are open'],
  ['ENFILE', 'too many files are open on this machine'],
  ['ENOENT', 'it is not there'],
  ['ENOTDIR', 'a file is in the place of a folder'],
  ['EISDIR', 'a folder is in the place of a file'],
  ['EIO', 'the disk failed'],
  ['ENAMETOOLONG', 'the name is too long'],
]);

/** The promise's value, or an AbortError as soon as the signal is aborted; the work itself goes on unobserved. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(abortError());
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}

/** What an aborted promise rejects with. */
export const abortError = (): DOMException => new DOMException('This operation was aborted', 'AbortError');

/** @throws an AbortError where the signal is aborted, whatever reason it carries. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortError();
}
