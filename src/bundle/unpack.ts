import { createReadStream } from 'node:fs';
import { mkdir, open, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join, posix, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Entry, type Headers } from 'tar-stream';
import { JobError } from '../core/problem.js';
import { errorCode, phraseOf, unwritable } from './readProblem.js';

/** What one unpacking knows. */
interface Unpacking {
  /** Absolute and real. */
  readonly into: string;
  /** Folders that are there already. */
  readonly made: Set<string>;
  /** Links to be made when all else is written, so that nothing is written through one. */
  readonly links: { readonly name: string; readonly target: string }[];
}

/**
 * Unpacks a tar, plain or gzipped, into an empty folder that is there: files, directories and links that stay inside.
 * Modes become 755 or 644. When it fails or is stopped, what was written so far stays.
 *
 * @param source - A file's path, or its bytes.
 * @param signal - Stops it; the promise then rejects with an AbortError.
 * @throws {@link JobError} of kind `unsafeName` (a name or link that leads out, or something that is no file, folder
 * or link), `unreadable` (it is no tar, or ends too early), `diskFull` or `disk`.
 */
export async function unpackTar(source: string | Readable, into: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const input = typeof source === 'string' ? createReadStream(source) : source;
  const tar = extract();
  const pumping = pump(input, tar, signal);
  pumping.catch(() => undefined); // the loop below meets the same failure
  try {
    const unpacking: Unpacking = { into: await realpath(into), made: new Set(), links: [] };
    for await (const entry of tar) await unpackEntry(entry, unpacking);
    await pumping;
    await makeLinks(unpacking);
  } catch (error) {
    input.destroy();
    if (signal.aborted) throw new DOMException('Unpacking was cancelled.', 'AbortError');
    if (error instanceof JobError) throw error;
    const path = typeof source === 'string' ? source : 'the archive';
    if (errorCode(error) === undefined || !isOfDisk(error)) {
      throw new JobError({ kind: 'unreadable', path, why: 'it is no complete tar archive' }, { cause: error });
    }
    throw new JobError({ kind: 'unreadable', path, why: phraseOf(error) }, { cause: error });
  }
}
