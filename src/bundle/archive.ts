import { TarArchive, type EntryData } from 'archiver';
import { Readable } from 'node:stream';
import { sep } from 'node:path';
import type { Entry } from './entry.js';
import { openChosen } from './readFile.js';
import { TarFile } from './tarFile.js';

/** What is to be packed, and where. */
export interface Order {
  /** Absolute path of the folder that the entries' paths start from. */
  readonly folder: string;
  /** Name of the one root directory in the tar. */
  readonly root: string;
  /** In the order of the tar. */
  readonly entries: readonly Entry[];
  /** The tar to write; it must not be there yet. */
  readonly to: string;
}

/** What the archiver is told of an entry; its own type lacks the target of a link, which it passes on. */
type EntryHeader = EntryData & { readonly linkname?: string };

/** A finished tar. */
export interface Written {
  readonly bytes: number;
  /** Of the tar: 64 lowercase hex digits. */
  readonly sha256: string;
}

/** Files up to this size go into the tar in one piece. */
const wholeBytes = 1 << 18;

/** In how many pieces of which size larger ones go. */
const pieceBytes = 1 << 19;

/** How many entries are given to the archiver before the tar is waited for, and how many bytes with them. */
const most = { entries: 128, bytes: 1 << 22 };

/**
 * Packs files as an uncompressed tar: the same entries give the same bytes. On failure a part of it stays on the disk.
 * Reading and writing block the thread.
 *
 * @param report - Told how many bytes of the files are packed, after each file and each piece of a large one.
 * @throws {@link JobError} of kind `changed`, `unreadable`, `diskFull` or `disk`.
 * Source: Tar.jl's normal form; user, group and times are zero, modes 755 and 644.
 */
export async function writeTar(order: Order, report: (doneBytes: number) => void): Promise<Written> {
  const file = new TarFile(order.to);
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
      fill(tar, order, packed).then(() => tar.finalize(), reject);
    });
    return file.finish();
  } catch (error) {
    file.close();
    throw error;
  }
}

/** @param report - Told as `writeTar` tells; what it throws ends the filling. */
async function fill(tar: PlainTar, order: Order, report: (doneBytes: number) => void): Promise<void> {
  let done = 0;
  let waiting = 0;
  for (const entry of order.entries) {
    const path = entry.source ?? order.folder + sep + entry.path;
    const header = headerOf(entry, order.root);
    if (entry.bytes > wholeBytes && !entry.content) {
      await tar.settled();
      const start = done;
      await addLarge(tar, header, path, entry, (bytes) => {
        report(start + bytes);
      });
    } else {
      tar.append(contentOf(path, entry), header);
      waiting += entry.bytes;
    }
    done += entry.bytes;
    report(done);
    if (waiting > most.bytes || tar.open >= most.entries) {
      await tar.settled();
      waiting = 0;
    }
  }
  await tar.settled();
}

const headerOf = ({ path, type, executable, target }: Entry, root: string): EntryHeader => ({
  name: `${root}/${path}`,
  type,
  mode: executable ? 0o755 : 0o644,
  date: new Date(0),
  ...(target !== undefined && { linkname: target }),
});

function contentOf(path: string, entry: Entry): Buffer {
  const { type, content } = entry;
  if (type !== 'file') return Buffer.alloc(0);
  return content ? Buffer.from(content) : readWhole(path, entry);
}

function readWhole(path: string, entry: Entry): Buffer {
  const file = openChosen(path, entry);
  try {
    const content = Buffer.allocUnsafe(entry.bytes);
    file.fill(content);
    file.verify();
    return content;
  } finally {
    file.close();
  }
}

async function addLarge(
  tar: PlainTar,
  header: EntryHeader,
  path: string,
  entry: Entry,
  report: (doneBytes: number) => void,
): Promise<void> {
  const file = openChosen(path, entry);
  try {
    let done = 0;
    const source = new Readable({
      highWaterMark: pieceBytes,
      read() {
        try {
          const piece = Buffer.allocUnsafe(Math.min(pieceBytes, entry.bytes - done));
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
      source.on('error', reject); // the archiver would wait for more for ever
      tar.append(source, { ...header, stats: file.stats });
      tar.settled().then(resolve, reject);
    });
  } finally {
    file.close();
  }
}

/** archiver's tar with names as they are: it would turn backslashes into slashes and drop what looks like a drive. */
class PlainTar extends TarArchive {
  /** Entries that were appended and are not in the tar yet. */
  open = 0;
  #whenSettled: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: pieceBytes });
    this.on('entry', () => {
      this.open--;
      if (this.open === 0) this.#whenSettled?.();
    });
  }

  override append(source: Readable | Buffer, data: EntryData): this {
    this.open++;
    return super.append(source, data);
  }

  /** Resolves when the tar holds all that was appended. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      if (this.open === 0) resolve();
      else this.#whenSettled = resolve;
    });
  }

  /** archiver calls this for each entry, to put its name in order and fill what is missing; ours lack nothing. */
  protected _normalizeEntryData(data: EntryData): EntryData {
    return data;
  }
}
