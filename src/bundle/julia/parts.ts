import { resolve } from 'node:path';
import type { Added } from '../../core/domain/ports.js';
import { noGrafts, type Graft } from '../graft.js';
import { realPath } from '../links.js';
import { devPackages, type DevPackage, type DevPackages } from './devPackages.js';
import { environmentIn, manifestOutside, type Environment } from './environment.js';
import { addedIn, emptyProject, needOf, type Need } from './need.js';
import { workspaceWarnings } from './workspace.js';

/** A part of a Julia project's bundle that overlays the folder. */
export interface Part {
  /** Path in the bundle, with `/`. */
  readonly path: string;
  readonly graft: Graft;
  /** The name of the package or file, for warnings. */
  readonly name: string;
  /** Why the part is added; undefined if the folder contains it or it is empty. */
  readonly why: Added['why'] | undefined;
  /** True: the job can run without it if a rule excludes it. */
  readonly isOptional?: true;
}

/** The parts of a Julia project's bundle. */
export interface JuliaParts {
  readonly parts: readonly Part[];
  /** Warnings for the user, a sentence each. */
  readonly warnings: readonly string[];
  /** Path of the active manifest in the bundle; undefined if there is none. */
  readonly manifest: string | undefined;
  /** The input for Julia; undefined if it is not needed. */
  readonly need: Need | undefined;
  readonly dev: DevPackages;
}

/**
 * A job's Julia depot path contains it, so it exists even if it is empty. Source: docs/protocols/juliahub.md,
 * 4.1.
 */
const depot: Part = {
  path: '.bundle/depot/artifacts',
  graft: { kind: 'folder', grafts: noGrafts },
  name: 'artifacts',
  why: undefined,
};

/**
 * The parts for a folder with Julia code but without a project: the job starts with an empty environment, as
 * with the official client. Source: docs/protocols/juliahub.md, 4.1.
 *
 * @param root - Absolute.
 */
export const bareParts = (root: string): JuliaParts => ({
  parts: [depot, { ...filePart('Project.toml', emptyProject, 'created'), isOptional: true }],
  warnings: [],
  manifest: undefined,
  need: undefined,
  dev: devPackages(root),
});

/**
 * The parts for a Julia project; undefined if the folder is not one. Blocks the thread. Writes nothing.
 *
 * @param root - Absolute.
 * @throws {@link JobError} of kind `unreadable`.
 */
export function juliaParts(root: string): JuliaParts | undefined {
  const environment = environmentIn(root);
  if (!environment) return undefined;
  const dev = devPackages(root);
  const { project, manifests } = environment;
  const settled = (file: { path: string; text: string }, text: string | undefined): Part =>
    filePart(file.path, text ?? file.text, text === undefined ? undefined : 'rewritten');
  const files = manifests.map((file) =>
    settled(file, dev.settle(file, 'manifest', resolve(root, file.path, '..'))),
  );
  const text = project && dev.settle(project, 'project', root);
  if (project && text !== undefined) files.push(settled(project, text));
  if (!project) files.push(filePart('Project.toml', emptyProject, 'created'));
  return {
    parts: [depot, ...files, ...dev.packages().flatMap(devParts)],
    warnings: warningsOf(root, environment),
    manifest: manifests[0]?.path,
    need: needOf(root, environment, dev),
    dev,
  };
}

/** A file that is created for the bundle. */
export const filePart = (path: string, text: string, why: Part['why']): Part => ({
  path,
  graft: { kind: 'file', content: Buffer.from(text) },
  name: path,
  why,
});

/** A folder that is copied into the bundle. */
export const treePart = (path: string, from: string, name: string, why: Part['why']): Part => ({
  path,
  graft: { kind: 'tree', from, grafts: noGrafts },
  name,
  why,
});

/** The copy of a package, and its project file if it is changed. */
export const devParts = ({ name, path, from, project }: DevPackage): readonly Part[] => [
  treePart(path, from, name, 'dev'),
  ...(project ? [{ ...filePart(`${path}/${project.name}`, project.text, 'rewritten'), name }] : []),
];

function warningsOf(root: string, { project, manifests }: Environment): readonly string[] {
  const outside = manifestOutside(root, project);
  const [manifest, ...others] = manifests;
  const collected = new Set(manifest ? addedIn(manifest).map(({ name }) => name) : []);
  return [
    ...(outside === undefined
      ? []
      : [`The project's manifest ${outside} is not included: it is outside the folder.`]),
    ...workspaceWarnings(realPath(root, root)),
    ...others.flatMap((file) =>
      addedIn(file)
        .filter(({ name }) => !collected.has(name))
        .map(
          ({ name, url }) =>
            `${name} from ${url} in ${file.path} is not included: another manifest is active.`,
        ),
    ),
  ];
}
