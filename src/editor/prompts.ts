import * as vscode from 'vscode';
import type { UserPrompter } from '../core/domain/ports.js';
import { showInput, showMessage } from './window.js';

/** Shows the prompt of another program: a masked input box for a secret, or a dialog. */
export const promptUser: UserPrompter = async ({ place, text, kind }, signal) => {
  if (kind === 'confirm') {
    const yes = 'Yes';
    const chosen = await showMessage('warning', place, [yes], { modal: true, detail: text.trim() });
    return chosen === yes ? 'yes' : 'no';
  }
  const source = new vscode.CancellationTokenSource();
  const stop = (): void => {
    source.cancel();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await showInput(
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
