import * as vscode from 'vscode';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Offer } from '../core/presentation/notice.js';
import type { Ui } from '../commands/ui.js';
import type { Papers } from './papers.js';
import { pickOne, pickSeveral, typeText } from './quickInput.js';
import { progressed } from './progress.js';
import { isOnThisMachine, showSettings } from './settings.js';
import { showMessage, showOpenDialog, showSaveDialog } from './window.js';

/** The user interface in VS Code. `showOwnLog` shows the extension's log. */
export function editorUi(papers: Papers, showOwnLog: () => void): Ui {
  return {
    pick: pickOne,
    pickMany: pickSeveral,
    type: typeText,
    ask: (question, detail, buttons) => showMessage('warning', question, buttons, { modal: true, detail }),
    tell: showMessage,
    progress: progressed,
    show: (paper) => papers.show(paper),
    copy: (text) => Promise.resolve(vscode.env.clipboard.writeText(text)),
    saveAs,
    chooseFolder,
    reveal: async (path) => {
      const uri = vscode.Uri.file(path);
      // In a browser or a remote window, the system's file explorer is on another machine.
      if (isOnThisMachine()) await vscode.commands.executeCommand('revealFileInOS', uri);
      else await revealInWindow(uri);
    },
    openFile: async (path, line) => {
      const at = line === undefined ? {} : { selection: new vscode.Range(line - 1, 0, line - 1, 0) };
      await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(path), { preview: true, ...at });
    },
    browse: (url) => Promise.resolve(vscode.env.openExternal(vscode.Uri.parse(url, true))),
    follow: (offer) => follow(offer, showOwnLog),
  };
}

async function saveAs(title: string, name: string): Promise<string | undefined> {
  const uri = await showSaveDialog({
    title,
    defaultUri: vscode.Uri.file(join(startFolder(), name)),
  });
  return pathOf(uri);
}

async function chooseFolder(title: string, button: string): Promise<string | undefined> {
  const [uri] =
    (await showOpenDialog({
      title,
      openLabel: button,
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: vscode.Uri.file(startFolder()),
    })) ?? [];
  return pathOf(uri);
}

const startFolder = (): string =>
  vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath ?? homedir();

function pathOf(uri: vscode.Uri | undefined): string | undefined {
  if (uri && uri.scheme !== 'file') {
    void showMessage('warning', 'Choose a location on the machine where the extension runs.');
    return undefined;
  }
  return uri?.fsPath;
}

/** Shows the path of a remote folder, to copy it or open it here. */
async function revealInWindow(uri: vscode.Uri): Promise<void> {
  const open = 'Open in New Window';
  const copy = 'Copy Path';
  const answer = await showMessage('info', uri.fsPath, [open, copy]);
  if (answer === open)
    await vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true });
  if (answer === copy) await vscode.env.clipboard.writeText(uri.fsPath);
}

async function follow(offer: Offer, showOwnLog: () => void): Promise<void> {
  switch (offer.do) {
    case 'openSetting':
      await showSettings(offer.about ?? 'batchJobs');
      return;
    case 'manageTrust':
      await vscode.commands.executeCommand('workbench.trust.manage');
      return;
    case 'showFiles':
      await vscode.commands.executeCommand(
        'batchJobs.previewBundle',
        ...(offer.about === undefined ? [] : [vscode.Uri.file(offer.about)]),
      );
      return;
    case 'editIgnoreFile':
    case 'openFile':
      if (offer.about !== undefined)
        await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(offer.about));
      return;
    case 'refresh':
      await vscode.commands.executeCommand('batchJobs.refresh');
      return;
    case 'signIn':
      await vscode.commands.executeCommand('batchJobs.signIn', offer.about);
      return;
    case 'retry':
    case 'showDetails':
      showOwnLog();
      return;
  }
}
