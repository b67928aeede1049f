import { readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { statIfPresent } from '../followLinks.js';
import { isWithin } from '../../lib/node/paths.js';
import { toUnreadableError } from '../../core/domain/diskError.js';
import { hasErrorCode } from '../../lib/errno.js';
import { parseToml, getText, type TomlTable } from './toml.js';

/** One of Julia's files, as read during the scan. */
export interface JuliaFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Undefined if it is not valid TOML. */
  readonly table: TomlTable | undefined;
}

/** The files of a Julia environment. */
export interface JuliaEnvironment {
  /** The active project; undefined if there is none. */
  readonly project: JuliaFile | undefined;
  /** All manifests that some Julia version would use, the active one first. Empty ones do not count. */
  readonly manifests: readonly JuliaFile[];
  /** Absolute paths of the project's artifact files. */
  readonly artifacts: readonly string[];
}

/**
 * Names of project files; the first that exists is active. Source: `project_names` in Julia's
 * base/loading.jl.
 */
export const projectNames = ['JuliaProject.toml', 'Project.toml'];

/** Source: `artifact_names` in Julia's base/loading.jl. */
const artifactNames = ['JuliaArtifacts.toml', 'Artifacts.toml'];

/** Source: `manifest_names` in Julia's base/loading.jl. */
const manifestNamePattern = /^(Julia)?Manifest(-v(\d+)\.(\d+))?\.toml$/;

/**
 * Finds Julia's files in a folder; undefined if it is not a Julia environment.
 *
 * @throws {@link JobError} of kind `unreadable`.
 */
export function findEnvironment(folder: string): JuliaEnvironment | undefined {
  const project = findProject(folder);
  const manifests = listManifests(folder, project);
  if (!project && manifests.length === 0) return undefined;
  return {
    project,
    manifests: manifests.filter(({ text }) => text.trim() !== ''),
    artifacts: listArtifactFiles(folder),
  };
}

/**
 * The project file of a folder; undefined if it has none.
 *
 * @param bundled - The folder's path in the bundle with a trailing `/`, for error messages.
 * @throws as `environmentIn`.
 */
export function findProject(folder: string, bundled = ''): JuliaFile | undefined {
  const name = projectNames.find((one) => statIfPresent(join(folder, one))?.isFile());
  return name === undefined ? undefined : readJuliaFile(folder, name, bundled);
}

/** Absolute paths of a folder's artifact files: one or none. */
export function listArtifactFiles(folder: string): readonly string[] {
  return artifactNames
    .map((name) => join(folder, name))
    .filter((path) => statIfPresent(path)?.isFile())
    .slice(0, 1);
}

/**
 * The manifests in a folder, the active one first. If there is one per Julia version, the job's Julia
 * decides; here it is the one without a version, or else the newest.
 */
export function listManifests(folder: string, project: JuliaFile | undefined): readonly JuliaFile[] {
  const names = listNames(folder).filter(
    (name) => manifestNamePattern.test(name) && statIfPresent(join(folder, name))?.isFile(),
  );
  const named = getText(project?.table, 'manifest');
  const path = named === undefined ? undefined : resolve(folder, named);
  const isInside = path !== undefined && isWithin(path, folder) && statIfPresent(path)?.isFile() === true;
  const chosen = isInside ? relative(folder, path).split(sep).join('/') : undefined;
  const rest = names
    .filter((name) => name !== chosen)
    .sort((a, b) => getManifestVersionRank(b) - getManifestVersionRank(a));
  return [...(chosen === undefined ? [] : [chosen]), ...rest].map((name) => readJuliaFile(folder, name));
}

/** The path of a manifest outside the folder that the project refers to; undefined if there is none. */
export function findOutsideManifest(folder: string, project: JuliaFile | undefined): string | undefined {
  const named = getText(project?.table, 'manifest');
  if (named === undefined) return undefined;
  const path = resolve(folder, named);
  return isAbsolute(named) || !isWithin(path, folder) ? path : undefined;
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw toUnreadableError(error, folder);
  }
}

function getManifestVersionRank(name: string): number {
  const [, julia, versioned, major, minor] = manifestNamePattern.exec(name) ?? [];
  const version = versioned === undefined ? 1e9 : Number(major) * 1e4 + Number(minor);
  return version * 2 + (julia === undefined ? 0 : 1);
}

function readJuliaFile(folder: string, path: string, bundled = ''): JuliaFile {
  try {
    const text = readFileSync(join(folder, path), 'utf8');
    return { path, text, table: parseToml(text) };
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return { path, text: '', table: {} }; // it was deleted in the meantime
    throw toUnreadableError(error, bundled + path);
  }
}
