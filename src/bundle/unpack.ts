import { createReadStream } from 'node:fs';
import { link, mkdir, open, realpath, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { decodeName, toSystemPath } from '../lib/byteNames.js';
import { JobError } from '../core/domain/problem.js';
import { describeError } from '../lib/errno.js';
import { createUnwritableError } from './fsErrors.js';
import { TarFormatError } from './tarHeader.js';
import { readTar, type ReadTarEntry } from './tarReader.js';
import {
  createLinks,
  requireNameInside,
  replaceAtPath,
  requireTargetInside,
  type ArchiveLink,
} from './unpackNames.js';
import { createAbortError } from '../lib/abort.js';

/** The state of one unpacking. */
interface UnpackContext {
  /** Absolute, with links resolved. */
  readonly into: string;
  /** Folders that exist. */
  readonly made: Set<string>;
  /** Created last, so that nothing is written through a link. */
  readonly links: Map<string, ArchiveLink>;
  readonly isWanted: (name: string) => boolean;
  /** Names that were skipped. */
  readonly left: Set<string>;
}

/**
 * Unpacks a tar, plain or gzipped, into a folder: files, directories, and links that stay inside. Modes
 * become 755 or 644; modification times are not preserved. On failure or abort, files written so far remain.
 *
 * @param source - A file's path, or its bytes.
 * @param signal - Aborts it; the promise then rejects with an AbortError.
 * @param isWanted - Returns whether to unpack a name, which is relative with `/`.
 * @throws {@link JobError} of kind `unsafeName` (a name or link that leads out, or an entry that is not a
 * file, directory or link), `unreadable` (the file cannot be read, is not a tar, is truncated or has unknown
 * content), `diskFull` or `disk`.
 */
export async function unpackTar(
  source: string | Readable,
  into: string,
  signal: AbortSignal,
  isWanted: (name: string) => boolean = () => true,
): Promise<void> {
  const input = typeof source === 'string' ? createReadStream(toSystemPath(source)) : source;
  // Reading reports errors; one that occurs earlier must not end the process.
  input.on('error', () => undefined);
  try {
    const real = await withWriteErrors(into, () => realpath(toSystemPath(into), { encoding: 'buffer' }));
    const unpacking: UnpackContext = {
      into: decodeName(real),
      made: new Set(),
      links: new Map(),
      isWanted,
      left: new Set(),
    };
    await pipeUnzipped(input, signal, async (bytes) => {
      for await (const entry of readTar(bytes)) await unpackEntry(entry, unpacking);
    });
    await withWriteErrors(into, () => createLinks(unpacking.into, [...unpacking.links.values()]));
  } catch (error) {
    input.destroy();
    if (signal.aborted) throw createAbortError('Unpacking was cancelled.');
    if (error instanceof JobError) throw error;
    const isOfDisk = error instanceof Error && 'syscall' in error;
    const path = typeof source === 'string' ? source : 'the archive';
    const why = isOfDisk
      ? describeError(error)
      : error instanceof TarFormatError
        ? error.message
        : 'not a complete tar archive';
    throw new JobError({ kind: 'unreadable', path, why }, { cause: error });
  }
}

/** Passes the bytes on, decompressed if they start like gzip. */
async function pipeUnzipped(
  input: Readable,
  signal: AbortSignal,
  take: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  // SAFETY: a stream of bytes, not text.
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  signal.throwIfAborted();
  const all = Readable.from(prependChunk(head, chunks), { objectMode: false });
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  if (isGzip) await pipeline(all, createGunzip(), take, { signal });
  else await pipeline(all, take, { signal });
}

async function* prependChunk(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function unpackEntry(entry: ReadTarEntry, unpacking: UnpackContext): Promise<void> {
  const { into, links, isWanted, left } = unpacking;
  const name = requireNameInside(entry.name);
  const linked = entry.type === 'link' ? requireNameInside(entry.linkName) : undefined;
  if (name !== '' && (!isWanted(name) || (linked !== undefined && left.has(linked)))) {
    left.add(name);
    return;
  }
  const path = join(into, name);
  // Of several entries with one name the last counts. A hard link to the name keeps the earlier content.
  const before = links.get(name);
  if (entry.type !== 'directory') links.delete(name);
  switch (entry.type) {
    case 'directory':
      return createFolderOnce(path, unpacking);
    case 'file':
      if (name === '') throw new JobError({ kind: 'unsafeName', name: entry.name });
      await createFolderOnce(dirname(path), unpacking);
      return writeEntryFile(entry, path, into);
    case 'symlink':
      links.set(name, { name, target: requireTargetInside(name, entry.linkName) });
      return;
    case 'link':
      if (linked === name) {
        if (before) links.set(name, before);
        return;
      }
      return unpackHardLink({ name, linked: linked ?? '' }, unpacking);
    default:
      throw new JobError({ kind: 'unsafeName', name: entry.name });
  }
}

async function unpackHardLink(
  { name, linked }: { readonly name: string; readonly linked: string },
  unpacking: UnpackContext,
): Promise<void> {
  const { into, links } = unpacking;
  const symbolic = links.get(linked);
  if (symbolic) {
    links.set(name, { name, target: requireTargetInside(name, symbolic.target) });
    return;
  }
  const path = join(into, name);
  await createFolderOnce(dirname(path), unpacking);
  await withWriteErrors(into, () =>
    replaceAtPath(path, () => link(toSystemPath(join(into, linked)), toSystemPath(path))),
  );
}

async function createFolderOnce(folder: string, { into, made }: UnpackContext): Promise<void> {
  if (made.has(folder)) return;
  await withWriteErrors(into, () => mkdir(toSystemPath(folder), { recursive: true, mode: 0o755 }));
  made.add(folder);
}

async function writeEntryFile(entry: ReadTarEntry, path: string, into: string): Promise<void> {
  const mode = (entry.mode & 0o100) !== 0 ? 0o755 : 0o644;
  const file = await withWriteErrors(into, () =>
    replaceAtPath(path, () => open(toSystemPath(path), 'wx', mode)),
  );
  try {
    if (entry.sparse) await writeSparse(entry, entry.sparse, file, into);
    else for await (const chunk of entry.content) await withWriteErrors(into, () => file.writeFile(chunk));
  } finally {
    await file.close();
  }
}

/** Writes the stored parts of a sparse file to their offsets, which recreates the holes. */
async function writeSparse(
  { content }: ReadTarEntry,
  { parts, bytes }: NonNullable<ReadTarEntry['sparse']>,
  file: FileHandle,
  into: string,
): Promise<void> {
  let at = 0;
  let done = 0;
  for await (const chunk of content) {
    for (let taken = 0; taken < chunk.length;) {
      const part = parts[at];
      if (!part) throw new TarFormatError('it contains an invalid sparse file');
      const piece = chunk.subarray(taken, taken + part.bytes - done);
      for (let written = 0; written < piece.length;)
        written += (
          await withWriteErrors(into, () =>
            file.write(piece, written, piece.length - written, part.offset + done + written),
          )
        ).bytesWritten;
      taken += piece.length;
      done += piece.length;
      if (done === part.bytes) [at, done] = [at + 1, 0];
    }
  }
  await withWriteErrors(into, () => file.truncate(bytes));
}

/** Runs a file operation; attributes its failure to the folder that is unpacked into. */
async function withWriteErrors<T>(into: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw createUnwritableError(into, error);
  }
}
