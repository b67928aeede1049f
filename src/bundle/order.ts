/** The order of two texts by their bytes in UTF-8. UTF-16 has the same order but for characters past U+FFFF. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const isFar = /[\ud800-\udfff]/;
  if (isFar.test(a) || isFar.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

/** The order of two paths in a tar: folder by folder, names by their bytes. */
export const comparePaths = (a: string, b: string): number =>
  compareBytes(a.replaceAll('/', '\0'), b.replaceAll('/', '\0'));

/** Two lists in the order of a tar as one; where both have a path, the second list's item stays. */
export function mergePaths<T extends { readonly path: string }>(
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
