import * as vscode from 'vscode';
import type { StepAnswer, InputField, PickItem, StepPosition } from '../commands/ui.js';
import { createField, createPick, isBackButton, type InputTexts, type PickLine } from './window.js';

interface QuickInputLine<T> extends PickLine {
  readonly item?: PickItem<T>;
}

/** Shows a quick pick. It stays open when the focus moves, so that the user can look elsewhere. */
export function pickOne<T>(
  step: StepPosition,
  items: readonly PickItem<T>[],
  placeholder?: string,
): Promise<StepAnswer<T>> {
  const input = createPick(toInputTexts(step, placeholder), toLines(items));
  input.matchOnDescription = true;
  input.matchOnDetail = true;
  const active = input.items.filter(({ item }) => item?.isActive);
  if (active.length > 0) input.activeItems = active;
  return waitForAnswer<T>(input, (settle) => [
    input.onDidAccept(() => {
      const [chosen] = input.selectedItems;
      if (chosen?.item && !chosen.item.isDisabled) settle({ kind: 'value', value: chosen.item.value });
    }),
  ]);
}

/** Shows a quick pick with several selectable items. */
export function pickMany<T>(
  step: StepPosition,
  items: readonly PickItem<T>[],
  chosen: readonly T[],
  placeholder?: string,
): Promise<StepAnswer<readonly T[]>> {
  const input = createPick(toInputTexts(step, placeholder), toLines(items));
  input.canSelectMany = true;
  input.matchOnDescription = true;
  input.matchOnDetail = true;
  input.selectedItems = input.items.filter(({ item }) => item && chosen.includes(item.value));
  return waitForAnswer<readonly T[]>(input, (settle) => [
    input.onDidAccept(() => {
      const values = input.selectedItems.map(({ item }) => item).filter((item) => item !== undefined);
      settle({ kind: 'value', value: values.map(({ value }) => value) });
    }),
  ]);
}

/** The same, with typed text as part of the answer: all items are shown, whatever is typed. */
export function pickManyWithText<T>(
  step: StepPosition,
  items: readonly PickItem<T>[],
  chosen: readonly T[],
  text: string,
  placeholder?: string,
): Promise<StepAnswer<{ readonly chosen: readonly T[]; readonly text: string }>> {
  const lines = toLines(items).map((line) => ({ ...line, alwaysShow: true }));
  const input = createPick(toInputTexts(step, placeholder), lines);
  input.canSelectMany = true;
  input.selectedItems = input.items.filter(({ item }) => item && chosen.includes(item.value));
  input.value = text;
  return waitForAnswer(input, (settle) => [
    input.onDidAccept(() => {
      const values = input.selectedItems.flatMap(({ item }) => (item ? [item.value] : []));
      settle({ kind: 'value', value: { chosen: values, text: input.value } });
    }),
  ]);
}

/** Shows an input until it is answered; hiding it dismisses it. */
export function inputText(step: StepPosition, field: InputField): Promise<StepAnswer<string>> {
  const input = createField({ ...toInputTexts(step, field.placeholder), prompt: field.prompt });
  input.value = field.initial;
  input.password = field.secret ?? false;
  const check = (): boolean => {
    const wrong = field.validate?.(input.value);
    input.complain(wrong);
    return wrong === undefined;
  };
  return waitForAnswer<string>(input, (settle) => [
    input.onDidChangeValue(check),
    input.onDidAccept(() => {
      if (check()) settle({ kind: 'value', value: input.value });
    }),
  ]);
}

const toInputTexts = (
  { title, step, of, canGoBack }: StepPosition,
  placeholder: string | undefined,
): InputTexts => ({
  title,
  placeholder,
  step,
  totalSteps: of,
  canGoBack,
});

/** Shows an input until it is answered; one that is hidden was left. */
function waitForAnswer<T>(
  input: Pick<vscode.InputBox, 'show' | 'dispose' | 'onDidHide' | 'onDidTriggerButton'>,
  listen: (settle: (answer: StepAnswer<T>) => void) => readonly vscode.Disposable[],
): Promise<StepAnswer<T>> {
  return new Promise((resolve) => {
    const settle = (answer: StepAnswer<T>): void => {
      resolve(answer);
      for (const listener of listeners) listener.dispose();
      input.dispose();
    };
    const listeners = [
      ...listen(settle),
      input.onDidTriggerButton((button) => {
        if (isBackButton(button)) settle({ kind: 'back' });
      }),
      input.onDidHide(() => {
        settle({ kind: 'left' });
      }),
    ];
    input.show();
  });
}

function toLines<T>(items: readonly PickItem<T>[]): readonly QuickInputLine<T>[] {
  return items.flatMap((item): QuickInputLine<T>[] => {
    const line: QuickInputLine<T> = {
      label: item.label,
      icon: item.icon,
      item,
      ...(item.description === undefined ? {} : { description: item.description }),
      ...(item.detail === undefined ? {} : { detail: item.detail }),
    };
    const heading: QuickInputLine<T> = { label: item.group ?? '', kind: vscode.QuickPickItemKind.Separator };
    return item.group === undefined ? [line] : [heading, line];
  });
}
