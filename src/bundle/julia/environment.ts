import { readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { statAt } from '../links.js';
import { isWithin } from '../../lib/node/paths.js';
import { toUnreadable } from '../../core/domain/diskError.js';
import { hasErrorCode } from '../../lib/errno.js';
import { readToml, textAt, type Table } from './toml.js';

/** One of Julia's files, as read during the scan. */
export interface JuliaFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Undefined if it is not valid TOML. */
  readonly table: Table | undefined;
}

/** The files of a Julia environment. */
export interface Environment {
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
const manifestName = /^(Julia)?Manifest(-v(\d+)\.(\d+))?\.toml$/;

/**
 * Finds Julia's files in a folder; undefined if it is not a Julia environment.
 *
 * @throws {@link JobError} of kind `unreadable`.
 */
export function environmentIn(folder: string): Environment | undefined {
  const project = projectIn(folder);
  const manifests = manifestsIn(folder, project);
  if (!project && manifests.length === 0) return undefined;
  return {
    project,
    manifests: manifests.filter(({ text }) => text.trim() !== ''),
    artifacts: artifactsIn(folder),
  };
}

/**
 * The project file of a folder; undefined if it has none.
 *
 * @param bundled - The folder's path in the bundle with a trailing `/`, for error messages.
 * @throws as `environmentIn`.
 */
export function projectIn(folder: string, bundled = ''): JuliaFile | undefined {
  const name = projectNames.find((one) => statAt(join(folder, one))?.isFile());
  return name === undefined ? undefined : fileAt(folder, name, bundled);
}

/** Absolute paths of a folder's artifact files: one or none. */
export function artifactsIn(folder: string): readonly string[] {
  return artifactNames
    .map((name) => join(folder, name))
    .filter((path) => statAt(path)?.isFile())
    .slice(0, 1);
}

/**
 * The manifests in a folder, the active one first. If there is one per Julia version, the job's Julia
 * decides; here it is the one without a version, or else the newest.
 */
export function manifestsIn(folder: string, project: JuliaFile | undefined): readonly JuliaFile[] {
  const names = namesIn(folder).filter(
    (name) => manifestName.test(name) && statAt(join(folder, name))?.isFile(),
  );
  const named = textAt(project?.table, 'manifest');
  const path = named === undefined ? undefined : resolve(folder, named);
  const isInside = path !== undefined && isWithin(path, folder) && statAt(path)?.isFile() === true;
  const chosen = isInside ? relative(folder, path).split(sep).join('/') : undefined;
  const rest = names.filter((name) => name !== chosen).sort((a, b) => rankOf(b) - rankOf(a));
  return [...(chosen === undefined ? [] : [chosen]), ...rest].map((name) => fileAt(folder, name));
}

/** The path of a manifest outside the folder that the project refers to; undefined if there is none. */
export function manifestOutside(folder: string, project: JuliaFile | undefined): string | undefined {
  const named = textAt(project?.table, 'manifest');
  if (named === undefined) return undefined;
  const path = resolve(folder, named);
  return isAbsolute(named) || !isWithin(path, folder) ? path : undefined;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw toUnreadable(error, folder);
  }
}

function rankOf(name: string): number {
  const [, julia, versioned, major, minor] = manifestName.exec(name) ?? [];
  const version = versioned === undefined ? 1e9 : Number(major) * 1e4 + Number(minor);
  return version * 2 + (julia === undefined ? 0 : 1);
}

function fileAt(folder: string, path: string, bundled = ''): JuliaFile {
  try {
    const text = readFileSync(join(folder, path), 'utf8');
    return { path, text, table: readToml(text) };
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return { path, text: '', table: {} }; // it was deleted in the meantime
    throw toUnreadable(error, bundled + path);
  }
}
