import { dirname, join } from 'node:path';
import type { ScriptEnvironment } from '../core/domain/jobSpec.js';
import type {
  LanguageSupport,
  OtherExtensions,
  ScriptEnvironments,
  UserFiles,
} from '../core/domain/language.js';

/** Name of the files that exclude paths from bundles; JuliaHub's own client uses the same name. */
export const ignoreFileName = '.juliabundleignore';

/** The Julia extension's exported API. Source: julia-vscode `src/extension.ts`. */
interface JuliaExtensionApi {
  readonly getEnvironment?: () => Promise<unknown>;
}

/** Julia as the language of scripts and bundles. */
export const createJuliaSupport = (files: UserFiles, extensions: OtherExtensions): LanguageSupport => ({
  id: 'julia',
  title: 'Julia',
  projectFiles: ['Project.toml', 'Manifest.toml'],
  ignoreFileName,
  findEnvironments: (file) => findEnvironments(file, files, extensions),
});

/** The executable configured in the Julia extension; empty: none. */
export const getConfiguredJulia = (extensions: OtherExtensions): string =>
  extensions.getSetting('julia', 'executablePath');

/** The environment of the nearest project around the file, and the one that is active in the Julia extension. */
async function findEnvironments(
  file: string | undefined,
  files: UserFiles,
  extensions: OtherExtensions,
): Promise<ScriptEnvironments> {
  const read = (folder: string): Promise<ScriptEnvironment | undefined> => readEnvironment(folder, files);
  const active = await getActiveFolder(extensions);
  const around = file === undefined ? [] : files.listFoldersAround(file);
  const found: ScriptEnvironment[] = [];
  for (const folder of around) {
    const environment = await read(folder);
    if (environment) found.push(environment);
    if (environment) break;
  }
  if (active !== undefined && !found.some(({ folder }) => folder === active)) {
    const environment = await read(active);
    if (environment) found.push(environment);
  }
  return { found, read };
}

/** The active environment's folder; undefined: the extension is not installed, not active, or has none. */
async function getActiveFolder(extensions: OtherExtensions): Promise<string | undefined> {
  const api = await extensions.getApi<JuliaExtensionApi>('julialang.language-julia', false);
  const path = await api?.getEnvironment?.().catch(() => undefined);
  if (typeof path !== 'string' || path === '') return undefined;
  return path.endsWith('.toml') ? dirname(path) : path;
}

/** The files of an environment by their standard names; undefined: neither a project nor a manifest. */
async function readEnvironment(folder: string, files: UserFiles): Promise<ScriptEnvironment | undefined> {
  const [project, artifacts] = await Promise.all([
    readFirst(folder, ['JuliaProject.toml', 'Project.toml'], files),
    readFirst(folder, ['JuliaArtifacts.toml', 'Artifacts.toml'], files),
  ]);
  const manifest = await readManifest(folder, project ?? '', files);
  if (project === undefined && manifest === undefined) return undefined;
  return {
    folder,
    files: {
      ...(project === undefined ? {} : { 'Project.toml': project }),
      ...(manifest === undefined ? {} : { 'Manifest.toml': manifest }),
      ...(artifacts === undefined ? {} : { 'Artifacts.toml': artifacts }),
    },
  };
}

/** The manifest in use: the one that the project names, or the first of {@link sortManifests}. */
async function readManifest(folder: string, project: string, files: UserFiles): Promise<string | undefined> {
  const named = parseManifestName(project);
  const names = sortManifests(await files.listNames(folder));
  return readFirst(folder, named === undefined ? names : [named, ...names], files);
}

async function readFirst(
  folder: string,
  names: readonly string[],
  files: UserFiles,
): Promise<string | undefined> {
  for (const name of names) {
    const text = await files.readText(join(folder, name));
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Source: `manifest_names` in Julia's base/loading.jl. */
const manifestPattern = /^(Julia)?Manifest(?:-v(\d{1,4})\.(\d{1,4}))?\.toml$/;

/**
 * The manifest names among a folder's files, most relevant first: those without a version, then the newest version.
 * Which versioned manifest applies depends on the Julia version of the job, which is not known yet.
 */
export function sortManifests(names: readonly string[]): readonly string[] {
  // A file that is open in an editor need not be on disk.
  const all = new Set([
    'JuliaManifest.toml',
    'Manifest.toml',
    ...names.filter((name) => manifestPattern.test(name)),
  ]);
  return [...all].sort((a, b) => getManifestRank(b) - getManifestRank(a));
}

/** The `manifest` entry of a project file; undefined: none. Source: Pkg.jl documentation, 10. */
export function parseManifestName(project: string): string | undefined {
  const [top = ''] = project.split(/^[ \t]*\[/m, 1);
  return /^manifest\s*=\s*["']([^"'\\\n]+)["']/m.exec(top)?.[1];
}

function getManifestRank(name: string): number {
  const [, julia, major, minor] = manifestPattern.exec(name) ?? [];
  const version = major === undefined ? 1e9 : Number(major) * 1e4 + Number(minor);
  return version * 2 + (julia === undefined ? 0 : 1);
}
