import * as vscode from 'vscode';
import type { AskUser } from '../core/ports.js';

/** Brings the question of a program to the user: a field that shows nothing of what is typed, or a dialog. */
export const askUser: AskUser = async ({ place, text, kind }, signal) => {
  if (kind === 'confirm') {
    const yes = vscode.l10n.t('Yes');
    const chosen = await vscode.window.showWarningMessage(place, { modal: true, detail: text.trim() }, yes);
    return chosen === yes ? 'yes' : 'no';
  }
  const source = new vscode.CancellationTokenSource();
  const stop = (): void => {
    source.cancel();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await vscode.window.showInputBox(
      {
        title: place,
        prompt: text.trim(),
        password: kind === 'secret',
        ignoreFocusOut: true,
      },
      source.token,
    );
  } finally {
    signal.removeEventListener('abort', stop);
    source.dispose();
  }
};
