import * as vscode from 'vscode';
import type { Weight } from '../commands/ui.js';
import type { Disposable } from '../lib/lifetime.js';
import { oneLine, plainLabel, plainName, plainText } from '../lib/printable.js';

/*
 * The one way to VS Code's window for texts. Servers, jobs and ssh have their words in nearly all of them, and VS Code
 * makes links and icons of some forms in messages, progress, quick inputs, labels and tooltips; so every text is made
 * plain here. `test/unit/editor/windowUse.test.ts` fails where another file of `src` uses a member that takes a text.
 */

/** Text properties by name, made plain; those that are undefined stay away. */
function plainFields<T extends object>(fields: T): T {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  // SAFETY: the same properties with values of the same types.
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? plainText(value) : value]),
  ) as T;
}

const messages = {
  info: (...args: MessageArgs) => vscode.window.showInformationMessage(...args),
  warning: (...args: MessageArgs) => vscode.window.showWarningMessage(...args),
  error: (...args: MessageArgs) => vscode.window.showErrorMessage(...args),
} as const;

type MessageArgs = [string, vscode.MessageOptions, ...vscode.MessageItem[]];

/** The longest question of a dialog, in characters. */
const maxQuestion = 1_000;

/**
 * Shows a message; the button that was pressed, by its own text, or undefined. The question of a dialog is on one line and
 * short, as VS Code makes other messages: a name in it can neither add sentences below it nor push the buttons away.
 */
export async function showMessage(
  weight: Weight,
  text: string,
  buttons: readonly string[] = [],
  options: vscode.MessageOptions = {},
): Promise<string | undefined> {
  const items = buttons.map((title) => ({ title: plainText(title) }));
  const shown = plainText(options.modal === true ? oneLine(text, maxQuestion) : text);
  const pressed = await messages[weight](shown, plainFields(options), ...items);
  return pressed && buttons[items.findIndex((item) => item === pressed)];
}

/** Shows a notification with progress while something runs. */
export const showProgress = (
  title: string,
  run: (
    report: (step: { readonly message?: string; readonly increment?: number }) => void,
    token: vscode.CancellationToken,
  ) => Promise<void>,
): Thenable<void> =>
  vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: plainText(title), cancellable: true },
    (progress, token) =>
      run((step) => {
        progress.report(plainFields(step));
      }, token),
  );

/** An input whose texts only this module sets. */
export type PlainInput<I extends vscode.QuickInput> = Omit<
  I,
  'title' | 'placeholder' | 'prompt' | 'validationMessage' | 'items' | 'buttons'
>;

/** The texts around a quick input. */
export interface InputTexts {
  readonly title: string;
  readonly placeholder?: string | undefined;
  readonly prompt?: string | undefined;
  readonly step?: number | undefined;
  readonly totalSteps?: number | undefined;
  readonly canGoBack?: boolean | undefined;
}

/** True for the button with which a quick input goes back. */
export const isBack = (button: vscode.QuickInputButton): boolean => button === vscode.QuickInputButtons.Back;

/** A line of a list, with an icon before its label. */
export interface PickLine extends vscode.QuickPickItem {
  readonly icon?: string | undefined;
}

/** A list to pick from; not shown yet. */
export function createPick<L extends PickLine>(
  texts: InputTexts,
  lines: readonly L[],
): PlainInput<vscode.QuickPick<L>> & { readonly items: readonly L[] } {
  const input = vscode.window.createQuickPick<L>();
  const { title, placeholder } = plainFields({ title: texts.title, placeholder: texts.placeholder });
  input.title = title;
  input.placeholder = placeholder;
  prepareInput(input, texts);
  input.items = lines.map((line) => {
    const { label, ...plain } = plainFields(line);
    // SAFETY: the same line with its label after the icon.
    return { ...plain, label: line.icon ? `$(${line.icon}) ${label}` : label } as L;
  });
  return input;
}

/** A field to type in, with the way to say what is wrong with its value; not shown yet. */
export function createField(
  texts: InputTexts,
): PlainInput<vscode.InputBox> & { readonly complain: (text: string | undefined) => void } {
  const input = vscode.window.createInputBox();
  const { title, placeholder, prompt } = texts;
  Object.assign(input, plainFields({ title, placeholder, prompt }));
  prepareInput(input, texts);
  const complain = (text: string | undefined): void => {
    input.validationMessage = text === undefined ? undefined : plainText(text);
  };
  return Object.assign(input, { complain });
}

function prepareInput(input: vscode.QuickPick<PickLine> | vscode.InputBox, texts: InputTexts): void {
  input.buttons = texts.canGoBack ? [vscode.QuickInputButtons.Back] : [];
  input.step = texts.step;
  input.totalSteps = texts.totalSteps;
  input.ignoreFocusOut = true;
}

/** Asks for one text; undefined: it was left. */
export const showInput = (
  options: Pick<vscode.InputBoxOptions, 'title' | 'prompt' | 'password' | 'ignoreFocusOut'>,
  token: vscode.CancellationToken,
): Thenable<string | undefined> => vscode.window.showInputBox(plainFields(options), token);

/** Asks where to save. */
export const showSaveDialog = (options: vscode.SaveDialogOptions): Thenable<vscode.Uri | undefined> =>
  vscode.window.showSaveDialog(plainFields(options));

/** Asks for a file or folder. */
export const showOpenDialog = (options: vscode.OpenDialogOptions): Thenable<vscode.Uri[] | undefined> =>
  vscode.window.showOpenDialog(plainFields(options));

/** Asks for one of the workspace's folders. */
export const pickWorkspaceFolder = (placeHolder: string): Thenable<vscode.WorkspaceFolder | undefined> =>
  vscode.window.showWorkspaceFolderPick({ placeHolder: plainText(placeHolder) });

/** A view of rows, with the way to set its badge; `count` 0: none. */
export function createTree<T>(
  id: string,
  options: vscode.TreeViewOptions<T>,
): Omit<vscode.TreeView<T>, 'badge' | 'message' | 'title' | 'description'> & {
  readonly setBadge: (count: number, tooltip: string) => void;
} {
  const view = vscode.window.createTreeView(id, options);
  const setBadge = (count: number, tooltip: string): void => {
    view.badge = count === 0 ? undefined : { value: count, tooltip: plainText(tooltip) };
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

/** What an entry of the status bar shows. */
export interface StatusText {
  readonly icon: string;
  readonly text: string;
  /** What a screen reader says. */
  readonly spoken: string;
  /** Markdown, made by `core/presentation/tooltip.ts`. */
  readonly tooltip: string;
}

/** An entry of the status bar that runs a command; hidden until it is shown. */
export function createStatusEntry(
  id: string,
  name: string,
  command: string,
): Disposable & { readonly show: (shown: StatusText | undefined) => void } {
  const item = vscode.window.createStatusBarItem(id, vscode.StatusBarAlignment.Left, 10);
  item.name = plainText(name);
  item.command = command;
  return {
    show: (shown) => {
      if (!shown) {
        item.hide();
        return;
      }
      item.text = `$(${shown.icon}) ${plainText(shown.text)}`;
      item.accessibilityInformation = { label: plainText(shown.spoken) };
      item.tooltip = markdownTooltip(shown.tooltip, []);
      item.show();
    },
    dispose: () => {
      item.dispose();
    },
  };
}

/**
 * Markdown that `core/presentation/tooltip.ts` has made, in which outside texts are plain already. Runs no command but those of
 * `commands`; shows icons, no HTML.
 */
export function markdownTooltip(text: string, commands: readonly string[]): vscode.MarkdownString {
  const shown = new vscode.MarkdownString(text, true);
  shown.supportHtml = false;
  shown.isTrusted = commands.length === 0 ? false : { enabledCommands: commands };
  return shown;
}

/** What a row of a tree shows. */
export interface RowTexts {
  readonly label: string;
  readonly description?: string | undefined;
  /** What a screen reader says. */
  readonly spoken: string;
}

/**
 * A row of a tree with its texts; all else is set by who made it. Neither of them becomes a link or an icon there, so
 * that a name is shown as it is. Source: VS Code `treeView.ts`, which takes Markdown only in a form of its own.
 */
export function createTreeItem(
  { label, description, spoken }: RowTexts,
  expansion: vscode.TreeItemCollapsibleState,
): vscode.TreeItem {
  const item = new vscode.TreeItem(plainLabel(label), expansion);
  item.accessibilityInformation = { label: plainLabel(spoken) };
  if (description !== undefined) item.description = plainLabel(description);
  return item;
}

/** An output channel. */
export const createChannel = (name: string): vscode.OutputChannel =>
  vscode.window.createOutputChannel(plainText(name));

/** The output channel of a log with levels. */
export const createLogChannel = (name: string): vscode.LogOutputChannel =>
  vscode.window.createOutputChannel(plainText(name), { log: true });

/** A terminal that shows what `pty` writes. */
export const createTerminal = (
  name: string,
  pty: vscode.Pseudoterminal,
  icon: vscode.ThemeIcon,
): vscode.Terminal => vscode.window.createTerminal({ name: plainName(name), pty, iconPath: icon });

/** A text that the editor shows on its own pages, such as the name of an account. */
export const accountLabel = (text: string): string => plainText(text);
