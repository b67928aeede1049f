import type { Dirent } from 'node:fs';
import { opendir, readdir, realpath } from 'node:fs/promises';
import { decodeName, toSystemPath } from '../../lib/byteNames.js';

/** What a folder holds; bytes of a name that are no UTF-8 as `byteNames.ts` has them. */
export interface ByteEntry {
  readonly name: string;
  isDirectory(): boolean;
  isFile(): boolean;
  isSymbolicLink(): boolean;
}

/** Lists a folder whose names may be any bytes. Throws as `readdir` does. */
export async function readByteEntries(folder: string): Promise<ByteEntry[]> {
  const entries = await readdir(toSystemPath(folder), { withFileTypes: true, encoding: 'buffer' });
  return entries.map((entry) => new DecodedEntry(entry));
}

/** The same, so many at a time. Throws as `opendir` does. */
export async function* openByteEntries(folder: string, atOnce: number): AsyncGenerator<ByteEntry> {
  const options = { bufferSize: atOnce, encoding: 'buffer' as BufferEncoding };
  for await (const entry of await opendir(toSystemPath(folder), options))
    yield new DecodedEntry(entry as unknown as Dirent<Buffer>); // SAFETY: so it is with this encoding; the type lacks it.
}

/** A class, since a folder may hold a hundred thousand. */
class DecodedEntry implements ByteEntry {
  readonly name: string;

  constructor(private readonly entry: Dirent<Buffer>) {
    this.name = decodeName(entry.name);
  }

  isDirectory(): boolean {
    return this.entry.isDirectory();
  }

  isFile(): boolean {
    return this.entry.isFile();
  }

  isSymbolicLink(): boolean {
    return this.entry.isSymbolicLink();
  }
}

/** A path of this form without links in it. Throws as `realpath` does. */
export const realNamePath = async (path: string): Promise<string> =>
  decodeName(await realpath(toSystemPath(path), { encoding: 'buffer' }));
