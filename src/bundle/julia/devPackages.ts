import { realpathSync } from 'node:fs';
import { isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import { resolveBundlePath, statIfPresent } from '../followLinks.js';
import { isWithin } from '../../lib/node/paths.js';
import { findProject, projectNames, type JuliaFile } from './environment.js';
import { parseReferences, replacePaths, type JuliaFileKind } from './references.js';

/** A package that is copied into the bundle. */
export interface DevPackage {
  readonly name: string;
  /** Path in the bundle: `.bundle/dev/Shared`. */
  readonly path: string;
  /** Real path of its folder. */
  readonly from: string;
  /** Its project file with paths for the bundle; undefined: unchanged. */
  readonly project: { readonly name: string; readonly text: string } | undefined;
}

/** A package in the folder itself, which the bundle contains anyway. */
export interface InnerPackage {
  readonly name: string;
  /** Relative to the folder, with `/`. */
  readonly path: string;
}

/** The packages that an environment uses from other folders. Each `settle` can add some. */
export interface DevPackageResolver {
  /**
   * The text of a file with the packages' paths in the bundle; undefined if it needs no change or cannot be
   * changed.
   * @param base - Absolute path that its paths are relative to.
   * @throws {@link JobError} of kind `unreadable`.
   */
  readonly rewrite: (file: JuliaFile, kind: JuliaFileKind, base: string) => string | undefined;
  readonly packages: () => readonly DevPackage[];
  readonly inner: () => readonly InnerPackage[];
  readonly warnings: () => readonly string[];
}

/** The folder of copied packages in a bundle. Source: docs/protocols/juliahub.md, 4.4. */
const devFolder = '.bundle/dev';

/** The location of a file with references: in the folder, or in a copied package. */
interface PackageOrigin {
  /** Absolute path that its paths are relative to. */
  readonly base: string;
  /** The file's folder in the bundle; empty: the root. */
  readonly bundled: string;
  /** Real path of its package; undefined: the folder itself. */
  readonly own: string | undefined;
}

/** The packages found so far. */
interface KnownPackages {
  readonly root: string;
  readonly realRoot: string;
  /** By the real paths of their folders. */
  readonly packages: Map<string, DevPackage>;
  readonly inner: Map<string, InnerPackage>;
  readonly warnings: Set<string>;
}

/**
 * Finds packages outside a folder, including indirect ones, and assigns paths in the bundle.
 *
 * @param root - Absolute.
 */
export function createDevPackageResolver(root: string): DevPackageResolver {
  const known: KnownPackages = {
    root,
    realRoot: resolveBundlePath(root, root),
    packages: new Map(),
    inner: new Map(),
    warnings: new Set(),
  };
  return {
    rewrite: (file, kind, base) => {
      const outer = posix.dirname(file.path);
      return rewriteFile(file, kind, { base, bundled: outer === '.' ? '' : outer, own: undefined }, known);
    },
    packages: () => [...known.packages.values()],
    inner: () => [...known.inner.values()],
    warnings: () => [...known.warnings],
  };
}

function rewriteFile(
  file: JuliaFile,
  kind: JuliaFileKind,
  origin: PackageOrigin,
  known: KnownPackages,
): string | undefined {
  const shown = posix.join(origin.bundled, file.path);
  const references = parseReferences(file.text, kind);
  if (!references) {
    known.warnings.add(`${shown} is not valid TOML, so its packages are not included.`);
    return undefined;
  }
  const places = new Map<string, string | undefined>();
  for (const { name, path } of references)
    if (path !== undefined)
      places.set(toPackageKey(name, path), resolvePackagePath(name, path, origin, known));
  if (![...places.values()].some((place) => place !== undefined)) return undefined;
  const text = replacePaths(file.text, kind, (name, path) => places.get(toPackageKey(name, path)));
  if (text === undefined)
    known.warnings.add(`The paths in ${shown} could not be changed for the bundle: unsupported TOML syntax.`);
  return text;
}

const toPackageKey = (name: string, path: string): string => `${name}\0${path}`;

/** The new path of a package, relative to the file that references it; undefined: unchanged. */
function resolvePackagePath(
  name: string,
  path: string,
  origin: PackageOrigin,
  known: KnownPackages,
): string | undefined {
  const target = resolve(origin.base, path);
  const { root, realRoot, warnings } = known;
  const isHere = !isAbsolute(path) && isWithin(target, origin.own ?? root);
  const real = resolveRealFolder(target);
  if (real === undefined) {
    warnings.add(`${name} is not included: the folder ${target} does not exist.`);
    return undefined;
  }
  if (isHere) {
    if (origin.own === undefined) addInnerPackage(name, relative(root, target), known);
    return undefined;
  }
  const fromBundled = (place: string): string => posix.relative(origin.bundled, place) || '.';
  const inside = isWithin(target, root) ? relative(root, target) : getRelativeWithin(real, realRoot);
  if (inside !== undefined) return fromBundled(addInnerPackage(name, inside, known));
  if (!isJuliaPackage(real, name)) {
    warnings.add(`${name} is not included: ${target} is not a Julia package.`);
    return undefined;
  }
  return fromBundled(addCopiedPackage(name, real, known));
}

function addInnerPackage(name: string, path: string, { inner }: KnownPackages): string {
  const plain = path.split(sep).join('/');
  inner.set(plain, { name, path: plain });
  return plain;
}

const getRelativeWithin = (path: string, folder: string): string | undefined =>
  isWithin(path, folder) ? relative(folder, path) : undefined;

/** The real path of a folder; undefined if it does not exist. */
function resolveRealFolder(target: string): string | undefined {
  try {
    return statIfPresent(target)?.isDirectory() ? realpathSync.native(target) : undefined;
  } catch {
    return undefined;
  }
}

/** An outdated path can lead anywhere, for example to the home folder, which must not be sent. */
const isJuliaPackage = (folder: string, name: string): boolean =>
  /^[^/\\\0]+$/.test(name) &&
  !/^\.\.?$/.test(name) &&
  [...projectNames, join('src', `${name}.jl`)].some((file) => statIfPresent(join(folder, file))?.isFile());

/**
 * The path of a copied package in the bundle, assigned at its first reference, together with the packages it
 * uses.
 */
function addCopiedPackage(name: string, from: string, known: KnownPackages): string {
  const { packages, warnings } = known;
  const before = packages.get(from);
  if (before) return before.path;
  const path = findFreePath(name, known);
  const other = [...packages.values()].find((one) => one.name === name);
  if (other)
    warnings.add(`${name} is used from two folders: ${other.from}, and ${from}, included as ${path}.`);
  // Before its own packages, which can reference it.
  packages.set(from, { name, path, from, project: undefined });
  const project = findProject(from, `${path}/`);
  if (!project) return path;
  const text = rewriteFile(project, 'project', { base: from, bundled: path, own: from }, known);
  if (text !== undefined) packages.set(from, { name, path, from, project: { name: project.path, text } });
  return path;
}

/**
 * A path that is used neither by another package nor by the folder itself, which can be an unpacked bundle.
 */
function findFreePath(name: string, { packages, root }: KnownPackages): string {
  const taken = new Set([...packages.values()].map(({ path }) => path.toLowerCase()));
  const isFree = (path: string): boolean =>
    !taken.has(path.toLowerCase()) && !statIfPresent(join(root, path));
  let path = `${devFolder}/${name}`;
  for (let number = 2; !isFree(path); number++) path = `${devFolder}/${name}-${String(number)}`;
  return path;
}
