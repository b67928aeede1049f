import { TarArchive, type EntryData } from 'archiver';
import { Readable } from 'node:stream';
import { sep } from 'node:path';
import type { BundleEntry } from './bundleEntry.js';
import { openUnchanged } from './readFile.js';
import { TarFileWriter } from './tarFile.js';

/** The input of {@link writeTar}. */
export interface TarWriteOptions {
  /** Absolute path of the folder that the entries' paths are relative to. */
  readonly folder: string;
  /** Name of the one root directory in the tar. */
  readonly root: string;
  /** In the order of the tar. */
  readonly entries: readonly BundleEntry[];
  /** The tar to write; it must not exist. */
  readonly to: string;
}

/**
 * An entry as archiver accepts it. Its own type lacks the target of a link, which it nevertheless passes on.
 */
type TarEntryHeader = EntryData & { readonly linkname?: string };

/** A complete tar. */
export interface WrittenTar {
  readonly bytes: number;
  /** SHA-256 of the tar: 64 lowercase hexadecimal digits. */
  readonly sha256: string;
}

/** Files up to this size are added in one piece. */
const maxWholeFileBytes = 1 << 18;

/** The size of the pieces of larger files. */
const filePieceBytes = 1 << 19;

/** The number of entries, and of bytes in them, that archiver receives before the tar is awaited. */
const maxPendingEntries = { entries: 128, bytes: 1 << 22 };

/**
 * Writes files to an uncompressed tar: the same entries produce the same bytes. On failure a partial file
 * remains. Blocks the thread while reading and writing.
 *
 * @param report - Called with the number of packed bytes after each file and each piece of a large one.
 * @throws {@link JobError} of kind `changed`, `unreadable`, `diskFull` or `disk`. Source: Tar.jl's normal
 * form; user, group and times are zero, modes 755 and 644.
 */
export async function writeTar(
  order: TarWriteOptions,
  report: (doneBytes: number) => void,
): Promise<WrittenTar> {
  const file = new TarFileWriter(order.to);
  try {
    await new Promise<void>((resolve, reject) => {
      const tar = new PlainTar();
      tar.on('error', reject);
      tar.on('end', resolve);
      tar.on('data', (chunk: Buffer) => {
        file.add(chunk);
      });
      const packed = (doneBytes: number): void => {
        file.check();
        report(doneBytes);
      };
      addEntries(tar, order, packed).then(() => tar.finalize(), reject);
    });
    return file.finish();
  } catch (error) {
    file.close();
    throw error;
  }
}

/** @param report - Called as in `writeTar`; an exception stops the packing. */
async function addEntries(
  tar: PlainTar,
  order: TarWriteOptions,
  report: (doneBytes: number) => void,
): Promise<void> {
  let done = 0;
  let waiting = 0;
  for (const entry of order.entries) {
    const path = entry.source ?? order.folder + sep + entry.path;
    const header = toTarHeader(entry, order.root);
    if (entry.bytes > maxWholeFileBytes && !entry.content) {
      await tar.waitUntilWritten();
      const start = done;
      await addLargeFile(tar, header, path, entry, (bytes) => {
        report(start + bytes);
      });
    } else {
      tar.append(readContent(path, entry), header);
      waiting += entry.bytes;
    }
    done += entry.bytes;
    report(done);
    if (waiting > maxPendingEntries.bytes || tar.open >= maxPendingEntries.entries) {
      await tar.waitUntilWritten();
      waiting = 0;
    }
  }
  await tar.waitUntilWritten();
}

const toTarHeader = ({ path, type, executable, target }: BundleEntry, root: string): TarEntryHeader => ({
  name: `${root}/${path}`,
  type,
  mode: executable ? 0o755 : 0o644,
  date: new Date(0),
  ...(target !== undefined && { linkname: target }),
});

function readContent(path: string, entry: BundleEntry): Buffer {
  const { type, content } = entry;
  if (type !== 'file') return Buffer.alloc(0);
  return content ? Buffer.from(content) : readWholeFile(path, entry);
}

function readWholeFile(path: string, entry: BundleEntry): Buffer {
  const file = openUnchanged(path, entry);
  try {
    const content = Buffer.allocUnsafe(entry.bytes);
    file.fill(content);
    file.verify();
    return content;
  } finally {
    file.close();
  }
}

async function addLargeFile(
  tar: PlainTar,
  header: TarEntryHeader,
  path: string,
  entry: BundleEntry,
  report: (doneBytes: number) => void,
): Promise<void> {
  const file = openUnchanged(path, entry);
  try {
    let done = 0;
    const source = new Readable({
      highWaterMark: filePieceBytes,
      read() {
        try {
          const piece = Buffer.allocUnsafe(Math.min(filePieceBytes, entry.bytes - done));
          file.fill(piece);
          done += piece.length;
          if (done === entry.bytes) file.verify();
          report(done);
          this.push(piece);
          if (done === entry.bytes) this.push(null);
        } catch (error) {
          this.destroy(error instanceof Error ? error : new Error(String(error)));
        }
      },
    });
    await new Promise<void>((resolve, reject) => {
      source.on('error', reject); // otherwise archiver would wait for more data forever
      tar.append(source, { ...header, stats: file.stats });
      tar.waitUntilWritten().then(resolve, reject);
    });
  } finally {
    file.close();
  }
}

/**
 * archiver's tar with unchanged names: it would replace backslashes with slashes and remove drive letters.
 */
class PlainTar extends TarArchive {
  /** Entries that were appended but not written yet. */
  open = 0;
  #whenSettled: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: filePieceBytes });
    this.on('entry', () => {
      this.open--;
      if (this.open === 0) this.#whenSettled?.();
    });
  }

  override append(source: Readable | Buffer, data: EntryData): this {
    this.open++;
    return super.append(source, data);
  }

  /** Resolves when everything that was appended has been written. */
  waitUntilWritten(): Promise<void> {
    return new Promise((resolve) => {
      if (this.open === 0) resolve();
      else this.#whenSettled = resolve;
    });
  }

  /** archiver calls this for each entry to normalize its name and add missing members; ours are complete. */
  protected _normalizeEntryData(data: EntryData): EntryData {
    return data;
  }
}
