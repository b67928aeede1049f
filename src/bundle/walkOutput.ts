import type { Choice } from '../core/domain/ports.js';
import type { Named } from './found.js';
import { brings } from './graft.js';
import { absoluteOf, leftBy, sourceOf, type Place, type Why } from './place.js';
import type { Repeats } from './repeats.js';

/** The results of a walk so far. */
export interface WalkOutput {
  readonly realRoot: string;
  readonly found: Named[];
  readonly warnings: string[];
  /** Overlays that a rule excludes. */
  readonly dropped: Choice[];
  /** The targets of links so far. */
  readonly repeats: Repeats;
}

/** An excluded item: its name in its directory and its path in the bundle. */
export interface LeftItem {
  readonly name: string;
  readonly path: string;
  readonly isDirectory: boolean;
}

/** Adds a file; consecutive plain files of a directory are grouped. Returns true: it is included. */
export function addFile(name: string, place: Place, { found, repeats }: WalkOutput): true {
  const { path: folder, isElsewhere } = place;
  if (place.isRepeated) repeats.files++;
  const last = found.at(-1);
  if (isElsewhere) {
    const path = folder + name;
    const source = absoluteOf(path, place);
    found.push({ path, type: 'file', bytes: 0, mtimeMs: 0, executable: false, source });
  } else if (last && 'names' in last && last.folder === folder) last.names.push(name);
  else found.push({ folder, names: [name] });
  return true;
}

/** Adds an excluded item and its overlay. Returns false: it is not included. */
export function addLeft(item: LeftItem, why: Why, place: Place, walk: WalkOutput): false {
  const bare = leftBy(item.path, item.isDirectory ? 'directory' : 'file', 0, why, place);
  const left = place.isElsewhere ? { ...bare, ...sourceOf(item.path, place) } : bare;
  walk.found.push(left);
  const graft = place.grafts.get(item.name);
  if (graft && brings(graft) && why !== 'itself') walk.dropped.push(left);
  return false;
}
