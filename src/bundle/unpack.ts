import { createReadStream } from 'node:fs';
import { link, mkdir, open, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { JobError } from '../core/problem.js';
import { phraseOf, unwritable } from './readProblem.js';
import { makeLinks, nameInside, targetInside, type Link } from './unpackNames.js';

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

/** What one unpacking knows. */
interface Unpacking {
  /** Absolute, with no link in it. */
  readonly into: string;
  /** Folders that are there already. */
  readonly made: Set<string>;
  /** Made when all else is written, so that nothing is written through one. */
  readonly links: Link[];
}

/**
 * Unpacks a tar, plain or gzipped, into an empty folder: files, directories, and links that stay inside. Modes become
 * 755 or 644, times are those of now. When it fails or is stopped, what was written so far stays.
 *
 * @param source - A file's path, or its bytes.
 * @param signal - Stops it; the promise then rejects with an AbortError.
 * @throws {@link JobError} of kind `unsafeName` (a name or link that leads out, or what is no file, directory or link),
 * `unreadable` (the file cannot be read, is no tar or ends too early), `diskFull` or `disk`.
 */
export async function unpackTar(source: string | Readable, into: string, signal: AbortSignal): Promise<void> {
  const input = typeof source === 'string' ? createReadStream(source) : source;
  const tar = extract();
  const iterator = tar[Symbol.asyncIterator](); // listens from here on: an entry that nobody hears of is lost
  const entries: AsyncIterable<Entry> = { [Symbol.asyncIterator]: () => iterator };
  const pumping = pump(input, tar, signal);
  pumping.catch(() => undefined); // the loop below meets the same failure
  try {
    const unpacking: Unpacking = {
      into: await writing(into, () => realpath(into)),
      made: new Set(),
      links: [],
    };
    for await (const entry of entries) await unpackEntry(entry, unpacking);
    await pumping;
    await writing(into, () => makeLinks(unpacking.into, unpacking.links));
  } catch (error) {
    input.destroy();
    if (signal.aborted) throw new DOMException('Unpacking was cancelled.', 'AbortError');
    if (error instanceof JobError) throw error;
    const isOfDisk = error instanceof Error && 'syscall' in error;
    const why = isOfDisk ? phraseOf(error) : 'it is no complete tar archive';
    const path = typeof source === 'string' ? source : 'the archive';
    throw new JobError({ kind: 'unreadable', path, why }, { cause: error });
  }
}

/** Moves the bytes into the tar reader, through gunzip where they begin as gzip does. */
async function pump(input: Readable, tar: Extract, signal: AbortSignal): Promise<void> {
  try {
    const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>; // SAFETY: a stream of bytes, not text.
    let head = Buffer.alloc(0);
    while (head.length < 2) {
      const next = await chunks.next();
      if (next.done) break;
      head = Buffer.concat([head, next.value]);
    }
    const all = Readable.from(rejoined(head, chunks), { objectMode: false });
    const feed = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const chunk of bytes) if (!tar.write(chunk)) await drained(tar);
      tar.end(undefined);
    };
    const isGzip = head[0] === 0x1f && head[1] === 0x8b;
    if (isGzip) await pipeline(all, createGunzip(), feed, { signal });
    else await pipeline(all, feed, { signal });
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

/** Resolves when the tar reader takes more, or has closed. */
function drained(tar: Extract): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      tar.off('drain', done);
      tar.off('close', done);
      resolve();
    };
    tar.on('drain', done);
    tar.on('close', done);
  });
}

async function* rejoined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function unpackEntry(entry: Entry, { into, made, links }: Unpacking): Promise<void> {
  const { header } = entry;
  const name = nameInside(header.name);
  const path = join(into, name);
  const makeFolder = async (folder: string): Promise<void> => {
    if (made.has(folder)) return;
    await writing(into, () => mkdir(folder, { recursive: true, mode: 0o755 }));
    made.add(folder);
  };
  switch (header.type) {
    case 'directory':
      await makeFolder(path);
      break;
    case 'file':
    case 'contiguous-file':
      if (name === '') throw new JobError({ kind: 'unsafeName', name: header.name });
      await makeFolder(dirname(path));
      await writeFile(entry, path, into);
      return;
    case 'symlink':
      links.push({ name, target: targetInside(name, header.linkname || '') });
      break;
    case 'link': {
      const target = join(into, nameInside(header.linkname || ''));
      await makeFolder(dirname(path));
      await writing(into, () => link(target, path));
      break;
    }
    default:
      throw new JobError({ kind: 'unsafeName', name: header.name });
  }
  entry.resume();
}

async function writeFile(entry: Entry, path: string, into: string): Promise<void> {
  const mode = (entry.header.mode & 0o100) !== 0 ? 0o755 : 0o644;
  const file = await writing(into, () => open(path, 'w', mode));
  try {
    for await (const chunk of entry as AsyncIterable<Uint8Array>)
      await writing(into, () => file.writeFile(chunk)); // SAFETY: tar-stream makes entries of bytes.
  } finally {
    await file.close();
  }
}

/** Does something to the disk; its failure is a problem of the folder that is unpacked into. */
async function writing<T>(into: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw unwritable(into, error);
  }
}
