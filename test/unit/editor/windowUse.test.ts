import assert from 'node:assert/strict';
import { membersUsed } from './windowUse.js';

/** The module that sanitizes all texts for VS Code. */
const adapter = 'editor/window.ts';

/**
 * Members of `vscode.window`, and classes, that show no text of the extension. Only the adapter uses the
 * others.
 */
const textless = new Set([
  'activeTextEditor',
  'visibleTextEditors',
  'tabGroups',
  'state',
  'showTextDocument',
  'onDidCloseTerminal',
  'new CancellationTokenSource',
  'new Disposable',
  'new EventEmitter',
  'new Position',
  'new Range',
  'new Selection',
  'new ThemeColor',
  'new ThemeIcon',
  'onDidChangeVisibleTextEditors',
]);

const violations = (sources?: readonly (readonly [string, string])[]): readonly string[] =>
  membersUsed(sources)
    .filter(({ path, member }) => path !== adapter && !textless.has(member))
    .map(({ path, member }) => `${path} uses ${member}`);

describe('texts for the window', () => {
  it('are passed only through editor/window.ts', () => {
    assert.deepEqual(violations(), []);
  });

  const direct: readonly (readonly [text: string, member: string])[] = [
    ["import * as vscode from 'vscode'; vscode.window.showErrorMessage(x);", 'showErrorMessage'],
    ["import * as api from 'vscode'; void api.window.setStatusBarMessage(x);", 'setStatusBarMessage'],
    ["import { window } from 'vscode'; window.showQuickPick([x]);", 'showQuickPick'],
    ["import { window as w } from 'vscode'; w.createWebviewPanel(x);", 'createWebviewPanel'],
    ["import * as vscode from 'vscode'; vscode['window'].showInputBox({ prompt: x });", 'showInputBox'],
    [
      "import * as vscode from 'vscode'; const { showInformationMessage: tell } = vscode.window;",
      'showInformationMessage',
    ],
    [
      "import * as vscode from 'vscode'; const hidden = vscode.window; hidden.showErrorMessage(x);",
      'unknown',
    ],
    ["import * as vscode from 'vscode'; vscode.window[name](x);", 'unknown'],
    ["import * as vscode from 'vscode'; new vscode.TreeItem(x);", 'new TreeItem'],
    ["import { MarkdownString } from 'vscode'; new MarkdownString(x);", 'new MarkdownString'],
  ];
  for (const [text, member] of direct)
    it(`are found in: ${text.slice(text.indexOf(';') + 2)}`, () => {
      assert.deepEqual(violations([['editor/a.ts', text]]), [`editor/a.ts uses ${member}`]);
    });

  it('are not searched in members that show none', () => {
    const text =
      "import * as vscode from 'vscode'; vscode.window.activeTextEditor; new vscode.Range(0, 0, 0, 0);";
    assert.deepEqual(violations([['editor/a.ts', text]]), []);
  });
});
