import { createHash, randomBytes } from 'node:crypto';
import { appendFile, lstat, mkdir, open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { toSystemPath } from '../lib/byteNames.js';
import { JobError } from '../core/domain/problem.js';
import type { LocalDisk, ExpectedDownload } from '../core/domain/ports.js';
import { isTar, unpackBeside, type UnpackTar } from './archives.js';
import { toDiskError } from '../core/domain/diskError.js';
import { resolveBelow, refuseOutside } from './safePaths.js';
import { createScratchFolders } from './scratchFolders.js';
import { hasErrorCode } from '../lib/errno.js';
import { isInside } from '../lib/node/paths.js';
import { renameOver } from '../lib/node/renameOver.js';

/**
 * Creates the writer for files on this machine.
 *
 * @param unpackTar - Unpacks a tar into an empty folder.
 * @param scratchRoot - The absolute path of the extension's folder for copies that are only viewed.
 */
export const createFileDisk = (
  unpackTar: UnpackTar,
  scratchRoot: string,
  platform = process.platform,
): LocalDisk => ({
  save: saveFile,
  exists: async (path) => (await getKind(path)) !== 'none',
  readText: readBoundedText,
  isTar,
  unpack: (tar, signal, wantsTools) => unpackBeside(tar, { unpackTar, wantsTools, platform }, signal),
  resolveInside: (folder, name) => resolveBelow(folder, name, platform),
  getPreviewFolder: createScratchFolders(scratchRoot),
  appendIgnoreRule,
});

async function readBoundedText(path: string, maxBytes: number): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch {
    // The caller reports the error if it needs the file.
    return undefined;
  }
}

async function saveFile(
  path: string,
  parts: AsyncIterable<Uint8Array | string>,
  signal: AbortSignal,
  expected: ExpectedDownload = {},
): Promise<void> {
  const { within } = expected;
  // Not derived from the file's name, which can have the maximum length.
  const temporary = toSystemPath(join(dirname(path), `.${randomBytes(6).toString('hex')}.part`));
  let file: FileHandle | undefined;
  try {
    // A link may have been created since the path was determined.
    if (within !== undefined) await refuseOutside(within, path, basename(path));
    await mkdir(toSystemPath(dirname(path)), { recursive: true });
    if (within !== undefined) await refuseOutside(within, path, basename(path));
    // `wx`: an existing file, in particular a link, is never written to. Opened before reading starts, so
    // that cleanup can delete it.
    file = await open(temporary, 'wx');
    await pipeline(
      Readable.from(verifyParts(parts, expected, basename(path)), { objectMode: true }),
      file.createWriteStream(),
      { signal },
    );
    await renameOver(temporary, toSystemPath(path));
  } catch (error) {
    // The first failure is the one to report.
    await file?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw toDiskError(error, path, dirname(path));
  }
}

/** Passes the data on; throws if its size or hash differs, as soon as it is too long or at its end. */
async function* verifyParts(
  parts: AsyncIterable<Uint8Array | string>,
  expected: ExpectedDownload,
  name: string,
): AsyncGenerator<Uint8Array> {
  const damaged = (): JobError => new JobError({ kind: 'damaged', name });
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of parts) {
    const data = typeof part === 'string' ? Buffer.from(part) : part;
    bytes += data.length;
    if (bytes > (expected.bytes ?? Infinity)) throw damaged();
    if (expected.sha256 !== undefined) hash.update(data);
    yield data;
  }
  if (expected.bytes !== undefined && bytes !== expected.bytes) throw damaged();
  if (expected.sha256 !== undefined && hash.digest('hex') !== expected.sha256) throw damaged();
}

async function getKind(path: string): Promise<'none' | 'link' | 'other'> {
  try {
    return (await lstat(toSystemPath(path))).isSymbolicLink() ? 'link' : 'other';
  } catch {
    // A path that is not accessible counts as missing; writing then reports the error.
    return 'none';
  }
}

async function appendIgnoreRule(folder: string, path: string, ignoreFileName: string): Promise<void> {
  const file = await findIgnoreFile(folder, path, ignoreFileName);
  const pattern = relative(dirname(file), join(folder, path))
    .split(sep)
    .join('/')
    .replace(/[\\*?[\]]/g, '\\$&')
    .replace(/^[!#]/, '\\$&')
    // White space at the ends of a line is trimmed except in brackets, and a line cannot contain a line end.
    .replace(/[\r\n]/g, '?')
    .replace(/^[\s\u0085]|[\s\u0085]$/g, '[$&]');
  try {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if (hasErrorCode(error, 'ENOENT')) return '';
      throw error;
    });
    await appendFile(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${pattern}\n`);
  } catch (error) {
    throw toDiskError(error, file, dirname(file));
  }
}

/** The ignore file that decides on a path: the nearest one upwards, else the one at the top, which may have to be made. */
async function findIgnoreFile(folder: string, path: string, ignoreFileName: string): Promise<string> {
  for (let at = dirname(join(folder, path)); at === folder || isInside(at, folder); at = dirname(at)) {
    const file = join(at, ignoreFileName);
    if ((await getKind(file)) !== 'none') return file;
  }
  return join(folder, ignoreFileName);
}
