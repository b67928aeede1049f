import * as vscode from 'vscode';
import type { OtherExtensions } from '../core/domain/language.js';

/** The extensions installed in this window. This extension works without any of them. */
export const otherExtensions: OtherExtensions = {
  getApi: async <T extends object>(id: string, activate: boolean): Promise<Partial<T> | undefined> => {
    const extension = vscode.extensions.getExtension<unknown>(id);
    if (!extension || (!extension.isActive && !activate)) return undefined;
    const api = extension.isActive ? extension.exports : await extension.activate();
    // Callers check every member before they use it.
    return typeof api === 'object' && api !== null ? api : undefined;
  },
  getSetting: (section, name) => {
    const value = vscode.workspace.getConfiguration(section).get(name);
    return typeof value === 'string' ? value.trim() : '';
  },
};
