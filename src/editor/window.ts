import * as vscode from 'vscode';
import type { MessageSeverity } from '../commands/ui.js';
import type { Disposable } from '../lib/lifetime.js';
import { toOneLine, toPlainLabel, toPlainName, toPlainText } from '../lib/sanitize.js';

/*
 * The only module that passes text to VS Code's window. Nearly all of this text contains output of servers, jobs, and
 * ssh, and VS Code renders some of its forms as links and icons in messages, progress, quick inputs, labels, and
 * tooltips. Every text is therefore made plain here. `test/unit/editor/windowUse.test.ts` fails if another file of
 * `src` uses a member that accepts text.
 */

/** Text properties by name, made plain; undefined ones are omitted. */
function toPlainFields<T extends object>(fields: T): T {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  // SAFETY: the same properties with values of the same types.
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? toPlainText(value) : value]),
  ) as T;
}

const messageFunctions = {
  info: (...args: MessageArgs) => vscode.window.showInformationMessage(...args),
  warning: (...args: MessageArgs) => vscode.window.showWarningMessage(...args),
  error: (...args: MessageArgs) => vscode.window.showErrorMessage(...args),
} as const;

type MessageArgs = [string, vscode.MessageOptions, ...vscode.MessageItem[]];

/** Maximum length of a dialog's question, in characters. */
const maxQuestionChars = 1_000;

/**
 * Shows a message; returns the text of the chosen button, or undefined. `close`: the button of a dialog that
 * Escape presses, instead of *Cancel*; it returns undefined. The question of a dialog is limited
 * to one short line, so that a name in it can neither add sentences nor push the buttons away.
 */
export async function showMessage(
  weight: MessageSeverity,
  text: string,
  buttons: readonly string[] = [],
  options: vscode.MessageOptions = {},
  close?: string,
): Promise<string | undefined> {
  const chosen = buttons.map((title) => ({ title: toPlainText(title) }));
  const closing = close === undefined ? [] : [{ title: close, isCloseAffordance: true }];
  const items: readonly vscode.MessageItem[] = [...chosen, ...closing];
  const shown = toPlainText(options.modal === true ? toOneLine(text, maxQuestionChars) : text);
  const pressed = await messageFunctions[weight](shown, toPlainFields(options), ...items);
  return pressed && buttons[chosen.findIndex((item) => item === pressed)];
}

/** Shows a progress notification while a function runs. */
export const showProgress = (
  title: string,
  run: (
    report: (step: { readonly message?: string; readonly increment?: number }) => void,
    token: vscode.CancellationToken,
  ) => Promise<void>,
): Thenable<void> =>
  vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: toPlainText(title), cancellable: true },
    (progress, token) =>
      run((step) => {
        progress.report(toPlainFields(step));
      }, token),
  );

/** A quick input whose texts only this module sets. */
export type PlainInput<I extends vscode.QuickInput> = Omit<
  I,
  'title' | 'placeholder' | 'prompt' | 'validationMessage' | 'items' | 'buttons'
>;

/** The texts of a quick input. */
export interface InputTexts {
  readonly title: string;
  readonly placeholder?: string | undefined;
  readonly prompt?: string | undefined;
  readonly step?: number | undefined;
  readonly totalSteps?: number | undefined;
  readonly canGoBack?: boolean | undefined;
}

/** True for the Back button of a quick input. */
export const isBackButton = (button: vscode.QuickInputButton): boolean =>
  button === vscode.QuickInputButtons.Back;

/** A quick pick item with an icon before its label. */
export interface PickLine extends vscode.QuickPickItem {
  readonly icon?: string | undefined;
}

/** Creates a quick pick; not shown yet. */
export function createPick<L extends PickLine>(
  texts: InputTexts,
  lines: readonly L[],
): PlainInput<vscode.QuickPick<L>> & { readonly items: readonly L[] } {
  const input = vscode.window.createQuickPick<L>();
  const { title, placeholder } = toPlainFields({ title: texts.title, placeholder: texts.placeholder });
  input.title = title;
  input.placeholder = placeholder;
  prepareInput(input, texts);
  // Otherwise typing sorts the list under the pointer, and a click chooses another line than the one aimed at. Not in
  // the typings. Source: VS Code `extHostQuickOpen.ts`, which applies it for all extensions.
  Object.assign(input, { sortByLabel: false });
  input.items = lines.map((line) => {
    const { label, ...plain } = toPlainFields(line);
    // SAFETY: the same line with its label after the icon.
    return { ...plain, label: line.icon ? `$(${line.icon}) ${label}` : label } as L;
  });
  return input;
}

/** Creates an input box and a function that sets its validation message; not shown yet. */
export function createField(
  texts: InputTexts,
): PlainInput<vscode.InputBox> & { readonly complain: (text: string | undefined) => void } {
  const input = vscode.window.createInputBox();
  const { title, placeholder, prompt } = texts;
  Object.assign(input, toPlainFields({ title, placeholder, prompt }));
  prepareInput(input, texts);
  const complain = (text: string | undefined): void => {
    input.validationMessage = text === undefined ? undefined : toPlainText(text);
  };
  return Object.assign(input, { complain });
}

function prepareInput(input: vscode.QuickPick<PickLine> | vscode.InputBox, texts: InputTexts): void {
  input.buttons = texts.canGoBack ? [vscode.QuickInputButtons.Back] : [];
  input.step = texts.step;
  input.totalSteps = texts.totalSteps;
  input.ignoreFocusOut = true;
}

/** Shows an input box; undefined: dismissed. */
export const showInput = (
  options: Pick<vscode.InputBoxOptions, 'title' | 'prompt' | 'password' | 'ignoreFocusOut'>,
  token: vscode.CancellationToken,
): Thenable<string | undefined> => vscode.window.showInputBox(toPlainFields(options), token);

/** Shows a save dialog. */
export const showSaveDialog = (options: vscode.SaveDialogOptions): Thenable<vscode.Uri | undefined> =>
  vscode.window.showSaveDialog(toPlainFields(options));

/** Shows an open dialog. */
export const showOpenDialog = (options: vscode.OpenDialogOptions): Thenable<vscode.Uri[] | undefined> =>
  vscode.window.showOpenDialog(toPlainFields(options));

/** Prompts for a workspace folder. */
export const pickWorkspaceFolder = (placeHolder: string): Thenable<vscode.WorkspaceFolder | undefined> =>
  vscode.window.showWorkspaceFolderPick({ placeHolder: toPlainText(placeHolder) });

/** Creates a tree view and a function that sets its badge; `count` 0: none. */
export function createTree<T>(
  id: string,
  options: vscode.TreeViewOptions<T>,
): Omit<vscode.TreeView<T>, 'badge' | 'message' | 'title' | 'description'> & {
  readonly setBadge: (count: number, tooltip: string) => void;
} {
  const view = vscode.window.createTreeView(id, options);
  const setBadge = (count: number, tooltip: string): void => {
    view.badge = count === 0 ? undefined : { value: count, tooltip: toPlainText(tooltip) };
  };
  return {
    get visible() {
      return view.visible;
    },
    get selection() {
      return view.selection;
    },
    onDidExpandElement: view.onDidExpandElement,
    onDidCollapseElement: view.onDidCollapseElement,
    onDidChangeSelection: view.onDidChangeSelection,
    onDidChangeVisibility: view.onDidChangeVisibility,
    onDidChangeCheckboxState: view.onDidChangeCheckboxState,
    reveal: (element, how) => view.reveal(element, how),
    dispose: () => {
      view.dispose();
    },
    setBadge,
  };
}

/** The contents of a status bar item. */
export interface StatusText {
  readonly icon: string;
  readonly text: string;
  /** Text for screen readers. */
  readonly ariaLabel: string;
  /** Markdown, made by `core/presentation/tooltip.ts`. */
  readonly tooltip: string;
}

/** Creates a status bar item that runs a command; hidden initially. */
export function createStatusEntry(
  id: string,
  name: string,
  command: string,
): Disposable & { readonly show: (shown: StatusText | undefined) => void } {
  const item = vscode.window.createStatusBarItem(id, vscode.StatusBarAlignment.Left, 10);
  item.name = toPlainText(name);
  item.command = command;
  return {
    show: (shown) => {
      if (!shown) {
        item.hide();
        return;
      }
      item.text = `$(${shown.icon}) ${toPlainText(shown.text)}`;
      item.accessibilityInformation = { label: toPlainText(shown.ariaLabel) };
      item.tooltip = createMarkdownTooltip(shown.tooltip, []);
      item.show();
    },
    dispose: () => {
      item.dispose();
    },
  };
}

/**
 * Markdown from `core/presentation/tooltip.ts`, in which untrusted text is already plain. It can run only
 * `commands`, shows icons, and allows no HTML.
 */
export function createMarkdownTooltip(text: string, commands: readonly string[]): vscode.MarkdownString {
  const shown = new vscode.MarkdownString(text, true);
  shown.supportHtml = false;
  shown.isTrusted = commands.length === 0 ? false : { enabledCommands: commands };
  return shown;
}

/** The texts of a tree row. */
export interface RowTexts {
  readonly label: string;
  readonly description?: string | undefined;
  /** Text for screen readers. */
  readonly ariaLabel: string;
}

/**
 * Creates a tree item with its texts; the caller sets everything else. VS Code renders neither links nor
 * icons in these texts, so names appear unchanged. Source: VS Code `treeView.ts`, which accepts Markdown only
 * in a separate form.
 */
export function createTreeItem(
  { label, description, ariaLabel: spoken }: RowTexts,
  expansion: vscode.TreeItemCollapsibleState,
): vscode.TreeItem {
  const item = new vscode.TreeItem(toPlainLabel(label), expansion);
  item.accessibilityInformation = { label: toPlainLabel(spoken) };
  if (description !== undefined) item.description = toPlainLabel(description);
  return item;
}

/** Creates an output channel. */
export const createChannel = (name: string): vscode.OutputChannel =>
  vscode.window.createOutputChannel(toPlainText(name));

/** Creates an output channel with log levels. */
export const createLogChannel = (name: string): vscode.LogOutputChannel =>
  vscode.window.createOutputChannel(toPlainText(name), { log: true });

/** Creates a terminal that shows the output of `pty`. */
export const createTerminal = (
  name: string,
  pty: vscode.Pseudoterminal,
  icon: vscode.ThemeIcon,
): vscode.Terminal => vscode.window.createTerminal({ name: toPlainName(name), pty, iconPath: icon });

/** A text for the editor's own pages, such as an account name. */
export const toAccountLabel = (text: string): string => toPlainText(text);
