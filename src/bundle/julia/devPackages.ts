import { realpathSync } from 'node:fs';
import { isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import { realPath, statAt } from '../links.js';
import { isWithin } from '../../lib/node/paths.js';
import { projectIn, projectNames, type JuliaFile } from './environment.js';
import { referencesIn, withPaths, type Kind } from './references.js';

/** A package that is copied into the bundle. */
export interface DevPackage {
  readonly name: string;
  /** In the bundle: `.bundle/dev/Shared`. */
  readonly path: string;
  /** Real path of its folder. */
  readonly from: string;
  /** Its project file with paths for the bundle; undefined: it stays as it is. */
  readonly project: { readonly name: string; readonly text: string } | undefined;
}

/** A package that the bundle has in any case, since it lies in the folder. */
export interface InnerPackage {
  readonly name: string;
  /** Relative to the folder, with `/`. */
  readonly path: string;
}

/** The packages that the environment of one folder uses from other folders. Grows with each file that is settled. */
export interface DevPackages {
  /**
   * The text of a file with the paths its packages have in the bundle; undefined: it needs no change, or cannot have it.
   * @param base - Absolute path that its paths are relative to.
   * @throws {@link JobError} of kind `unreadable`.
   */
  readonly settle: (file: JuliaFile, kind: Kind, base: string) => string | undefined;
  readonly packages: () => readonly DevPackage[];
  readonly inner: () => readonly InnerPackage[];
  readonly warnings: () => readonly string[];
}

/** Where in a bundle the copies go. Source: docs/protocols/juliahub.md, 4.4. */
const devFolder = '.bundle/dev';

/** A file whose packages are looked up: in the folder, or in a package that is copied. */
interface Origin {
  /** Absolute path that paths in it are relative to. */
  readonly base: string;
  /** The folder of the file in the bundle; empty: its root. */
  readonly bundled: string;
  /** Real path of the package that it belongs to; undefined: the folder itself. */
  readonly own: string | undefined;
}

/** What is known of the packages so far. */
interface Known {
  readonly root: string;
  readonly realRoot: string;
  /** By the real paths of their folders. */
  readonly packages: Map<string, DevPackage>;
  readonly inner: Map<string, InnerPackage>;
  readonly warnings: Set<string>;
}

/**
 * Finds packages outside of a folder, also those that these use, and gives them places in the bundle.
 *
 * @param root - Absolute.
 */
export function devPackages(root: string): DevPackages {
  const known: Known = {
    root,
    realRoot: realPath(root, root),
    packages: new Map(),
    inner: new Map(),
    warnings: new Set(),
  };
  return {
    settle: (file, kind, base) => {
      const outer = posix.dirname(file.path);
      return settle(file, kind, { base, bundled: outer === '.' ? '' : outer, own: undefined }, known);
    },
    packages: () => [...known.packages.values()],
    inner: () => [...known.inner.values()],
    warnings: () => [...known.warnings],
  };
}

function settle(file: JuliaFile, kind: Kind, origin: Origin, known: Known): string | undefined {
  const shown = posix.join(origin.bundled, file.path);
  const references = referencesIn(file.text, kind);
  if (!references) {
    known.warnings.add(`${shown} is not valid TOML: the packages it names are not looked for.`);
    return undefined;
  }
  const places = new Map<string, string | undefined>();
  for (const { name, path } of references)
    if (path !== undefined) places.set(keyOf(name, path), placeOf(name, path, origin, known));
  if (![...places.values()].some((place) => place !== undefined)) return undefined;
  const text = withPaths(file.text, kind, (name, path) => places.get(keyOf(name, path)));
  if (text === undefined)
    known.warnings.add(
      `${shown} is written in a way that keeps its paths from being changed for the bundle.`,
    );
  return text;
}

const keyOf = (name: string, path: string): string => `${name}\0${path}`;

/** The path a package gets, relative to the file that names it; undefined: it keeps its own. */
function placeOf(name: string, path: string, origin: Origin, known: Known): string | undefined {
  const target = resolve(origin.base, path);
  const { root, realRoot, warnings } = known;
  const isHere = !isAbsolute(path) && isWithin(target, origin.own ?? root);
  const real = realOf(target);
  if (real === undefined) {
    warnings.add(`${name} is not sent: there is no folder ${target}.`);
    return undefined;
  }
  if (isHere) {
    if (origin.own === undefined) noteInner(name, relative(root, target), known);
    return undefined;
  }
  const fromBundled = (place: string): string => posix.relative(origin.bundled, place) || '.';
  const inside = isWithin(target, root) ? relative(root, target) : relativeWithin(real, realRoot);
  if (inside !== undefined) return fromBundled(noteInner(name, inside, known));
  if (!isPackage(real, name)) {
    warnings.add(`${name} is not sent: ${target} is no Julia package.`);
    return undefined;
  }
  return fromBundled(copied(name, real, known));
}

function noteInner(name: string, path: string, { inner }: Known): string {
  const plain = path.split(sep).join('/');
  inner.set(plain, { name, path: plain });
  return plain;
}

const relativeWithin = (path: string, folder: string): string | undefined =>
  isWithin(path, folder) ? relative(folder, path) : undefined;

/** The real path of a folder; undefined: there is none. */
function realOf(target: string): string | undefined {
  try {
    return statAt(target)?.isDirectory() ? realpathSync.native(target) : undefined;
  } catch {
    return undefined;
  }
}

/** A path that is out of date may lead anywhere, to the home folder for one, which must not be sent. */
const isPackage = (folder: string, name: string): boolean =>
  /^[^/\\\0]+$/.test(name) &&
  !/^\.\.?$/.test(name) &&
  [...projectNames, join('src', `${name}.jl`)].some((file) => statAt(join(folder, file))?.isFile());

/** The place of a package in the bundle, given to it when it is met first, with the packages that it uses. */
function copied(name: string, from: string, known: Known): string {
  const { packages, warnings } = known;
  const before = packages.get(from);
  if (before) return before.path;
  const path = freePath(name, known);
  const other = [...packages.values()].find((one) => one.name === name);
  if (other) warnings.add(`${name} is used from two folders: ${other.from}, and ${from}, sent as ${path}.`);
  packages.set(from, { name, path, from, project: undefined }); // before its own packages, which may use it
  const project = projectIn(from, `${path}/`);
  if (!project) return path;
  const text = settle(project, 'project', { base: from, bundled: path, own: from }, known);
  if (text !== undefined) packages.set(from, { name, path, from, project: { name: project.path, text } });
  return path;
}

/** A path that is neither another package's nor in the folder itself, which may be a bundle that was unpacked. */
function freePath(name: string, { packages, root }: Known): string {
  const taken = new Set([...packages.values()].map(({ path }) => path.toLowerCase()));
  const isFree = (path: string): boolean => !taken.has(path.toLowerCase()) && !statAt(join(root, path));
  let path = `${devFolder}/${name}`;
  for (let number = 2; !isFree(path); number++) path = `${devFolder}/${name}-${String(number)}`;
  return path;
}
