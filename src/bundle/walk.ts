import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toReadableName } from '../lib/byteNames.js';
import type { FileDecision } from '../core/domain/ports.js';
import type { UnmeasuredPath } from './scanResult.js';
import {
  hasOverlayContent,
  emptyOverlay,
  mergeOverlay,
  type OverlayItem,
  type FolderOverlay,
} from './overlay.js';
import { resolveBundlePath, statIfPresent } from './followLinks.js';
import {
  getAbsolutePath,
  findExcludingRule,
  createExcludedPath,
  type WalkContext,
  type ExclusionReason,
} from './walkContext.js';
import { toUnreadableError } from '../core/domain/diskError.js';
import { hasErrorCode } from '../lib/errno.js';
import { RepeatedFiles } from './repeatedFiles.js';
import { ignoreFileName } from '../languages/julia.js';
import { parseIgnoreFile, type IgnoreFileRules } from './rules.js';
import { listFolder, type FolderItem } from './listFolder.js';
import { inspectItem, type WalkItem } from './walkItem.js';
import { addLink, followLink } from './walkLinks.js';
import { addFile, addExcluded, type ExcludedItem, type WalkOutput } from './walkOutput.js';

/** The result of a walk. */
export interface WalkResult<T> {
  /** In the order of the tar. */
  readonly paths: readonly T[];
  readonly warnings: readonly string[];
  /** Overlays that a rule excludes. */
  readonly excludedAdditions: readonly FileDecision[];
  /** The rules of the ignore file in the root folder. */
  readonly rules: IgnoreFileRules | undefined;
}

/**
 * Walks through a folder and its overlays. Blocks the thread. Follows links and does not enter excluded
 * directories. An included directory is listed only if it has its own entry in the tar, that is, if nothing
 * in it is included. Plain files are returned as names: inspecting each would take longer than everything
 * else.
 *
 * @param root - Absolute.
 * @param rules - Present: walk only the overlays, with these rules of the folder's own ignore file.
 * @throws {@link JobError} of kind `unreadable`.
 */
export function walkFolder(
  root: string,
  grafts: FolderOverlay,
  rules?: { readonly ofRoot: IgnoreFileRules | undefined },
): WalkResult<UnmeasuredPath> {
  const realRoot = resolveBundlePath(root, root);
  const walk: WalkOutput = {
    realRoot,
    paths: [],
    warnings: [],
    excludedAdditions: [],
    repeats: new RepeatedFiles(realRoot),
  };
  const outer: WalkContext = {
    absolute: rules ? undefined : root,
    path: '',
    rules: rules?.ofRoot,
    here: rules?.ofRoot?.inFolder,
    links: [],
    grafts,
    copied: undefined,
    isElsewhere: false,
    isRepeated: false,
  };
  const listing = rules ? [] : listWalkedFolder(outer, root);
  const place = addOwnRules(outer, listing, walk);
  walkFolderItems(place, listing, walk);
  const { paths: found, excludedAdditions: dropped } = walk;
  const warnings = [...walk.warnings, ...walk.repeats.warnings(found)];
  return { paths: found, warnings, excludedAdditions: dropped, rules: place.rules };
}

/** Selects the items of a directory; true if any of them is included. */
function walkFolderItems(place: WalkContext, listing: readonly FolderItem[], walk: WalkOutput): boolean {
  let any = false;
  for (const item of mergeOverlay(place.grafts, listing, isReplacedByOverlay)) {
    const took = typeof item === 'string' ? addOverlayItem(item, place, walk) : addItem(item, place, walk);
    any = took || any;
  }
  return any;
}

/** A directory of the folder is merged with its overlay. */
const isReplacedByOverlay = (item: FolderItem, graft: OverlayItem): boolean =>
  graft.kind !== 'folder' || (hasOverlayContent(graft) && item.isFile());

function listWalkedFolder(place: WalkContext, absolute: string): readonly FolderItem[] {
  try {
    return listFolder(absolute);
  } catch (error) {
    // It was deleted after its parent was listed.
    if (hasErrorCode(error, 'ENOENT') && place.path !== '') return [];
    throw toUnreadableError(error, place.path === '' ? absolute : place.path.slice(0, -1));
  }
}

/** Adds the rules of the directory's own ignore file, if it has one. */
function addOwnRules(place: WalkContext, listing: readonly FolderItem[], walk: WalkOutput): WalkContext {
  if (place.absolute === undefined || !listing.some(({ name }) => name === ignoreFileName)) return place;
  const absolute = join(place.absolute, ignoreFileName);
  const path = place.path + ignoreFileName;
  try {
    if (!statIfPresent(absolute)?.isFile()) return place;
    const rules = parseIgnoreFile(readFileSync(absolute, 'utf8'), path);
    walk.warnings.push(...rules.warnings);
    return { ...place, rules, here: rules.inFolder };
  } catch (error) {
    throw toUnreadableError(error, path);
  }
}

/** Adds the overlay with a name unless a rule excludes it; true if it is included. */
function addOverlayItem(name: string, place: WalkContext, walk: WalkOutput): boolean {
  const graft = place.grafts.get(name);
  if (!graft) return false;
  const path = place.path + name;
  const type = graft.kind === 'file' ? 'file' : 'directory';
  const bytes = graft.kind === 'file' ? graft.content.length : 0;
  const excluded = findExcludingRule(name, type === 'directory', place);
  if (excluded) {
    if (!hasOverlayContent(graft)) return false;
    const left = createExcludedPath(path, type, bytes, excluded, place);
    walk.paths.push(left);
    walk.excludedAdditions.push(left);
    return false;
  }
  if (graft.kind === 'file') {
    const { content } = graft;
    walk.paths.push({ path, type: 'file', bytes, mtimeMs: 0, executable: false, content });
    return true;
  }
  const from = graft.kind === 'tree' ? graft.from : undefined;
  const inner = { absolute: from, grafts: graft.grafts, links: [], copied: from };
  addDirectory(name, { ...place, ...inner, isElsewhere: from !== undefined }, walk);
  return true;
}

/** Adds one item of a directory; true if it is included. */
function addItem(dirent: FolderItem, place: WalkContext, walk: WalkOutput): boolean {
  if (dirent.isRaw) return excludeRawName(dirent, place, walk);
  if (dirent.isFile()) return addPlainFile(dirent.name, place, walk);
  const item = inspectItem(dirent, place);
  if (!item) return false;
  const { name, kind, failure } = item;
  const excluded = findAnyExcludingRule(name, kind === 'directory' || failure !== undefined, place);
  return excluded
    ? addExcluded(toExcludedItem(item), excluded, place, walk)
    : addSpecialItem(item, place, walk);
}

/** Excludes an item whose name is not UTF-8, with a warning unless a rule excludes it. */
function excludeRawName(dirent: FolderItem, place: WalkContext, walk: WalkOutput): false {
  const { name } = dirent;
  const path = place.path + name;
  const isDirectory = dirent.isDirectory();
  const excluded = findAnyExcludingRule(name, isDirectory, place);
  if (!excluded) walk.warnings.push(`${toReadableName(path)} is excluded: its name is not valid UTF-8.`);
  return addExcluded({ name, path, isDirectory }, excluded ?? 'itself', place, walk);
}

/** Adds a file that is not a link, as most items are. */
function addPlainFile(name: string, place: WalkContext, walk: WalkOutput): boolean {
  const excluded = findAnyExcludingRule(name, false, place);
  if (!excluded) return addFile(name, place, walk);
  return addExcluded({ name, path: place.path + name, isDirectory: false }, excluded, place, walk);
}

const findAnyExcludingRule = (
  name: string,
  isDirectory: boolean,
  place: WalkContext,
): ExclusionReason | undefined => (name === '.git' ? 'itself' : findExcludingRule(name, isDirectory, place));

const toExcludedItem = ({ name, path, kind }: WalkItem): ExcludedItem => ({
  name,
  path,
  isDirectory: kind === 'directory',
});

/** Adds an item that is not a plain file and that no rule excludes. */
function addSpecialItem(item: WalkItem, place: WalkContext, walk: WalkOutput): boolean {
  const { path, kind, isLink, failure } = item;
  if (isLink && addLink(path, place, walk)) return true;
  if (failure) throw failure;
  const warn = (why: string): false => {
    walk.warnings.push(`${path} is excluded: ${why}.`);
    return addExcluded(toExcludedItem(item), 'itself', place, walk);
  };
  if (kind === 'nothing') return warn('the link is broken');
  if (kind === 'other') return warn('it is not a regular file');
  const links = isLink ? followLink(path, place, walk) : place.links;
  if (!links) return warn('the link leads to a folder that contains it');
  if (kind === 'file') return addFile(item.name, place, walk);
  const isRepeated = place.isRepeated || (isLink && walk.repeats.isRepeated(links.at(-1)));
  if (isLink && isRepeated && !walk.repeats.canFollow())
    return addExcluded(toExcludedItem(item), 'itself', place, walk);
  const graft = place.grafts.get(item.name);
  const grafts = graft && graft.kind !== 'file' ? graft.grafts : emptyOverlay;
  const copied = isLink ? undefined : place.copied;
  const target = isLink && !place.isElsewhere ? links.at(-1)?.to : undefined; // skips intermediate links
  const absolute = target ?? getAbsolutePath(path, place);
  addDirectory(item.name, { ...place, absolute, links, grafts, copied, isRepeated }, walk);
  return true;
}

/**
 * Enters a directory, and adds an entry for it if nothing in it is included.
 *
 * @param outer - The parent's place with the changed members, except the path and the rules.
 */
function addDirectory(name: string, outer: WalkContext, walk: WalkOutput): void {
  const at = walk.paths.length;
  const path = outer.path + name;
  const place = { ...outer, path: `${path}/`, here: outer.here?.into(name) };
  const listing = place.absolute === undefined ? [] : listWalkedFolder(place, place.absolute);
  if (place.isRepeated) walk.repeats.items += 1 + listing.length;
  if (walkFolderItems(addOwnRules(place, listing, walk), listing, walk)) return;
  walk.paths.splice(at, 0, { path, type: 'directory', bytes: 0, mtimeMs: 0, executable: true });
}
