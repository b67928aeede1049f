import { dirname, join, relative, resolve } from 'node:path';
import { isWithin } from '../../lib/node/paths.js';
import { listManifests, findProject, type JuliaFile } from './environment.js';
import { parseReferences } from './references.js';
import { getTable, getTexts } from './toml.js';

/**
 * Warnings if the folder belongs to a workspace, whose only manifest is in a folder above; a sentence each.
 * Source: Pkg.jl documentation, "Workspaces"; `base_project` in Julia's base/loading.jl.
 *
 * @param root - Real path of the folder.
 */
export function listWorkspaceWarnings(root: string): readonly string[] {
  const members = [root];
  let found: { readonly folder: string; readonly project: JuliaFile } | undefined;
  for (let folder = dirname(root); folder !== dirname(folder); folder = dirname(folder)) {
    const project = findProjectAbove(folder);
    const listed = getTexts(getTable(project?.table, 'workspace'), 'projects').map((path) =>
      resolve(folder, path),
    );
    if (!project || !listed.some((path) => members.includes(path))) continue;
    members.push(folder);
    found = { folder, project };
  }
  return found ? listMemberWarnings(root, found.folder, found.project) : [];
}

/** A folder above can belong to another user; files that cannot be read are ignored. */
const findProjectAbove = (folder: string): JuliaFile | undefined => readIfAllowed(() => findProject(folder));

function readIfAllowed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function listMemberWarnings(root: string, folder: string, project: JuliaFile): readonly string[] {
  const [manifest] = readIfAllowed(() => listManifests(folder, project)) ?? [];
  const where = `the workspace of ${join(folder, project.path)}`;
  if (!manifest) return [`The folder belongs to ${where}, which is not included.`];
  const path = join(folder, manifest.path);
  const outside = (parseReferences(manifest.text, 'manifest') ?? []).flatMap((one) => {
    const target = one.path === undefined ? undefined : resolve(dirname(path), one.path);
    return target === undefined || isWithin(target, root)
      ? []
      : [`${one.name} (${relative(folder, target) || '.'})`];
  });
  const packages = outside.length === 0 ? '' : `, nor are the packages it references: ${outside.join(', ')}`;
  return [`The folder belongs to ${where}. Its manifest ${path} is not included${packages}.`];
}
