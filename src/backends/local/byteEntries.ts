import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { decodeName, toSystemPath } from '../../core/byteNames.js';

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
