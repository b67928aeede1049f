import { readFileSync, type Dirent, type Stats } from 'node:fs';
import { join, sep } from 'node:path';
import type { Choice } from '../core/ports.js';
import type { JobError } from '../core/problem.js';
import type { Entry } from './entry.js';
import { brings, noGrafts, withGrafts, type Graft, type Grafts } from './graft.js';
import { isWithin, leadsBack, realPath, statAt, targetWithin, type Followed } from './links.js';
import { errorCode, unreadable } from './readProblem.js';
import { ignoreFileName, readRules, type Rules } from './rules.js';
import { listFolder } from './listFolder.js';

/** What a walk found. */
export interface Walked {
  /** Sorted as in the tar, like the entries. */
  readonly choices: readonly Choice[];
  readonly entries: readonly Entry[];
  readonly warnings: readonly string[];
  /** Grafts that a rule keeps out. */
  readonly dropped: readonly Choice[];
  /** Of the ignore file in the folder itself. */
  readonly rules: Rules | undefined;
}

/** A directory on the way: where it is, which rules hold in it, and over which links one came. */
interface Place {
  /** Absolute; undefined: it is not on the disk, only in the bundle. */
  readonly absolute: string | undefined;
  /** In the bundle, with a `/` at its end unless it is the folder itself. */
  readonly path: string;
  readonly rules: Rules | undefined;
  /** Where in a path the part begins that the rules are matched with. */
  readonly rulesFrom: number;
  readonly links: readonly Followed[];
  readonly grafts: Grafts;
  /** Real path of the copied directory it lies in: a link that stays in there stays a link. */
  readonly copied: string | undefined;
}

/** What grows while walking. */
interface Walk {
  readonly root: string;
  readonly realRoot: string;
  readonly choices: Choice[];
  readonly entries: Entry[];
  readonly warnings: string[];
  readonly dropped: Choice[];
}

/**
 * Walks through a folder and what is grafted into it; blocks its thread. Links are followed, and excluded directories
 * not entered. Among the included, a directory is listed where it has an entry of its own in the tar, that is, where
 * nothing in it is included.
 *
 * @param root - Absolute.
 * @param rules - Given: only the grafts are walked, by these rules of the folder's own ignore file.
 * @throws {@link JobError} of kind `unreadable`.
 */
export function walkFolder(
  root: string,
  grafts: Grafts,
  rules?: { readonly ofRoot: Rules | undefined },
): Walked {
  const realRoot = realPath(root, root);
  const walk: Walk = { root, realRoot, choices: [], entries: [], warnings: [], dropped: [] };
  const outer: Place = {
    absolute: rules ? undefined : root,
    path: '',
    rules: rules?.ofRoot,
    rulesFrom: 0,
    links: [],
    grafts,
    copied: undefined,
  };
  const listing = rules ? [] : list(outer, root, walk);
  const place = withOwnRules(outer, listing, walk);
  enter(place, listing, walk);
  const { choices, entries, warnings, dropped } = walk;
  return { choices, entries, warnings, dropped, rules: place.rules };
}

/** Chooses among what a directory holds; true: something of it is included. */
function enter(place: Place, listing: readonly Dirent[], walk: Walk): boolean {
  let any = false;
  for (const item of withGrafts(place.grafts, listing, isReplaced)) {
    const took = typeof item === 'string' ? takeGraft(item, place, walk) : take(item, place, walk);
    any = took || any;
  }
  return any;
}

/** A directory of the folder keeps its place beside what is grafted into it. */
const isReplaced = (item: Dirent, graft: Graft): boolean =>
  graft.kind !== 'folder' || (brings(graft) && item.isFile());

function list(place: Place, absolute: string, walk: Walk): readonly Dirent[] {
  try {
    const { items, unnameable } = listFolder(absolute);
    for (const name of unnameable)
      walk.warnings.push(`${place.path}${name} stays behind: its name is not valid UTF-8.`);
    return items;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && place.path !== '') return []; // it went since its own folder was listed
    throw unreadable(place.path === '' ? absolute : place.path.slice(0, -1), error);
  }
}

/** The place with the rules of its own ignore file, if it has one. */
function withOwnRules(place: Place, listing: readonly Dirent[], walk: Walk): Place {
  if (place.absolute === undefined || !listing.some(({ name }) => name === ignoreFileName)) return place;
  const absolute = join(place.absolute, ignoreFileName);
  const path = place.path + ignoreFileName;
  try {
    if (!statAt(absolute)?.isFile()) return place;
    const rules = readRules(readFileSync(absolute, 'utf8'), path);
    walk.warnings.push(...rules.warnings);
    return { ...place, rules, rulesFrom: place.path.length };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Why a path stays behind by a rule; undefined: none excludes it. */
function excluding(
  path: string,
  isDirectory: boolean,
  { rules, rulesFrom }: Place,
): Pick<Choice, 'rule' | 'ruleFile' | 'ruleLine'> | undefined {
  const rule = rules?.deciding(path.slice(rulesFrom), isDirectory);
  return rule?.excludes && rules ? { rule: rule.text, ruleFile: rules.file, ruleLine: rule.line } : undefined;
}

/** Takes what is grafted under a name unless a rule excludes it; true: it is included. */
function takeGraft(name: string, place: Place, walk: Walk): boolean {
  const graft = place.grafts.get(name);
  if (!graft) return false;
  const path = place.path + name;
  const type = graft.kind === 'file' ? 'file' : 'directory';
  const bytes = graft.kind === 'file' ? graft.content.length : 0;
  const excluded = excluding(path, type === 'directory', place);
  if (excluded) {
    const choice: Choice = { path, type, bytes, included: false, ...excluded };
    if (!brings(graft)) return false;
    walk.choices.push(choice);
    walk.dropped.push(choice);
    return false;
  }
  if (graft.kind === 'file') {
    walk.choices.push({ path, type: 'file', bytes, included: true });
    const { content } = graft;
    walk.entries.push({ path, type: 'file', bytes, mtimeMs: 0, executable: false, content });
    return true;
  }
  const from = graft.kind === 'tree' ? graft.from : undefined;
  const inner = { absolute: from, path: `${path}/`, grafts: graft.grafts, links: [], copied: from };
  takeDirectory(path, { ...place, ...inner }, walk);
  return true;
}

/** Takes or leaves one item of a directory; true: it is included. */
function take(dirent: Dirent, place: Place, walk: Walk): boolean {
  const item = look(dirent, place);
  if (!item) return false;
  const { path, type, stats } = item;
  const bytes = stats?.isFile() ? stats.size : 0;
  const leave = (by?: Pick<Choice, 'rule' | 'ruleFile' | 'ruleLine'>): false => {
    walk.choices.push({ path, type, bytes, included: false, ...by });
    return false;
  };
  if (dirent.name === '.git') return leave();
  const excluded = excluding(path, type === 'directory' || !!item.failure, place);
  if (excluded) {
    leave(excluded);
    const graft = place.grafts.get(dirent.name);
    if (graft && brings(graft)) walk.dropped.push({ path, type, bytes, included: false, ...excluded });
    return false;
  }
  if (takeLink(item, place, walk)) return true;
  if (item.failure) throw item.failure;

  const warn = (why: string): false => {
    walk.warnings.push(`${path} stays behind: ${why}.`);
    return leave();
  };
  if (type === 'file' && !stats) return warn('the link leads nowhere');
  if (type === 'file' && !stats?.isFile()) return warn('it is no ordinary file');
  const links = item.isLink ? follow(item, place, walk) : place.links;
  if (!links) return warn('the link leads back to a folder it lies in');
  if (type === 'directory') {
    const graft = place.grafts.get(dirent.name);
    const grafts = graft && graft.kind !== 'file' ? graft.grafts : noGrafts;
    const copied = item.isLink ? undefined : place.copied;
    takeDirectory(path, { ...place, absolute: item.absolute, path: `${path}/`, links, grafts, copied }, walk);
  } else takeFile(item, walk);
  return true;
}

function takeFile({ path, absolute, stats }: Item, walk: Walk): void {
  const { size: bytes = 0, mtimeMs = 0, mode = 0 } = stats ?? {};
  const source = absolute === walk.root + sep + path.replaceAll('/', sep) ? {} : { source: absolute };
  walk.choices.push({ path, type: 'file', bytes, included: true });
  walk.entries.push({ path, type: 'file', bytes, mtimeMs, executable: isExecutable(path, mode), ...source });
}

/** Takes a link of a copied directory as a link; false: it is none, or it leads out. */
function takeLink(
  { path, absolute, isLink }: Item,
  { copied, absolute: folder }: Place,
  walk: Walk,
): boolean {
  if (!isLink || copied === undefined || folder === undefined) return false;
  try {
    const target = targetWithin(absolute, folder, copied);
    if (target === undefined) return false;
    walk.choices.push({ path, type: 'file', bytes: 0, included: true });
    walk.entries.push({ path, type: 'symlink', bytes: 0, mtimeMs: 0, executable: true, target });
    return true;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** One item of a directory as it was seen. */
interface Item {
  readonly path: string;
  readonly absolute: string;
  readonly isLink: boolean;
  /** Of what a link leads to, if it leads anywhere. */
  readonly type: 'file' | 'directory';
  /** Links followed; undefined for a directory that is no link, and for a link that leads nowhere. */
  readonly stats: Stats | undefined;
  /** Why it could not be looked at; unimportant where a rule excludes it. */
  readonly failure: JobError | undefined;
}

/** Undefined: it went since its directory was listed. */
function look(dirent: Dirent, place: Place): Item | undefined {
  const path = place.path + dirent.name;
  const absolute = `${place.absolute ?? ''}${sep}${dirent.name}`;
  const isLink = dirent.isSymbolicLink();
  const item = { path, absolute, isLink, stats: undefined, failure: undefined };
  if (dirent.isDirectory()) return { ...item, type: 'directory' };
  try {
    const stats = statAt(absolute);
    if (!stats && !isLink) return undefined;
    return { ...item, stats, type: stats?.isDirectory() ? 'directory' : 'file' };
  } catch (error) {
    return { ...item, type: 'file', failure: unreadable(path, error) };
  }
}

/** Enters a directory; where nothing in it is included it becomes an entry itself. */
function takeDirectory(path: string, outer: Place, walk: Walk): void {
  const at = walk.choices.length;
  const listing = outer.absolute === undefined ? [] : list(outer, outer.absolute, walk);
  if (enter(withOwnRules(outer, listing, walk), listing, walk)) return;
  walk.choices.splice(at, 0, { path, type: 'directory', bytes: 0, included: true });
  walk.entries.push({ path, type: 'directory', bytes: 0, mtimeMs: 0, executable: true });
}

/**
 * Follows a link: the links on the way with it; undefined: it leads to a directory that holds the link itself.
 * One that leads out of the folder is warned about.
 */
function follow({ path, absolute }: Item, place: Place, walk: Walk): Place['links'] | undefined {
  const link = { from: realPath(place.absolute ?? '', path), to: realPath(absolute, path) };
  const start = place.copied ?? walk.realRoot;
  const origins = [walk.realRoot, start, ...place.links.map(({ from }) => from)];
  if (leadsBack(link, origins)) return undefined;
  const known = [walk.realRoot, start, ...place.links.map(({ to }) => to)];
  if (!known.some((folder) => isWithin(link.to, folder)))
    walk.warnings.push(`${path} leads out of the folder; what it leads to is sent: ${link.to}`);
  return [...place.links, link];
}

/** Windows has no bit for it: what its names call a program counts there. */
const isExecutable = (path: string, mode: number): boolean =>
  process.platform === 'win32' ? /\.(exe|com|bat|cmd)$/i.test(path) : (mode & 0o100) !== 0;
