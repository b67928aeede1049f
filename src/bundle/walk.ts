import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readableName } from '../lib/byteNames.js';
import type { Choice } from '../core/domain/ports.js';
import type { JobError } from '../core/domain/problem.js';
import type { Named } from './found.js';
import { brings, noGrafts, withGrafts, type Graft, type Grafts } from './graft.js';
import { leadsBack, realPath, statAt, targetWithin } from './links.js';
import { isWithin } from '../lib/node/paths.js';
import { absoluteOf, excluding, leftBy, sourceOf, type Place, type Why } from './place.js';
import { toUnreadable } from '../core/domain/diskError.js';
import { hasErrorCode } from '../lib/errno.js';
import { Repeats } from './repeats.js';
import { ignoreFileName, readRules, type Rules } from './rules.js';
import { listFolder, type FolderItem } from './listFolder.js';

/** What a walk found. */
export interface Walked<T> {
  /** Sorted as in the tar. */
  readonly found: readonly T[];
  readonly warnings: readonly string[];
  /** Grafts that a rule keeps out. */
  readonly dropped: readonly Choice[];
  /** Of the ignore file in the folder itself. */
  readonly rules: Rules | undefined;
}

/** What grows while walking. */
interface Walk {
  readonly realRoot: string;
  readonly found: Named[];
  readonly warnings: string[];
  readonly dropped: Choice[];
  /** What links led to so far. */
  readonly repeats: Repeats;
}

/**
 * Walks through a folder and what is grafted into it; blocks its thread. Links are followed, and excluded directories
 * not entered. Among the included, a directory is listed where it has an entry of its own in the tar, that is, where
 * nothing in it is included. Plain files are known by their names alone: a look at each takes longer than all the rest.
 *
 * @param root - Absolute.
 * @param rules - Given: only the grafts are walked, by these rules of the folder's own ignore file.
 * @throws {@link JobError} of kind `unreadable`.
 */
export function walkFolder(
  root: string,
  grafts: Grafts,
  rules?: { readonly ofRoot: Rules | undefined },
): Walked<Named> {
  const realRoot = realPath(root, root);
  const walk: Walk = { realRoot, found: [], warnings: [], dropped: [], repeats: new Repeats(realRoot) };
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

/** Chooses among what a directory holds; true: something of it is included. */
function enter(place: Place, listing: readonly FolderItem[], walk: Walk): boolean {
  let any = false;
  for (const item of withGrafts(place.grafts, listing, isReplaced)) {
    const took = typeof item === 'string' ? takeGraft(item, place, walk) : take(item, place, walk);
    any = took || any;
  }
  return any;
}

/** A directory of the folder keeps its place beside what is grafted into it. */
const isReplaced = (item: FolderItem, graft: Graft): boolean =>
  graft.kind !== 'folder' || (brings(graft) && item.isFile());

function list(place: Place, absolute: string): readonly FolderItem[] {
  try {
    return listFolder(absolute);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') && place.path !== '') return []; // it went since its own folder was listed
    throw toUnreadable(error, place.path === '' ? absolute : place.path.slice(0, -1));
  }
}

/** The place with the rules of its own ignore file, if it has one. */
function withOwnRules(place: Place, listing: readonly FolderItem[], walk: Walk): Place {
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

/** Takes what is grafted under a name unless a rule excludes it; true: it is included. */
function takeGraft(name: string, place: Place, walk: Walk): boolean {
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

/** Takes or leaves one item of a directory; true: it is included. */
function take(dirent: FolderItem, place: Place, walk: Walk): boolean {
  if (dirent.isRaw) return leaveRaw(dirent, place, walk);
  if (dirent.isFile()) return takePlain(dirent.name, place, walk);
  const item = look(dirent, place);
  if (!item) return false;
  const { name, kind, failure } = item;
  const excluded = excludingAny(name, kind === 'directory' || failure !== undefined, place);
  return excluded ? leave(item, excluded, place, walk) : takeOther(item, place, walk);
}

/** Leaves what has a name that is not UTF-8, and says so unless a rule excludes it. */
function leaveRaw(dirent: FolderItem, place: Place, walk: Walk): false {
  const { name } = dirent;
  const path = place.path + name;
  const isDirectory = dirent.isDirectory();
  const excluded = excludingAny(name, isDirectory, place);
  if (!excluded) walk.warnings.push(`${readableName(path)} stays behind: its name is not valid UTF-8.`);
  return leave({ name, path, kind: isDirectory ? 'directory' : 'file' }, excluded ?? 'itself', place, walk);
}

/** Takes or leaves a file that is no link, as most items are. */
function takePlain(name: string, place: Place, walk: Walk): boolean {
  const excluded = excludingAny(name, false, place);
  if (!excluded) return takeFile(name, place, walk);
  return leave({ name, path: place.path + name, kind: 'file' }, excluded, place, walk);
}

const excludingAny = (name: string, isDirectory: boolean, place: Place): Why | undefined =>
  name === '.git' ? 'itself' : excluding(name, isDirectory, place);

/** Takes or leaves what is no plain file and stays behind by no rule. */
function takeOther(item: Item, place: Place, walk: Walk): boolean {
  const { path, kind, isLink, failure } = item;
  if (isLink && takeLink(item, place, walk)) return true;
  if (failure) throw failure;
  const warn = (why: string): false => {
    walk.warnings.push(`${path} stays behind: ${why}.`);
    return leave(item, 'itself', place, walk);
  };
  if (kind === 'nothing') return warn('the link leads nowhere');
  if (kind === 'other') return warn('it is no ordinary file');
  const links = isLink ? follow(path, place, walk) : place.links;
  if (!links) return warn('the link leads back to a folder it lies in');
  if (kind === 'file') return takeFile(item.name, place, walk);
  const isRepeated = place.isRepeated || (isLink && walk.repeats.isRepeated(links.at(-1)));
  if (isLink && isRepeated && !walk.repeats.mayFollow()) return leave(item, 'itself', place, walk);
  const graft = place.grafts.get(item.name);
  const grafts = graft && graft.kind !== 'file' ? graft.grafts : noGrafts;
  const copied = isLink ? undefined : place.copied;
  const target = isLink && !place.isElsewhere ? links.at(-1)?.to : undefined; // without the links on the way
  const absolute = target ?? absoluteOf(path, place);
  takeDirectory(item.name, { ...place, absolute, links, grafts, copied, isRepeated }, walk);
  return true;
}

function leave(
  { name, path, kind }: Pick<Item, 'name' | 'path' | 'kind'>,
  why: Why,
  place: Place,
  walk: Walk,
): false {
  const bare = leftBy(path, kind === 'directory' ? 'directory' : 'file', 0, why, place);
  const left = place.isElsewhere ? { ...bare, ...sourceOf(path, place) } : bare;
  walk.found.push(left);
  const graft = place.grafts.get(name);
  if (graft && brings(graft) && why !== 'itself') walk.dropped.push(left);
  return false;
}

function takeFile(name: string, place: Place, { found, repeats }: Walk): true {
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

/** Takes a link of a copied directory as a link; false: it is none, or it leads out. */
function takeLink({ path }: Item, place: Place, walk: Walk): boolean {
  const { copied, absolute: folder } = place;
  if (copied === undefined || folder === undefined) return false;
  try {
    const target = targetWithin(absoluteOf(path, place), folder, copied);
    if (target === undefined) return false;
    walk.found.push({ path, type: 'symlink', bytes: 0, mtimeMs: 0, executable: true, target });
    return true;
  } catch (error) {
    throw toUnreadable(error, path);
  }
}

/** One item of a directory as it was seen. */
interface Item {
  readonly name: string;
  readonly path: string;
  readonly isLink: boolean;
  /** Of what a link leads to, if it leads anywhere. `other`: a pipe and the like. */
  readonly kind: 'file' | 'directory' | 'other' | 'nothing';
  /** Why it could not be looked at; unimportant where a rule excludes it. */
  readonly failure: JobError | undefined;
}

/** What is no plain file; undefined: it went since its directory was listed. */
function look(dirent: FolderItem, place: Place): Item | undefined {
  const { name } = dirent;
  const path = place.path + name;
  if (dirent.isDirectory()) return { name, path, isLink: false, kind: 'directory', failure: undefined };
  const isLink = dirent.isSymbolicLink();
  try {
    const stats = statAt(absoluteOf(path, place));
    if (!stats && !isLink) return undefined;
    const kind = stats?.isFile() ? 'file' : stats?.isDirectory() ? 'directory' : stats ? 'other' : 'nothing';
    return { name, path, isLink, kind, failure: undefined };
  } catch (error) {
    return { name, path, isLink, kind: 'file', failure: toUnreadable(error, path) };
  }
}

/**
 * Enters a directory; where nothing in it is included it becomes an entry itself.
 *
 * @param outer - The place it is in, with what differs in it but for its path and the rules.
 */
function takeDirectory(name: string, outer: Place, walk: Walk): void {
  const at = walk.found.length;
  const path = outer.path + name;
  const place = { ...outer, path: `${path}/`, here: outer.here?.into(name) };
  const listing = place.absolute === undefined ? [] : list(place, place.absolute);
  if (place.isRepeated) walk.repeats.items += 1 + listing.length;
  if (enter(withOwnRules(place, listing, walk), listing, walk)) return;
  walk.found.splice(at, 0, { path, type: 'directory', bytes: 0, mtimeMs: 0, executable: true });
}

/**
 * Follows a link: the links on the way with it; undefined: it leads to a directory that holds the link itself.
 * One that leads out of the folder is warned about.
 */
function follow(path: string, place: Place, walk: Walk): Place['links'] | undefined {
  const link = {
    from: realPath(place.absolute ?? '', path),
    to: realPath(absoluteOf(path, place), path),
  };
  const start = place.copied ?? walk.realRoot;
  const origins = [walk.realRoot, start, ...place.links.map(({ from }) => from)];
  if (leadsBack(link, origins)) return undefined;
  const known = [walk.realRoot, start, ...place.links.map(({ to }) => to)];
  if (!known.some((folder) => isWithin(link.to, folder)))
    walk.warnings.push(`${path} leads out of the folder; what it leads to is sent: ${link.to}`);
  return [...place.links, link];
}
