/** The code of a failed system call (`ENOENT`) or of Node's own error; undefined if there is none. */
export function getErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** True if an error has one of these codes. */
export const hasErrorCode = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes(getErrorCode(error) ?? '');

/** True if a file or folder does not exist. */
export const isMissing = (error: unknown): boolean => hasErrorCode(error, 'ENOENT', 'ENOTDIR');

/** True if the disk or the quota is full. */
export const isDiskFull = (error: unknown): boolean => hasErrorCode(error, 'ENOSPC', 'EDQUOT');

/** True if the disk is full or read-only. */
export const isUnwritable = (error: unknown): boolean => isDiskFull(error) || hasErrorCode(error, 'EROFS');

const errorPhrases: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['ENOENT', 'it does not exist'],
  ['ENOTDIR', 'it is not a folder'],
  ['EISDIR', 'it is a folder'],
  ['EIO', 'the disk reported an error'],
  ['ELOOP', 'too many levels of symbolic links'],
  ['ENAMETOOLONG', 'its name is too long'],
  ['EMFILE', 'too many files are open'],
  ['ENFILE', 'too many files are open'],
  ['EROFS', 'the disk is read-only'],
  ['EBUSY', 'it is in use'],
  ['ENXIO', 'it is not a regular file'],
]);

/** A system error as a phrase: `permission denied`; its code if no phrase is known, or else its message. */
export function describeError(error: unknown): string {
  const code = getErrorCode(error);
  return errorPhrases.get(code ?? '') ?? code ?? (error instanceof Error ? error.message : String(error));
}
