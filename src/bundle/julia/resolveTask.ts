import { resolve } from 'node:path';
import type { DevPackageResolver } from './devPackages.js';
import { listArtifactFiles, type JuliaEnvironment, type JuliaFile } from './environment.js';
import { parseReferences, replacePaths, type JuliaFileKind } from './references.js';
import { getTable } from './toml.js';

/** The input for Julia. Plain data, since it is sent between threads. */
export interface ResolveTask {
  /** True: there is no manifest, so Julia should create one. */
  readonly resolve: boolean;
  /** Packages that were added by URL and may not be registered. */
  readonly added: readonly { readonly name: string; readonly url: string }[];
  /** Absolute paths of the artifact files of the project and of copied packages. */
  readonly artifacts: readonly string[];
  /** The files of a copy of the environment, in which Julia can write, by name. */
  readonly copy: Readonly<Record<string, string>>;
}

/** Determines what Julia must resolve; undefined if nothing. */
export function createResolveTask(
  root: string,
  { project, manifests, artifacts }: JuliaEnvironment,
  dev: DevPackageResolver,
): ResolveTask | undefined {
  const [manifest] = manifests;
  const hasDependencies = Object.keys(getTable(project?.table, 'deps') ?? {}).length > 0;
  const need = {
    resolve: !manifest && hasDependencies,
    added: manifest ? listAddedPackages(manifest) : [],
    artifacts: [...artifacts, ...dev.packages().flatMap(({ from }) => listArtifactFiles(from))],
  };
  if (!need.resolve && need.added.length === 0 && need.artifacts.length === 0) return undefined;
  const copy = {
    'Project.toml': project ? toAbsolutePaths(project, 'project', root) : emptyProject,
    ...(manifest && {
      'Manifest.toml': toAbsolutePaths(manifest, 'manifest', resolve(root, manifest.path, '..')),
    }),
  };
  return { ...need, copy };
}

/** A project without dependencies. Source: docs/protocols/juliahub.md, 4.1. */
export const emptyProject = '[deps]\n';

/** The packages that a manifest references by URL. */
export const listAddedPackages = ({ text }: JuliaFile): ResolveTask['added'] =>
  (parseReferences(text, 'manifest') ?? []).flatMap(({ name, path, url }) =>
    url === undefined || path !== undefined ? [] : [{ name, url }],
  );

/** The text of a file with absolute paths. */
const toAbsolutePaths = (file: JuliaFile, kind: JuliaFileKind, base: string): string =>
  replacePaths(file.text, kind, (_, path) => resolve(base, path)) ?? file.text;
