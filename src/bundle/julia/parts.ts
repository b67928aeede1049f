import { resolve } from 'node:path';
import type { Added } from '../../core/domain/ports.js';
import { noGrafts, type Graft } from '../graft.js';
import { realPath } from '../links.js';
import { devPackages, type DevPackage, type DevPackages } from './devPackages.js';
import { environmentIn, manifestOutside, type Environment } from './environment.js';
import { addedIn, emptyProject, needOf, type Need } from './need.js';
import { workspaceWarnings } from './workspace.js';

/** Something that a Julia project's bundle has whatever the folder has in its place. */
export interface Part {
  /** In the bundle, with `/`. */
  readonly path: string;
  readonly graft: Graft;
  /** What the job lacks without it: a package, a file. */
  readonly name: string;
  /** Why it goes besides the folder; undefined: it is what the folder has, or holds nothing. */
  readonly why: Added['why'] | undefined;
  /** True: the job does without it where a rule keeps it out. */
  readonly isOptional?: true;
}

/** What makes a folder's bundle one of a Julia project. */
export interface JuliaParts {
  readonly parts: readonly Part[];
  /** What the user should know, a sentence each. */
  readonly warnings: readonly string[];
  /** Path in the bundle of the manifest in use; undefined: there is none. */
  readonly manifest: string | undefined;
  /** What only julia can find out; undefined: nothing. */
  readonly need: Need | undefined;
  readonly dev: DevPackages;
}

/** Goes on Julia's depot path in the job, so it is there even where it is empty. Source: docs/protocols/juliahub.md, 4.1. */
const depot: Part = {
  path: '.bundle/depot/artifacts',
  graft: { kind: 'folder', grafts: noGrafts },
  name: 'artifacts',
  why: undefined,
};

/**
 * What the bundle of a folder without a project has where it holds Julia code: a job begins with an environment of its
 * own, which is empty, as the official client makes it. Source: docs/protocols/juliahub.md, 4.1.
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
 * What the bundle of a folder has as a Julia project; undefined: the folder is none. Blocks its thread, writes nothing.
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

/** A file that is written for the bundle. */
export const filePart = (path: string, text: string, why: Part['why']): Part => ({
  path,
  graft: { kind: 'file', content: Buffer.from(text) },
  name: path,
  why,
});

/** A folder from elsewhere. */
export const treePart = (path: string, from: string, name: string, why: Part['why']): Part => ({
  path,
  graft: { kind: 'tree', from, grafts: noGrafts },
  name,
  why,
});

/** The copy of a package, and its project file where that changes. */
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
      : [`The manifest of the project, ${outside}, is not sent: it lies outside.`]),
    ...workspaceWarnings(realPath(root, root)),
    ...others.flatMap((file) =>
      addedIn(file)
        .filter(({ name }) => !collected.has(name))
        .map(
          ({ name, url }) => `${name} from ${url} in ${file.path} is not sent: another manifest is in use.`,
        ),
    ),
  ];
}
