import * as vscode from 'vscode';
import { dirname } from 'node:path';
import type { UserFiles } from '../core/domain/language.js';
import { JobError } from '../core/domain/problem.js';

/** Files as the editor shows them: on disk, or in an editor with unsaved changes. */
export const editorFiles: UserFiles = { listFoldersAround, listNames, readText };

function listFoldersAround(file: string): readonly string[] {
  const top = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))?.uri.fsPath;
  const folders = [dirname(file)];
  for (let at = dirname(file); top !== undefined && at !== top && dirname(at) !== at;) {
    at = dirname(at);
    folders.push(at);
  }
  return folders;
}

async function listNames(folder: string): Promise<readonly string[]> {
  try {
    return (await vscode.workspace.fs.readDirectory(vscode.Uri.file(folder))).map(([name]) => name);
  } catch {
    // Reading the folder's files reports the problem.
    return [];
  }
}

async function readText(path: string): Promise<string | undefined> {
  const uri = vscode.Uri.file(path);
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open) return open.getText();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await vscode.workspace.fs.readFile(uri));
  } catch (cause) {
    if (cause instanceof vscode.FileSystemError && cause.code === 'FileNotFound') return undefined;
    const why = cause instanceof vscode.FileSystemError ? cause.code : 'it is not UTF-8 text';
    throw new JobError({ kind: 'unreadable', path, why }, { cause });
  }
}
