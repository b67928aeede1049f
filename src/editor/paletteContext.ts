import * as vscode from 'vscode';
import type { JobList } from '../core/jobs/jobList.js';
import { conditionalCommands, listAvailableCommands } from '../core/presentation/availableCommands.js';
import type { Disposable } from '../lib/lifetime.js';

/**
 * Sets the context keys by which the Command Palette hides commands that no connection supports:
 * `batchJobs.can.<command>`, and `batchJobs.ready` once these are known.
 */
export function registerPaletteContext(list: JobList, whenReady: () => Promise<void>): Disposable {
  const shown = new Map<string, boolean>();
  const set = (key: string, is: boolean): void => {
    if ((shown.get(key) ?? false) === is) return;
    shown.set(key, is);
    void vscode.commands.executeCommand('setContext', `batchJobs.${key}`, is);
  };
  const update = (): void => {
    const available = listAvailableCommands(list.connections());
    for (const command of conditionalCommands) set(`can.${command}`, available.has(command));
  };
  void whenReady().then(() => {
    update();
    set('ready', true);
  });
  return list.onDidChange(update);
}
