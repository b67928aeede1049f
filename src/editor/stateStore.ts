import type * as vscode from 'vscode';
import type { StateStore, SecretStore } from '../core/domain/ports.js';

/** A state store in VS Code's storage for this extension. */
export const createStateStore = (state: vscode.Memento): StateStore => ({
  get: (key) => state.get<unknown>(key),
  set: (key, value) => Promise.resolve(state.update(key, value)),
});

/** Secrets in VS Code's secret storage, which the system's key ring encrypts. */
export const createSecretStore = (storage: vscode.SecretStorage): SecretStore => ({
  get: (key) => Promise.resolve(storage.get(key)),
  set: (key, value) => Promise.resolve(storage.store(key, value)),
  delete: (key) => Promise.resolve(storage.delete(key)),
  onDidChange: (listener) =>
    storage.onDidChange(({ key }) => {
      listener(key);
    }),
});
