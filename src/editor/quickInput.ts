import * as vscode from 'vscode';
import type { Answer, Field, Item, Step } from '../commands/ui.js';
import { createField, createPick, isBack, type InputTexts, type PickLine } from './window.js';

interface Line<T> extends PickLine {
  readonly item?: Item<T>;
}

/** Shows a quick pick. It stays open when the focus moves, so that the user can look elsewhere. */
export function pickOne<T>(step: Step, items: readonly Item<T>[], placeholder?: string): Promise<Answer<T>> {
  const input = createPick(textsOf(step, placeholder), linesOf(items));
  input.matchOnDescription = true;
  input.matchOnDetail = true;
  return answered<T>(input, (settle) => [
    input.onDidAccept(() => {
      const [chosen] = input.selectedItems;
      if (chosen?.item) settle({ kind: 'value', value: chosen.item.value });
    }),
  ]);
}

/** Shows a quick pick with several selectable items. */
export function pickSeveral<T>(
  step: Step,
  items: readonly Item<T>[],
  chosen: readonly T[],
  placeholder?: string,
): Promise<Answer<readonly T[]>> {
  const input = createPick(textsOf(step, placeholder), linesOf(items));
  input.canSelectMany = true;
  input.matchOnDescription = true;
  input.matchOnDetail = true;
  input.selectedItems = input.items.filter(({ item }) => item && chosen.includes(item.value));
  return answered<readonly T[]>(input, (settle) => [
    input.onDidAccept(() => {
      const values = input.selectedItems.map(({ item }) => item).filter((item) => item !== undefined);
      settle({ kind: 'value', value: values.map(({ value }) => value) });
    }),
  ]);
}

/** Shows an input until it is answered; hiding it dismisses it. */
export function typeText(step: Step, field: Field): Promise<Answer<string>> {
  const input = createField({ ...textsOf(step, field.placeholder), prompt: field.prompt });
  input.value = field.initial;
  input.password = field.secret ?? false;
  const check = (): boolean => {
    const wrong = field.check?.(input.value);
    input.complain(wrong);
    return wrong === undefined;
  };
  return answered<string>(input, (settle) => [
    input.onDidChangeValue(check),
    input.onDidAccept(() => {
      if (check()) settle({ kind: 'value', value: input.value });
    }),
  ]);
}

const textsOf = ({ title, step, of, canGoBack }: Step, placeholder: string | undefined): InputTexts => ({
  title,
  placeholder,
  step,
  totalSteps: of,
  canGoBack,
});

/** Shows an input until it is answered; one that is hidden was left. */
function answered<T>(
  input: Pick<vscode.InputBox, 'show' | 'dispose' | 'onDidHide' | 'onDidTriggerButton'>,
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
        if (isBack(button)) settle({ kind: 'back' });
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
      label: item.label,
      icon: item.icon,
      item,
      ...(item.description === undefined ? {} : { description: item.description }),
      ...(item.detail === undefined ? {} : { detail: item.detail }),
      alwaysShow: item.group === undefined && items.length < 20,
    };
    const heading: Line<T> = { label: item.group ?? '', kind: vscode.QuickPickItemKind.Separator };
    return item.group === undefined ? [line] : [heading, line];
  });
}
