import { readdirSync } from 'node:fs';
import { decodeName } from '../lib/byteNames.js';

/** An item of a folder. */
export interface FolderItem {
  readonly name: string;
  readonly isFile: () => boolean;
  readonly isDirectory: () => boolean;
  readonly isSymbolicLink: () => boolean;
  /** True: the name is not UTF-8; its bytes are encoded as in `byteNames.ts`. */
  readonly isRaw?: true;
}

/** Names that need the slow path: lossy decoding, or characters beyond U+FFFF. */
const oddNamePattern = /[\ud800-\udfff\ufffd]/;

const compareNameUnits = (a: FolderItem, b: FolderItem): number => (a.name < b.name ? -1 : 1);

/**
 * Lists a folder in the order of a tar: by the UTF-8 bytes of the names. Blocks the thread and throws as
 * `readdir` does.
 */
export function listFolder(absolute: string): readonly FolderItem[] {
  const items: FolderItem[] = readdirSync(absolute, { withFileTypes: true });
  const { isSorted, isOdd } = inspectNames(items);
  if (isOdd) return readRawItems(absolute).sort(compareNameBytes);
  return isSorted ? items : items.sort(compareNameUnits);
}

/** A single pass. On most systems the names are already sorted. */
function inspectNames(items: readonly FolderItem[]): { readonly isSorted: boolean; readonly isOdd: boolean } {
  let before = '';
  let isSorted = true;
  let isOdd = false;
  for (const { name } of items) {
    isSorted &&= before < name;
    isOdd ||= oddNamePattern.test(name);
    before = name;
  }
  return { isSorted, isOdd };
}

/** Lists the items again with the bytes of their names; two names can look the same after lossy decoding. */
function readRawItems(absolute: string): FolderItem[] {
  return readdirSync(absolute, { withFileTypes: true, encoding: 'buffer' }).map((entry) => {
    const text = entry.name.toString();
    const isRaw = !Buffer.from(text).equals(entry.name);
    return {
      name: isRaw ? decodeName(entry.name) : text,
      isFile: () => entry.isFile(),
      isDirectory: () => entry.isDirectory(),
      isSymbolicLink: () => entry.isSymbolicLink(),
      ...(isRaw && { isRaw }),
    };
  });
}

/** UTF-16 sorts like UTF-8 except for characters beyond U+FFFF. */
const compareNameBytes = (a: FolderItem, b: FolderItem): number =>
  Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
