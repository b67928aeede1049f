import type * as vscode from 'vscode';
import type { Memory, Secrets } from '../core/domain/ports.js';

/** A state store in VS Code's storage for this extension. */
export const editorMemory = (state: vscode.Memento): Memory => ({
  get: (key) => state.get<unknown>(key),
  set: (key, value) => Promise.resolve(state.update(key, value)),
});

/** Secrets in VS Code's secret storage, which the system's key ring encrypts. */
export const editorSecrets = (storage: vscode.SecretStorage): Secrets => ({
  get: (key) => Promise.resolve(storage.get(key)),
  set: (key, value) => Promise.resolve(storage.store(key, value)),
  delete: (key) => Promise.resolve(storage.delete(key)),
  changed: (listener) =>
    storage.onDidChange(({ key }) => {
      listener(key);
    }),
});
