import * as vscode from 'vscode';
import { basename, relative, sep } from 'node:path';
import type { EditorContext, OpenFolder, OpenScript } from '../commands/editorContext.js';
import { JobError } from '../core/domain/problem.js';
import { previewScheme } from './readonlyDocuments.js';
import { pickWorkspaceFolder, showOpenDialog } from './window.js';
import { isInside } from '../lib/node/paths.js';

/** File extensions for untitled scripts, by VS Code's language identifier. */
const untitledExtensions = new Map([
  ['julia', '.jl'],
  ['python', '.py'],
  ['r', '.R'],
  ['shellscript', '.sh'],
  ['javascript', '.mjs'],
]);

/** The scripts and folders of this window. */
export const editorContext: EditorContext = {
  isTrusted: () => vscode.workspace.isTrusted,
  getScript: getOpenScript,
  getFolder: getOpenFolder,
  listUnsaved: (folder) =>
    listUnsavedDocuments(folder).map((document) => relative(folder, document.uri.fsPath)),
  saveFiles: async (folder) => {
    const saved = await Promise.all(listUnsavedDocuments(folder).map((document) => document.save()));
    return saved.every(Boolean);
  },
  findWorkspaceFile,
};

function getOpenScript(resource: unknown): Promise<OpenScript | undefined> {
  const editor = vscode.window.activeTextEditor;
  const uri = resource instanceof vscode.Uri ? resource : editor?.document.uri;
  if (!uri || uri.scheme === previewScheme || uri.scheme === 'output') return Promise.resolve(undefined);
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  // An open document is used with its current text, saved or not.
  if (open) {
    const isUtf8 = open.encoding === 'utf8' || open.encoding === 'utf8bom';
    const encoding = isUtf8 ? {} : { encoding: open.encoding };
    return Promise.resolve({ ...toOpenScript(uri, getScriptName(open), open.getText()), ...encoding });
  }
  return readScript(uri);
}

async function readScript(uri: vscode.Uri): Promise<OpenScript> {
  const path = uri.scheme === 'file' ? uri.fsPath : uri.toString(true);
  let bytes: Uint8Array;
  try {
    bytes = await vscode.workspace.fs.readFile(uri);
  } catch (cause) {
    throw new JobError(
      { kind: 'unreadable', path, why: cause instanceof vscode.FileSystemError ? cause.code : String(cause) },
      { cause },
    );
  }
  try {
    return toOpenScript(uri, basename(uri.path), new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new JobError({ kind: 'unreadable', path, why: 'it is not UTF-8 text' }, { cause });
  }
}

const toOpenScript = (uri: vscode.Uri, name: string, text: string): OpenScript => ({
  script: { name, text },
  key: uri.toString(),
  ...(uri.scheme === 'file' ? { file: uri.fsPath } : {}),
});

function getScriptName(document: vscode.TextDocument): string {
  const name = basename(document.uri.path);
  return document.isUntitled && !name.includes('.')
    ? `${name}${untitledExtensions.get(document.languageId) ?? ''}`
    : name;
}

async function getOpenFolder(resource: unknown): Promise<OpenFolder | undefined> {
  const clicked = resource instanceof vscode.Uri && resource.scheme === 'file' ? resource : undefined;
  if (clicked && (await isFolder(clicked))) return { folder: clicked.fsPath, key: clicked.toString() };
  const active = vscode.window.activeTextEditor?.document;
  const file = clicked ?? (active?.uri.scheme === 'file' ? active.uri : undefined);
  const around = file ? vscode.workspace.getWorkspaceFolder(file) : undefined;
  const chosen = around ?? (clicked ? undefined : await askWorkspaceFolder());
  if (chosen) {
    const { uri } = chosen;
    // Only a click on a script selects it to run; the active editor can show any file.
    const entry =
      clicked && around ? { entry: relative(uri.fsPath, clicked.fsPath).split(sep).join('/') } : {};
    return { folder: uri.fsPath, key: uri.toString(), ...entry };
  }
  if ((vscode.workspace.workspaceFolders ?? []).length > 0 && !clicked) return undefined;
  return askAnyFolder();
}

async function askWorkspaceFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length <= 1) return folders[0];
  return pickWorkspaceFolder('The folder to submit');
}

async function askAnyFolder(): Promise<OpenFolder | undefined> {
  const [uri] =
    (await showOpenDialog({
      title: 'Choose the Folder to Submit',
      openLabel: 'Submit Folder',
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return uri?.scheme === 'file' ? { folder: uri.fsPath, key: uri.toString() } : undefined;
}

async function isFolder(uri: vscode.Uri): Promise<boolean> {
  try {
    const { type } = await vscode.workspace.fs.stat(uri);
    return (type & vscode.FileType.Directory) !== 0;
  } catch {
    // A path that does not exist is not a folder; reading it reports the problem.
    return false;
  }
}

const listUnsavedDocuments = (folder: string): readonly vscode.TextDocument[] =>
  vscode.workspace.textDocuments.filter(
    ({ isDirty, uri }) => isDirty && uri.scheme === 'file' && isInside(uri.fsPath, folder),
  );

async function findWorkspaceFile(path: string): Promise<string | undefined> {
  const name = basename(path.replaceAll('\\', '/'));
  const found = await vscode.workspace.findFiles(`**/${name.replace(/[[\]{}*?]/g, '?')}`, undefined, 20);
  // The file that shares the most trailing folders with the job's path.
  const agreement = (uri: vscode.Uri): number => {
    const ours = uri.path.split('/').reverse();
    const theirs = path.replaceAll('\\', '/').split('/').reverse();
    const differs = ours.findIndex((part, index) => part !== theirs[index]);
    return differs < 0 ? ours.length : differs;
  };
  return [...found].sort((a, b) => agreement(b) - agreement(a))[0]?.fsPath;
}
