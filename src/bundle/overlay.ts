import { compareBytes } from './pathOrder.js';

/** Content of the bundle that overlays the folder at one path. */
export type OverlayItem =
  /** A directory: the folder's own content, with overlays in it. */
  | { readonly kind: 'folder'; readonly grafts: FolderOverlay }
  /** A copy of another directory, with overlays in it; it replaces the folder's own. */
  | { readonly kind: 'tree'; readonly from: string; readonly grafts: FolderOverlay }
  /** A file with this content. */
  | { readonly kind: 'file'; readonly content: Uint8Array };

/** Overlays by their names in one directory. */
export type FolderOverlay = ReadonlyMap<string, OverlayItem>;

/** No overlays. */
export const emptyOverlay: FolderOverlay = new Map();

/** Builds a tree of overlays from paths with `/`. Only copied directories can contain other paths. */
export function createOverlay(parts: ReadonlyMap<string, OverlayItem>): FolderOverlay {
  const top = new Map<string, OverlayItem>();
  for (const [path, graft] of [...parts].sort(([a], [b]) => a.length - b.length)) {
    const names = path.split('/');
    const last = names.pop() ?? '';
    let here = top;
    for (const name of names) here = getInnerOverlay(here, name);
    here.set(last, graft);
  }
  return top;
}

/** The overlays in a directory, which is created if necessary. */
function getInnerOverlay(grafts: Map<string, OverlayItem>, name: string): Map<string, OverlayItem> {
  const there = grafts.get(name);
  const inner = new Map(there && there.kind !== 'file' ? there.grafts : []);
  grafts.set(name, there?.kind === 'tree' ? { ...there, grafts: inner } : { kind: 'folder', grafts: inner });
  return inner;
}

/** True if the overlay contains more than empty directories. */
export const hasOverlayContent = (graft: OverlayItem): boolean =>
  graft.kind !== 'folder' || [...graft.grafts.values()].some(hasOverlayContent);

/** Merges the items of a directory with the names of its overlays, in order; a name represents an overlay. */
export function mergeOverlay<T extends { readonly name: string }>(
  grafts: FolderOverlay,
  items: readonly T[],
  isReplaced: (item: T, graft: OverlayItem) => boolean,
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
