import * as vscode from 'vscode';
import type { Answer, Field, Item, Step } from '../commands/ui.js';

interface Line<T> extends vscode.QuickPickItem {
  readonly item?: Item<T>;
}

/** Asks with a list; stays open when the focus moves, so that a look elsewhere loses nothing. */
export function pickOne<T>(step: Step, items: readonly Item<T>[], placeholder?: string): Promise<Answer<T>> {
  const input = vscode.window.createQuickPick<Line<T>>();
  prepare(input, step);
  input.placeholder = placeholder;
  input.matchOnDescription = true;
  input.matchOnDetail = true;
  input.items = linesOf(items);
  return answered<T>(input, (settle) => [
    input.onDidAccept(() => {
      const [chosen] = input.selectedItems;
      if (chosen?.item) settle({ kind: 'value', value: chosen.item.value });
    }),
  ]);
}

/** Asks with a list in which several lines can be ticked. */
export function pickSeveral<T>(
  step: Step,
  items: readonly Item<T>[],
  chosen: readonly T[],
  placeholder?: string,
): Promise<Answer<readonly T[]>> {
  const input = vscode.window.createQuickPick<Line<T>>();
  prepare(input, step);
  input.placeholder = placeholder;
  input.canSelectMany = true;
  input.matchOnDescription = true;
  input.matchOnDetail = true;
  input.items = linesOf(items);
  input.selectedItems = input.items.filter(({ item }) => item && chosen.includes(item.value));
  return answered<readonly T[]>(input, (settle) => [
    input.onDidAccept(() => {
      const values = input.selectedItems.map(({ item }) => item).filter((item) => item !== undefined);
      settle({ kind: 'value', value: values.map(({ value }) => value) });
    }),
  ]);
}

/** Asks for a text; what is wrong with it is said while one types, and it is not taken until it is right. */
export function typeText(step: Step, field: Field): Promise<Answer<string>> {
  const input = vscode.window.createInputBox();
  prepare(input, step);
  input.value = field.initial;
  input.prompt = field.prompt;
  input.placeholder = field.placeholder;
  input.password = field.secret ?? false;
  const check = (): boolean => {
    const wrong = field.check?.(input.value);
    input.validationMessage = wrong;
    return wrong === undefined;
  };
  return answered<string>(input, (settle) => [
    input.onDidChangeValue(check),
    input.onDidAccept(() => {
      if (check()) settle({ kind: 'value', value: input.value });
    }),
  ]);
}

function prepare(input: vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox, step: Step): void {
  input.title = step.title;
  input.buttons = step.canGoBack ? [vscode.QuickInputButtons.Back] : [];
  input.step = step.step;
  input.totalSteps = step.of;
  input.ignoreFocusOut = true;
}

/** Shows an input until it is answered; one that is hidden was left. */
function answered<T>(
  input: vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox | vscode.QuickPick<Line<never>>,
  listen: (settle: (answer: Answer<T>) => void) => readonly vscode.Disposable[],
): Promise<Answer<T>> {
  return new Promise((resolve) => {
    const settle = (answer: Answer<T>): void => {
      resolve(answer);
      for (const listener of listeners) listener.dispose();
      input.dispose();
    };
    const listeners = [
      ...listen(settle),
      input.onDidTriggerButton((button) => {
        if (button === vscode.QuickInputButtons.Back) settle({ kind: 'back' });
      }),
      input.onDidHide(() => {
        settle({ kind: 'left' });
      }),
    ];
    input.show();
  });
}

function linesOf<T>(items: readonly Item<T>[]): readonly Line<T>[] {
  return items.flatMap((item): Line<T>[] => {
    const line: Line<T> = {
      label: item.icon ? `$(${item.icon}) ${item.label}` : item.label,
      item,
      ...(item.description === undefined ? {} : { description: item.description }),
      ...(item.detail === undefined ? {} : { detail: item.detail }),
      alwaysShow: item.group === undefined && items.length < 20,
    };
    const heading: Line<T> = { label: item.group ?? '', kind: vscode.QuickPickItemKind.Separator };
    return item.group === undefined ? [line] : [heading, line];
  });
}
