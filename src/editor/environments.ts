import * as vscode from 'vscode';
import { dirname, join } from 'node:path';
import { manifestNamedIn, manifestsByRank, type Environments } from '../commands/environments.js';
import type { Environment } from '../core/domain/jobSpec.js';
import { JobError } from '../core/domain/problem.js';
import { juliaExtension } from './julia.js';

/**
 * The Julia environments a script may be sent with: the one of the nearest project around its file, within its
 * workspace folder, and the one that is active in the Julia extension.
 */
export async function environmentsOf(file: string | undefined): Promise<Environments> {
  const active = await juliaExtension.environment();
  const around = file === undefined ? [] : foldersAround(file);
  const found: Environment[] = [];
  for (const folder of around) {
    const environment = await readEnvironment(folder);
    if (environment) found.push(environment);
    if (environment) break;
  }
  if (active !== undefined && !found.some(({ folder }) => folder === active)) {
    const environment = await readEnvironment(active);
    // Before the file's own where that is none of a project: what runs in the editor runs in the active one.
    if (environment) found.push(environment);
  }
  return { found, read: readEnvironment };
}

/** The folders from a file's own up to its workspace folder. */
function foldersAround(file: string): readonly string[] {
  const top = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))?.uri.fsPath;
  const folders = [dirname(file)];
  for (let at = dirname(file); top !== undefined && at !== top && dirname(at) !== at;) {
    at = dirname(at);
    folders.push(at);
  }
  return folders;
}

/** The texts of an environment's files; undefined: it holds neither a project nor a manifest. */
async function readEnvironment(folder: string): Promise<Environment | undefined> {
  const [project, artifacts] = await Promise.all([
    firstOf(folder, ['JuliaProject.toml', 'Project.toml']),
    firstOf(folder, ['JuliaArtifacts.toml', 'Artifacts.toml']),
  ]);
  const manifest = await manifestOf(folder, project ?? '');
  if (project === undefined && manifest === undefined) return undefined;
  return {
    folder,
    ...(project === undefined ? {} : { project }),
    ...(manifest === undefined ? {} : { manifest }),
    ...(artifacts === undefined ? {} : { artifacts }),
  };
}

/**
 * The manifest in use: that which the project names, else one without a version of Julia in its name, else the one of the
 * newest version.
 */
async function manifestOf(folder: string, project: string): Promise<string | undefined> {
  const named = manifestNamedIn(project);
  const names = manifestsByRank(await namesIn(folder));
  return firstOf(folder, named === undefined ? names : [named, ...names]);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await vscode.workspace.fs.readDirectory(vscode.Uri.file(folder))).map(([name]) => name);
  } catch {
    // What is wrong with the folder is told when its files are read.
    return [];
  }
}

async function firstOf(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const text = await textOf(join(folder, name));
    if (text !== undefined) return text;
  }
  return undefined;
}

/** What is on disk, or in an editor with changes: the script, too, is taken as it stands on the screen. */
async function textOf(path: string): Promise<string | undefined> {
  const uri = vscode.Uri.file(path);
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open) return open.getText();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await vscode.workspace.fs.readFile(uri));
  } catch (cause) {
    if (cause instanceof vscode.FileSystemError && cause.code === 'FileNotFound') return undefined;
    const why = cause instanceof vscode.FileSystemError ? cause.code : 'it is not a text in UTF-8';
    throw new JobError({ kind: 'unreadable', path, why }, { cause });
  }
}
