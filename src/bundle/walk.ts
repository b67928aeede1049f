import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readableName } from '../lib/byteNames.js';
import type { Choice } from '../core/domain/ports.js';
import type { Named } from './found.js';
import { brings, noGrafts, withGrafts, type Graft, type Grafts } from './graft.js';
import { realPath, statAt } from './links.js';
import { absoluteOf, excluding, leftBy, type Place, type Why } from './place.js';
import { toUnreadable } from '../core/domain/diskError.js';
import { hasErrorCode } from '../lib/errno.js';
import { Repeats } from './repeats.js';
import { ignoreFileName } from '../languages/julia.js';
import { readRules, type Rules } from './rules.js';
import { listFolder, type FolderItem } from './listFolder.js';
import { inspectItem, type WalkItem } from './walkItem.js';
import { addLink, followLink } from './walkLinks.js';
import { addFile, addLeft, type LeftItem, type WalkOutput } from './walkOutput.js';

/** The result of a walk. */
export interface Walked<T> {
  /** In the order of the tar. */
  readonly found: readonly T[];
  readonly warnings: readonly string[];
  /** Overlays that a rule excludes. */
  readonly dropped: readonly Choice[];
  /** The rules of the ignore file in the root folder. */
  readonly rules: Rules | undefined;
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
  grafts: Grafts,
  rules?: { readonly ofRoot: Rules | undefined },
): Walked<Named> {
  const realRoot = realPath(root, root);
  const walk: WalkOutput = { realRoot, found: [], warnings: [], dropped: [], repeats: new Repeats(realRoot) };
  const outer: Place = {
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
  const listing = rules ? [] : list(outer, root);
  const place = withOwnRules(outer, listing, walk);
  enter(place, listing, walk);
  const { found, dropped } = walk;
  const warnings = [...walk.warnings, ...walk.repeats.warnings(found)];
  return { found, warnings, dropped, rules: place.rules };
}

/** Selects the items of a directory; true if any of them is included. */
function enter(place: Place, listing: readonly FolderItem[], walk: WalkOutput): boolean {
  let any = false;
  for (const item of withGrafts(place.grafts, listing, isReplaced)) {
    const took = typeof item === 'string' ? takeGraft(item, place, walk) : take(item, place, walk);
    any = took || any;
  }
  return any;
}

/** A directory of the folder is merged with its overlay. */
const isReplaced = (item: FolderItem, graft: Graft): boolean =>
  graft.kind !== 'folder' || (brings(graft) && item.isFile());

function list(place: Place, absolute: string): readonly FolderItem[] {
  try {
    return listFolder(absolute);
  } catch (error) {
    // It was deleted after its parent was listed.
    if (hasErrorCode(error, 'ENOENT') && place.path !== '') return [];
    throw toUnreadable(error, place.path === '' ? absolute : place.path.slice(0, -1));
  }
}

/** Adds the rules of the directory's own ignore file, if it has one. */
function withOwnRules(place: Place, listing: readonly FolderItem[], walk: WalkOutput): Place {
  if (place.absolute === undefined || !listing.some(({ name }) => name === ignoreFileName)) return place;
  const absolute = join(place.absolute, ignoreFileName);
  const path = place.path + ignoreFileName;
  try {
    if (!statAt(absolute)?.isFile()) return place;
    const rules = readRules(readFileSync(absolute, 'utf8'), path);
    walk.warnings.push(...rules.warnings);
    return { ...place, rules, here: rules.inFolder };
  } catch (error) {
    throw toUnreadable(error, path);
  }
}

/** Adds the overlay with a name unless a rule excludes it; true if it is included. */
function takeGraft(name: string, place: Place, walk: WalkOutput): boolean {
  const graft = place.grafts.get(name);
  if (!graft) return false;
  const path = place.path + name;
  const type = graft.kind === 'file' ? 'file' : 'directory';
  const bytes = graft.kind === 'file' ? graft.content.length : 0;
  const excluded = excluding(name, type === 'directory', place);
  if (excluded) {
    if (!brings(graft)) return false;
    const left = leftBy(path, type, bytes, excluded, place);
    walk.found.push(left);
    walk.dropped.push(left);
    return false;
  }
  if (graft.kind === 'file') {
    const { content } = graft;
    walk.found.push({ path, type: 'file', bytes, mtimeMs: 0, executable: false, content });
    return true;
  }
  const from = graft.kind === 'tree' ? graft.from : undefined;
  const inner = { absolute: from, grafts: graft.grafts, links: [], copied: from };
  takeDirectory(name, { ...place, ...inner, isElsewhere: from !== undefined }, walk);
  return true;
}

/** Adds one item of a directory; true if it is included. */
function take(dirent: FolderItem, place: Place, walk: WalkOutput): boolean {
  if (dirent.isRaw) return leaveRaw(dirent, place, walk);
  if (dirent.isFile()) return takePlain(dirent.name, place, walk);
  const item = inspectItem(dirent, place);
  if (!item) return false;
  const { name, kind, failure } = item;
  const excluded = excludingAny(name, kind === 'directory' || failure !== undefined, place);
  return excluded ? addLeft(toLeft(item), excluded, place, walk) : takeOther(item, place, walk);
}

/** Excludes an item whose name is not UTF-8, with a warning unless a rule excludes it. */
function leaveRaw(dirent: FolderItem, place: Place, walk: WalkOutput): false {
  const { name } = dirent;
  const path = place.path + name;
  const isDirectory = dirent.isDirectory();
  const excluded = excludingAny(name, isDirectory, place);
  if (!excluded) walk.warnings.push(`${readableName(path)} is excluded: its name is not valid UTF-8.`);
  return addLeft({ name, path, isDirectory }, excluded ?? 'itself', place, walk);
}

/** Adds a file that is not a link, as most items are. */
function takePlain(name: string, place: Place, walk: WalkOutput): boolean {
  const excluded = excludingAny(name, false, place);
  if (!excluded) return addFile(name, place, walk);
  return addLeft({ name, path: place.path + name, isDirectory: false }, excluded, place, walk);
}

const excludingAny = (name: string, isDirectory: boolean, place: Place): Why | undefined =>
  name === '.git' ? 'itself' : excluding(name, isDirectory, place);

const toLeft = ({ name, path, kind }: WalkItem): LeftItem => ({
  name,
  path,
  isDirectory: kind === 'directory',
});

/** Adds an item that is not a plain file and that no rule excludes. */
function takeOther(item: WalkItem, place: Place, walk: WalkOutput): boolean {
  const { path, kind, isLink, failure } = item;
  if (isLink && addLink(path, place, walk)) return true;
  if (failure) throw failure;
  const warn = (why: string): false => {
    walk.warnings.push(`${path} is excluded: ${why}.`);
    return addLeft(toLeft(item), 'itself', place, walk);
  };
  if (kind === 'nothing') return warn('the link is broken');
  if (kind === 'other') return warn('it is not a regular file');
  const links = isLink ? followLink(path, place, walk) : place.links;
  if (!links) return warn('the link leads to a folder that contains it');
  if (kind === 'file') return addFile(item.name, place, walk);
  const isRepeated = place.isRepeated || (isLink && walk.repeats.isRepeated(links.at(-1)));
  if (isLink && isRepeated && !walk.repeats.mayFollow()) return addLeft(toLeft(item), 'itself', place, walk);
  const graft = place.grafts.get(item.name);
  const grafts = graft && graft.kind !== 'file' ? graft.grafts : noGrafts;
  const copied = isLink ? undefined : place.copied;
  const target = isLink && !place.isElsewhere ? links.at(-1)?.to : undefined; // skips intermediate links
  const absolute = target ?? absoluteOf(path, place);
  takeDirectory(item.name, { ...place, absolute, links, grafts, copied, isRepeated }, walk);
  return true;
}

/**
 * Enters a directory, and adds an entry for it if nothing in it is included.
 *
 * @param outer - The parent's place with the changed members, except the path and the rules.
 */
function takeDirectory(name: string, outer: Place, walk: WalkOutput): void {
  const at = walk.found.length;
  const path = outer.path + name;
  const place = { ...outer, path: `${path}/`, here: outer.here?.into(name) };
  const listing = place.absolute === undefined ? [] : list(place, place.absolute);
  if (place.isRepeated) walk.repeats.items += 1 + listing.length;
  if (enter(withOwnRules(place, listing, walk), listing, walk)) return;
  walk.found.splice(at, 0, { path, type: 'directory', bytes: 0, mtimeMs: 0, executable: true });
}
