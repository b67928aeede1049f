import { compareBytes } from './order.js';

/** Content of the bundle that overlays the folder at one path. */
export type Graft =
  /** A directory: the folder's own content, with overlays in it. */
  | { readonly kind: 'folder'; readonly grafts: Grafts }
  /** A copy of another directory, with overlays in it; it replaces the folder's own. */
  | { readonly kind: 'tree'; readonly from: string; readonly grafts: Grafts }
  /** A file with this content. */
  | { readonly kind: 'file'; readonly content: Uint8Array };

/** Overlays by their names in one directory. */
export type Grafts = ReadonlyMap<string, Graft>;

/** No overlays. */
export const noGrafts: Grafts = new Map();

/** Builds a tree of overlays from paths with `/`. Only copied directories can contain other paths. */
export function graftsAt(parts: ReadonlyMap<string, Graft>): Grafts {
  const top = new Map<string, Graft>();
  for (const [path, graft] of [...parts].sort(([a], [b]) => a.length - b.length)) {
    const names = path.split('/');
    const last = names.pop() ?? '';
    let here = top;
    for (const name of names) here = inside(here, name);
    here.set(last, graft);
  }
  return top;
}

/** The overlays in a directory, which is created if necessary. */
function inside(grafts: Map<string, Graft>, name: string): Map<string, Graft> {
  const there = grafts.get(name);
  const inner = new Map(there && there.kind !== 'file' ? there.grafts : []);
  grafts.set(name, there?.kind === 'tree' ? { ...there, grafts: inner } : { kind: 'folder', grafts: inner });
  return inner;
}

/** True if the overlay contains more than empty directories. */
export const brings = (graft: Graft): boolean =>
  graft.kind !== 'folder' || [...graft.grafts.values()].some(brings);

/** Merges the items of a directory with the names of its overlays, in order; a name represents an overlay. */
export function withGrafts<T extends { readonly name: string }>(
  grafts: Grafts,
  items: readonly T[],
  isReplaced: (item: T, graft: Graft) => boolean,
): readonly (T | string)[] {
  if (grafts.size === 0) return items;
  const kept = items.filter((item) => {
    const graft = grafts.get(item.name);
    return !graft || !isReplaced(item, graft);
  });
  const there = new Set(kept.map(({ name }) => name));
  const merged: (T | string)[] = [...kept];
  for (const name of grafts.keys()) {
    if (there.has(name)) continue;
    const at = merged.findIndex(
      (item) => compareBytes(typeof item === 'string' ? item : item.name, name) > 0,
    );
    merged.splice(at < 0 ? merged.length : at, 0, name);
  }
  return merged;
}
