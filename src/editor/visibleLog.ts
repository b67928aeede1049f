import * as vscode from 'vscode';
import type { JobTarget } from '../commands/resolveTargets.js';
import type { StateStore } from '../core/domain/ports.js';
import { parseRowId } from '../core/presentation/rowIds.js';
import type { Disposable } from '../lib/lifetime.js';
import type { LogChannels } from './logChannels.js';

/** Where this window remembers the row of the job whose log the output panel shows. */
const visibleLogKey = 'visibleLog';

/**
 * Shows the log again that the output panel showed before the window was reloaded, and remembers which one it
 * shows. Output channels of extensions do not survive a reload, so the log is read again.
 *
 * @param locate - Finds the job of a row; undefined: it does not exist any more.
 */
export function restoreVisibleLog(
  channels: Pick<LogChannels, 'show' | 'findKey'>,
  locate: (rowId: string) => Promise<JobTarget | undefined>,
  memory: StateStore,
): Disposable {
  let remembered = memory.get(visibleLogKey);
  let isDisposed = false;
  const remember = (key: string | undefined): void => {
    if (key === remembered) return;
    remembered = key;
    void memory.set(visibleLogKey, key);
  };
  const subscription = vscode.window.onDidChangeVisibleTextEditors((editors) => {
    const keys = editors.map(({ document }) => channels.findKey(document));
    // Main logs only: the sources of others are known after a request.
    remember(keys.find((key) => key !== undefined && parseRowId(key).part === undefined));
  });
  const restore = async (): Promise<void> => {
    const rowId = remembered;
    if (typeof rowId !== 'string') return;
    const target = await locate(rowId).catch(() => undefined);
    if (target && !isDisposed) channels.show(target);
  };
  void restore();
  return {
    dispose: () => {
      isDisposed = true;
      subscription.dispose();
    },
  };
}
