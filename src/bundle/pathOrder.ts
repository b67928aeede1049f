/** Compares two texts by their UTF-8 bytes. UTF-16 has the same order except for characters beyond U+FFFF. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const isFar = /[\ud800-\udfff]/;
  if (isFar.test(a) || isFar.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

/** Compares two paths in a tar: folder by folder, names by their bytes. */
export const comparePaths = (a: string, b: string): number =>
  compareBytes(a.replaceAll('/', '\0'), b.replaceAll('/', '\0'));

/** Merges two lists in the order of a tar; if both contain a path, the second list's item is used. */
export function mergeSortedPaths<T extends { readonly path: string }>(
  first: readonly T[],
  second: readonly T[],
): readonly T[] {
  const merged: T[] = [];
  let [at, to] = [0, 0];
  for (;;) {
    const [a, b] = [first[at], second[to]];
    if (!a || !b) return [...merged, ...first.slice(at), ...second.slice(to)];
    const order = comparePaths(a.path, b.path);
    merged.push(order < 0 ? a : b);
    if (order <= 0) at++;
    if (order >= 0) to++;
  }
}
