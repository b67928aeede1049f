import { compareBytes } from './order.js';

/** What a bundle has at one place whatever the folder has there. */
export type Graft =
  /** A directory: what the folder has in it and what is grafted into it. */
  | { readonly kind: 'folder'; readonly grafts: Grafts }
  /** A copy of a directory from elsewhere, with what is grafted into it; the folder's own is left out. */
  | { readonly kind: 'tree'; readonly from: string; readonly grafts: Grafts }
  /** A file with this content. */
  | { readonly kind: 'file'; readonly content: Uint8Array };

/** Grafts by the names they have in one directory. */
export type Grafts = ReadonlyMap<string, Graft>;

/** No grafts. */
export const noGrafts: Grafts = new Map();

/** Puts grafts in their places: by paths with `/`, of which none may lie within another but for those of trees. */
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

/** The grafts within a directory, which becomes one where it is none yet. */
function inside(grafts: Map<string, Graft>, name: string): Map<string, Graft> {
  const there = grafts.get(name);
  const inner = new Map(there && there.kind !== 'file' ? there.grafts : []);
  grafts.set(name, there?.kind === 'tree' ? { ...there, grafts: inner } : { kind: 'folder', grafts: inner });
  return inner;
}

/** True: the graft brings more than empty directories. */
export const brings = (graft: Graft): boolean =>
  graft.kind !== 'folder' || [...graft.grafts.values()].some(brings);

/** The items of a directory with the names of grafts in their places; a name stands where it is to be grafted. */
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
