import { readFileSync, realpathSync, statSync, type Dirent, type Stats } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { Choice, Plan } from '../core/ports.js';
import type { JobError } from '../core/problem.js';
import { errorCode, unreadable } from './readProblem.js';
import { ignoreFileName, readRules, type Rules } from './rules.js';
import { listFolder } from './listFolder.js';

/** One thing that goes into the tar, and what its file was like when it was looked at. */
export interface Entry {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly bytes: number;
  /** As the file system has it, with fractions; 0 for a directory. */
  readonly mtimeMs: number;
  readonly executable: boolean;
}

/** A plan and, in the same order, what is to be packed for it. */
export interface Chosen {
  readonly plan: Plan;
  readonly entries: readonly Entry[];
}

/** A directory on the way: where it is, which rules hold in it, and over which links one came. */
interface Place {
  /** Absolute; undefined: it is not on the disk, only in the bundle. */
  readonly absolute: string | undefined;
  /** Relative to the folder, with a `/` at its end unless it is the folder itself. */
  readonly path: string;
  readonly rules: Rules | undefined;
  /** Where in a path the part begins that the rules are matched with. */
  readonly rulesFrom: number;
  /** Real paths of the directories whose links were followed to get here, each with where its link led. */
  readonly links: readonly { readonly from: string; readonly to: string }[];
  /** Names of directories that the bundle has here in any case, each inside the one before. */
  readonly always: readonly string[];
}

/** What grows while walking. */
interface Walk {
  readonly root: string;
  readonly realRoot: string;
  readonly choices: Choice[];
  readonly entries: Entry[];
  readonly warnings: string[];
}

/** Files that make a folder a Julia project. */
const projectFiles = ['Project.toml', 'JuliaProject.toml'];

/** A Julia project's bundle has this folder even where it is empty: it goes on Julia's depot path in the job. */
const depotFolder = ['.bundle', 'depot', 'artifacts'];

/**
 * Looks at a folder and chooses what goes into its bundle, by `.juliabundleignore` files; blocks its thread.
 * Links are followed, and excluded directories not entered. Among the included, a directory is listed where it has an
 * entry of its own in the tar, that is, where nothing in it is included.
 *
 * @throws {@link JobError} of kind `unreadable`.
 * Source: the JuliaHub.jl bundler and Tar.jl, as recorded in `test/fixtures/juliahub-bundler-cases.json`.
 */
export function choose(folder: string): Chosen {
  const root = resolve(folder);
  const walk: Walk = { root, realRoot: realRoot(root), choices: [], entries: [], warnings: [] };
  const isProject = projectFiles.some((name) => statAt(join(root, name))?.isFile());
  const always = isProject ? depotFolder : [];
  enter({ absolute: root, path: '', rules: undefined, rulesFrom: 0, links: [], always }, walk);
  const files = walk.entries.filter(({ type }) => type === 'file');
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const { choices, warnings, entries } = walk;
  return { plan: { folder: root, choices, files: files.length, bytes, warnings }, entries };
}

function realRoot(root: string): string {
  try {
    return realpathSync.native(root);
  } catch (error) {
    throw unreadable(root, error);
  }
}

/** What stands at a path, links followed; undefined: nothing, or a link that leads nowhere. */
function statAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (['ELOOP', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Chooses among what a directory holds; true: something of it is included. */
function enter(outer: Place, walk: Walk): boolean {
  const listing = outer.absolute === undefined ? [] : list(outer, outer.absolute, walk);
  const place = withOwnRules(outer, listing, walk);
  const missing = place.always[0];
  let any = false;
  for (const item of withName(missing, listing)) {
    const took = typeof item === 'string' ? takeAlways(item, place, walk) : take(item, place, walk);
    any = took || any;
  }
  return any;
}

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

/** The items with a name put in its place in their order, unless it is among them. */
function withName(name: string | undefined, items: readonly Dirent[]): readonly (Dirent | string)[] {
  if (name === undefined || items.some((item) => item.name === name)) return items;
  const at = items.findIndex((item) => item.name > name);
  const end = at < 0 ? items.length : at;
  return [...items.slice(0, end), name, ...items.slice(end)];
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

/** Takes a directory that is in the bundle in any case unless a rule excludes it; true: it is included. */
function takeAlways(name: string, place: Place, walk: Walk): boolean {
  const path = place.path + name;
  if (place.rules?.deciding(path.slice(place.rulesFrom), true)?.excludes) return false;
  takeDirectory(
    path,
    { ...place, absolute: undefined, path: `${path}/`, always: place.always.slice(1) },
    walk,
  );
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
  const rule = place.rules?.deciding(path.slice(place.rulesFrom), type === 'directory' || !!item.failure);
  if (rule?.excludes && place.rules)
    return leave({ rule: rule.text, ruleFile: place.rules.file, ruleLine: rule.line });
  if (item.failure) throw item.failure;

  const warn = (why: string): false => {
    walk.warnings.push(`${path} stays behind: ${why}.`);
    return leave();
  };
  if (type === 'file' && !stats) return warn('the link leads nowhere');
  if (type === 'file' && !stats?.isFile()) return warn('it is no ordinary file');
  const links = item.isLink ? follow(path, item.absolute, place, walk) : place.links;
  if (!links) return warn('the link leads back to a folder it lies in');
  if (type === 'directory') {
    const always = dirent.name === place.always[0] ? place.always.slice(1) : [];
    takeDirectory(path, { ...place, absolute: item.absolute, path: `${path}/`, links, always }, walk);
  } else {
    const { mtimeMs = 0, mode = 0 } = stats ?? {};
    walk.choices.push({ path, type, bytes, included: true });
    walk.entries.push({ path, type, bytes, mtimeMs, executable: isExecutable(path, mode) });
  }
  return true;
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
function takeDirectory(path: string, place: Place, walk: Walk): void {
  const at = walk.choices.length;
  if (enter(place, walk)) return;
  walk.choices.splice(at, 0, { path, type: 'directory', bytes: 0, included: true });
  walk.entries.push({ path, type: 'directory', bytes: 0, mtimeMs: 0, executable: true });
}

/**
 * Follows a link: the links on the way with it; undefined: it leads to a directory that holds the link itself.
 * One that leads out of the folder is warned about.
 */
function follow(path: string, absolute: string, place: Place, walk: Walk): Place['links'] | undefined {
  const [from, to] = realEnds(path, place.absolute ?? '', absolute);
  const origins = [walk.realRoot, from, ...place.links.map((link) => link.from)];
  if (origins.some((origin) => isWithin(origin, to))) return undefined;
  const known = [walk.realRoot, ...place.links.map((link) => link.to)];
  if (!known.some((folder) => isWithin(to, folder)))
    walk.warnings.push(`${path} leads out of the folder; what it leads to is sent: ${to}`);
  return [...place.links, { from, to }];
}

function realEnds(path: string, folder: string, link: string): readonly [string, string] {
  try {
    return [realpathSync.native(folder), realpathSync.native(link)];
  } catch (error) {
    throw unreadable(path, error);
  }
}

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** Windows has no bit for it: what its names call a program counts there. */
const isExecutable = (path: string, mode: number): boolean =>
  process.platform === 'win32' ? /\.(exe|com|bat|cmd)$/i.test(path) : (mode & 0o100) !== 0;
