import type * as vscode from 'vscode';
import type { Memory } from '../core/ports.js';

/** Small facts in VS Code's own store for this extension. */
export const editorMemory = (state: vscode.Memento): Memory => ({
  get: (key) => state.get<unknown>(key),
  set: (key, value) => Promise.resolve(state.update(key, value)),
});
