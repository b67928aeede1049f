import type { FileDecision } from '../core/domain/ports.js';
import type { UnmeasuredPath } from './scanResult.js';
import { hasOverlayContent } from './overlay.js';
import {
  getAbsolutePath,
  createExcludedPath,
  getEntrySource,
  type WalkContext,
  type ExclusionReason,
} from './walkContext.js';
import type { RepeatedFiles } from './repeatedFiles.js';

/** The results of a walk so far. */
export interface WalkOutput {
  readonly realRoot: string;
  readonly paths: UnmeasuredPath[];
  readonly warnings: string[];
  /** Overlays that a rule excludes. */
  readonly excludedAdditions: FileDecision[];
  /** The targets of links so far. */
  readonly repeats: RepeatedFiles;
}

/** An excluded item: its name in its directory and its path in the bundle. */
export interface ExcludedItem {
  readonly name: string;
  readonly path: string;
  readonly isDirectory: boolean;
}

/** Adds a file; consecutive plain files of a directory are grouped. Returns true: it is included. */
export function addFile(name: string, place: WalkContext, { paths: found, repeats }: WalkOutput): true {
  const { path: folder, isElsewhere } = place;
  if (place.isRepeated) repeats.files++;
  const last = found.at(-1);
  if (isElsewhere) {
    const path = folder + name;
    const source = getAbsolutePath(path, place);
    found.push({ path, type: 'file', bytes: 0, mtimeMs: 0, executable: false, source });
  } else if (last && 'names' in last && last.folder === folder) last.names.push(name);
  else found.push({ folder, names: [name] });
  return true;
}

/** Adds an excluded item and its overlay. Returns false: it is not included. */
export function addExcluded(
  item: ExcludedItem,
  why: ExclusionReason,
  place: WalkContext,
  walk: WalkOutput,
): false {
  const bare = createExcludedPath(item.path, item.isDirectory ? 'directory' : 'file', 0, why, place);
  const left = place.isElsewhere ? { ...bare, ...getEntrySource(item.path, place) } : bare;
  walk.paths.push(left);
  const graft = place.grafts.get(item.name);
  if (graft && hasOverlayContent(graft) && why !== 'itself') walk.excludedAdditions.push(left);
  return false;
}
