import { readdirSync } from 'node:fs';
import { decodeName } from '../lib/byteNames.js';

/** Something in a folder on the disk. */
export interface FolderItem {
  readonly name: string;
  readonly isFile: () => boolean;
  readonly isDirectory: () => boolean;
  readonly isSymbolicLink: () => boolean;
  /** True: the name is not UTF-8, so bytes of it stand as `byteNames.ts` has them. */
  readonly isRaw?: true;
}

/** What makes it worth a closer look: a name decoded with losses, or a character past U+FFFF. */
const odd = /[\ud800-\udfff\ufffd]/;

const byUnits = (a: FolderItem, b: FolderItem): number => (a.name < b.name ? -1 : 1);

/**
 * Lists a folder in the order of a tar, by the bytes of names in UTF-8; blocks its thread and throws as `readdir` does.
 */
export function listFolder(absolute: string): readonly FolderItem[] {
  const items: FolderItem[] = readdirSync(absolute, { withFileTypes: true });
  const { isSorted, isOdd } = namesOf(items);
  if (isOdd) return readItems(absolute).sort(byBytes);
  return isSorted ? items : items.sort(byUnits);
}

/** Looks at each name once. On most systems they come sorted already. */
function namesOf(items: readonly FolderItem[]): { readonly isSorted: boolean; readonly isOdd: boolean } {
  let before = '';
  let isSorted = true;
  let isOdd = false;
  for (const { name } of items) {
    isSorted &&= before < name;
    isOdd ||= odd.test(name);
    before = name;
  }
  return { isSorted, isOdd };
}

/** The same items with the bytes of their names looked at; a name decoded with losses may look like another. */
function readItems(absolute: string): FolderItem[] {
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

/** UTF-16, in which strings compare, has the order of UTF-8 but for characters past U+FFFF. */
const byBytes = (a: FolderItem, b: FolderItem): number =>
  Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
