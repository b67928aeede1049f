import * as vscode from 'vscode';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { NoticeAction } from '../core/presentation/notice.js';
import type { UserInterface } from '../commands/ui.js';
import type { ReadonlyDocuments } from './readonlyDocuments.js';
import { pickOne, pickMany, pickManyWithText, inputText } from './quickInput.js';
import { withProgress } from './progress.js';
import { isOnThisMachine, showSettings } from './settings.js';
import { showMessage, showOpenDialog, showSaveDialog } from './window.js';

/** The user interface in VS Code. `showOwnLog` shows the extension's log. */
export function createEditorUi(papers: ReadonlyDocuments, showOwnLog: () => void): UserInterface {
  return {
    pick: pickOne,
    pickMany,
    pickManyWithText,
    input: inputText,
    confirm: confirmChoice,
    showMessage,
    progress: withProgress,
    show: (paper) => papers.show(paper),
    copy: (text) => Promise.resolve(vscode.env.clipboard.writeText(text)),
    saveAs: pickSavePath,
    chooseFolder: pickFolder,
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
    openUrl: (url) => Promise.resolve(vscode.env.openExternal(vscode.Uri.parse(url, true))),
    isFocused: () => vscode.window.state.focused,
    runAction: (offer) => runNoticeAction(offer, papers, showOwnLog),
  };
}

/** VS Code adds a Cancel button, whose meaning would be unclear when the question is whether to cancel a job. */
async function confirmChoice(
  question: string,
  detail: string,
  buttons: readonly string[],
  keep?: string,
): Promise<string | undefined> {
  const options = { modal: true, detail };
  if (keep === undefined) return showMessage('warning', question, buttons, options);
  const answer = await showMessage('warning', question, [keep, ...buttons], options, 'Close');
  return answer === keep ? undefined : answer;
}

async function pickSavePath(title: string, name: string): Promise<string | undefined> {
  const uri = await showSaveDialog({
    title,
    defaultUri: vscode.Uri.file(join(getStartFolder(), name)),
  });
  return toLocalPath(uri);
}

async function pickFolder(title: string, button: string): Promise<string | undefined> {
  const [uri] =
    (await showOpenDialog({
      title,
      openLabel: button,
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: vscode.Uri.file(getStartFolder()),
    })) ?? [];
  return toLocalPath(uri);
}

const getStartFolder = (): string =>
  vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath ?? homedir();

function toLocalPath(uri: vscode.Uri | undefined): string | undefined {
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

async function runNoticeAction(
  offer: NoticeAction,
  papers: ReadonlyDocuments,
  showOwnLog: () => void,
): Promise<void> {
  switch (offer.kind) {
    case 'openSetting':
      await showSettings(offer.target ?? 'batchJobs');
      return;
    case 'manageTrust':
      await vscode.commands.executeCommand('workbench.trust.manage');
      return;
    case 'showFiles':
      await vscode.commands.executeCommand(
        'batchJobs.previewBundle',
        ...(offer.target === undefined ? [] : [vscode.Uri.file(offer.target)]),
      );
      return;
    case 'editIgnoreFile':
    case 'openFile':
      if (offer.target !== undefined)
        await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(offer.target));
      return;
    case 'refresh':
      await vscode.commands.executeCommand('batchJobs.refresh');
      return;
    case 'signIn':
      await vscode.commands.executeCommand('batchJobs.signIn', offer.target);
      return;
    case 'showReport':
      await papers.show({ title: 'Rejected command.txt', text: offer.target ?? '' });
      return;
    case 'retry':
    case 'showDetails':
      showOwnLog();
      return;
  }
}
