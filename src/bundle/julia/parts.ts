import { resolve } from 'node:path';
import type { BundleAddition } from '../../core/domain/ports.js';
import { emptyOverlay, type OverlayItem } from '../overlay.js';
import { resolveBundlePath } from '../followLinks.js';
import { createDevPackageResolver, type DevPackage, type DevPackageResolver } from './devPackages.js';
import { findEnvironment, findOutsideManifest, type JuliaEnvironment } from './environment.js';
import { listAddedPackages, emptyProject, createResolveTask, type ResolveTask } from './resolveTask.js';
import { listWorkspaceWarnings } from './workspace.js';

/** A part of a Julia project's bundle that overlays the folder. */
export interface BundlePart {
  /** Path in the bundle, with `/`. */
  readonly path: string;
  readonly graft: OverlayItem;
  /** The name of the package or file, for warnings. */
  readonly name: string;
  /** Why the part is added; undefined if the folder contains it or it is empty. */
  readonly why: BundleAddition['why'] | undefined;
  /** True: the job can run without it if a rule excludes it. */
  readonly isOptional?: true;
}

/** The parts of a Julia project's bundle. */
export interface JuliaParts {
  readonly parts: readonly BundlePart[];
  /** Warnings for the user, a sentence each. */
  readonly warnings: readonly string[];
  /** Path of the active manifest in the bundle; undefined if there is none. */
  readonly manifest: string | undefined;
  /** The input for Julia; undefined if it is not needed. */
  readonly need: ResolveTask | undefined;
  readonly dev: DevPackageResolver;
}

/**
 * A job's Julia depot path contains it, so it exists even if it is empty. Source: docs/protocols/juliahub.md,
 * 4.1.
 */
const depotPart: BundlePart = {
  path: '.bundle/depot/artifacts',
  graft: { kind: 'folder', grafts: emptyOverlay },
  name: 'artifacts',
  why: undefined,
};

/**
 * The parts for a folder with Julia code but without a project: the job starts with an empty environment, as
 * with the official client. Source: docs/protocols/juliahub.md, 4.1.
 *
 * @param root - Absolute.
 */
export const createBareParts = (root: string): JuliaParts => ({
  parts: [depotPart, { ...createFilePart('Project.toml', emptyProject, 'created'), isOptional: true }],
  warnings: [],
  manifest: undefined,
  need: undefined,
  dev: createDevPackageResolver(root),
});

/**
 * The parts for a Julia project; undefined if the folder is not one. Blocks the thread. Writes nothing.
 *
 * @param root - Absolute.
 * @throws {@link JobError} of kind `unreadable`.
 */
export function createJuliaParts(root: string): JuliaParts | undefined {
  const environment = findEnvironment(root);
  if (!environment) return undefined;
  const dev = createDevPackageResolver(root);
  const { project, manifests } = environment;
  const toPart = (file: { path: string; text: string }, text: string | undefined): BundlePart =>
    createFilePart(file.path, text ?? file.text, text === undefined ? undefined : 'rewritten');
  const files = manifests.map((file) =>
    toPart(file, dev.rewrite(file, 'manifest', resolve(root, file.path, '..'))),
  );
  const text = project && dev.rewrite(project, 'project', root);
  if (project && text !== undefined) files.push(toPart(project, text));
  if (!project) files.push(createFilePart('Project.toml', emptyProject, 'created'));
  return {
    parts: [depotPart, ...files, ...dev.packages().flatMap(createDevParts)],
    warnings: listManifestWarnings(root, environment),
    manifest: manifests[0]?.path,
    need: createResolveTask(root, environment, dev),
    dev,
  };
}

/** A file that is created for the bundle. */
export const createFilePart = (path: string, text: string, why: BundlePart['why']): BundlePart => ({
  path,
  graft: { kind: 'file', content: Buffer.from(text) },
  name: path,
  why,
});

/** A folder that is copied into the bundle. */
export const createTreePart = (
  path: string,
  from: string,
  name: string,
  why: BundlePart['why'],
): BundlePart => ({
  path,
  graft: { kind: 'tree', from, grafts: emptyOverlay },
  name,
  why,
});

/** The copy of a package, and its project file if it is changed. */
export const createDevParts = ({ name, path, from, project }: DevPackage): readonly BundlePart[] => [
  createTreePart(path, from, name, 'dev'),
  ...(project ? [{ ...createFilePart(`${path}/${project.name}`, project.text, 'rewritten'), name }] : []),
];

function listManifestWarnings(root: string, { project, manifests }: JuliaEnvironment): readonly string[] {
  const outside = findOutsideManifest(root, project);
  const [manifest, ...others] = manifests;
  const collected = new Set(manifest ? listAddedPackages(manifest).map(({ name }) => name) : []);
  return [
    ...(outside === undefined
      ? []
      : [`The project's manifest ${outside} is not included: it is outside the folder.`]),
    ...listWorkspaceWarnings(resolveBundlePath(root, root)),
    ...others.flatMap((file) =>
      listAddedPackages(file)
        .filter(({ name }) => !collected.has(name))
        .map(
          ({ name, url }) =>
            `${name} from ${url} in ${file.path} is not included: another manifest is active.`,
        ),
    ),
  ];
}
