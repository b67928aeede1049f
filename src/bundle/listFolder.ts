import { readdirSync, type Dirent } from 'node:fs';

/** What a folder on the disk holds. */
export interface Listing {
  /** Sorted by the bytes of their names in UTF-8. */
  readonly items: readonly Dirent[];
  /** Names that are no valid UTF-8, as well as they can be shown. */
  readonly unnameable: readonly string[];
}

/** What makes it worth a closer look: a name decoded with losses, or a character past U+FFFF. */
const odd = /[\ud800-\udfff\ufffd]/;

const byUnits = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);

/** Lists a folder in the order of a tar; blocks its thread and throws as `readdir` does. */
export function listFolder(absolute: string): Listing {
  const items = readdirSync(absolute, { withFileTypes: true });
  const { isSorted, isOdd } = namesOf(items);
  if (!isOdd) return { items: isSorted ? items : items.sort(byUnits), unnameable: [] };
  const valid = validNames(absolute);
  const [nameable, unnameable]: [Dirent[], string[]] = [[], []];
  for (const item of items) {
    if (valid.delete(item.name)) nameable.push(item);
    else unnameable.push(item.name);
  }
  return { items: sorted(nameable), unnameable };
}

/** Looks at each name once. On most systems they come sorted already. */
function namesOf(items: readonly Dirent[]): { readonly isSorted: boolean; readonly isOdd: boolean } {
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

/** The names that are the same in bytes as in characters; a name decoded with losses may look like another. */
function validNames(absolute: string): Set<string> {
  const bytes = readdirSync(absolute, { encoding: 'buffer' });
  return new Set(bytes.filter((name) => Buffer.from(name.toString()).equals(name)).map(String));
}

/** UTF-16, in which strings compare, has the order of UTF-8 but for characters past U+FFFF. */
function sorted(items: Dirent[]): readonly Dirent[] {
  return items.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}
