import type { Dirent } from 'node:fs';
import { opendir, readdir, realpath } from 'node:fs/promises';
import { decodeName, toSystemPath } from '../../lib/byteNames.js';

/** An entry of a folder; bytes in names that are not UTF-8 as in `byteNames.ts`. */
export interface ByteEntry {
  readonly name: string;
  isDirectory(): boolean;
  isFile(): boolean;
  isSymbolicLink(): boolean;
}

/** Lists a folder whose names can contain any bytes. Throws as `readdir` does. */
export async function readByteEntries(folder: string): Promise<ByteEntry[]> {
  const entries = await readdir(toSystemPath(folder), { withFileTypes: true, encoding: 'buffer' });
  return entries.map((entry) => new DecodedEntry(entry));
}

/** Lists a folder in batches. Throws as `opendir` does. */
export async function* iterateByteEntries(folder: string, atOnce: number): AsyncGenerator<ByteEntry> {
  const options = { bufferSize: atOnce, encoding: 'buffer' as BufferEncoding };
  for await (const entry of await opendir(toSystemPath(folder), options))
    yield new DecodedEntry(entry as unknown as Dirent<Buffer>); // SAFETY: so it is with this encoding; the type lacks it.
}

/** A class, since a folder can contain a hundred thousand entries. */
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

/** Such a path with links resolved. Throws as `realpath` does. */
export const resolveRealNamePath = async (path: string): Promise<string> =>
  decodeName(await realpath(toSystemPath(path), { encoding: 'buffer' }));
