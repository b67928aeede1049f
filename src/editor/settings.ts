import * as vscode from 'vscode';
import type { Connection } from '../core/domain/connection.js';
import type { MinLogLevel } from '../core/logs/logLevels.js';
import type { TimestampMode } from '../core/logs/logSink.js';

/** A setting's value, which has to be validated. */
export const getSetting = (name: string): unknown => vscode.workspace.getConfiguration('batchJobs').get(name);

/** A Boolean setting, or its default. */
export function getFlag(name: string, otherwise: boolean): boolean {
  const value = getSetting(name);
  return typeof value === 'boolean' ? value : otherwise;
}

/** Which finished jobs show a notification. */
export function getNotifySetting(): 'all' | 'failures' | 'none' {
  const value = getSetting('notify');
  return value === 'failures' || value === 'none' ? value : 'all';
}

/** The timestamp shown before log lines. */
export function getTimestampMode(): TimestampMode {
  const value = getSetting('log.times');
  return value === 'clock' || value === 'sinceStart' ? value : 'none';
}

/** The minimum level of log lines shown. */
export function getMinLogLevel(): MinLogLevel {
  const value = getSetting('log.level');
  return value === 'info' || value === 'warn' || value === 'error' ? value : 'all';
}

/** After how many days finished jobs are hidden; 0: never. */
export function getHideAfterDays(): number {
  const value = getSetting('hideJobsAfterDays');
  return typeof value === 'number' && value > 0 ? value : 0;
}

/** Fires when {@link getHideAfterDays} may have changed. */
export const onDidChangeHideAfterDays = (listener: () => void): vscode.Disposable =>
  vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration('batchJobs.hideJobsAfterDays')) listener();
  });

/** Changes a user setting. */
export const updateSetting = async (name: string, value: unknown): Promise<void> => {
  await vscode.workspace.getConfiguration('batchJobs').update(name, value, vscode.ConfigurationTarget.Global);
};

/** A text setting; empty if not set. */
export function getTextSetting(name: string): string {
  const value = getSetting(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** The configured connections; entries without an id, a kind, and a title are omitted. */
export function readConnections(): readonly Connection[] {
  const value = getSetting('connections');
  if (!Array.isArray(value)) return [];
  return value.map(parseConnection).filter((connection) => connection !== undefined);
}

function parseConnection(value: unknown): Connection | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, kind, title, settings } = value as Readonly<Record<string, unknown>>; // SAFETY: an object; each field is checked below.
  if (typeof id !== 'string' || typeof kind !== 'string' || typeof title !== 'string') return undefined;
  if (id === '' || id.includes('/') || title.trim() === '') return undefined;
  const own = typeof settings === 'object' && settings !== null ? { ...settings } : {};
  return { id, kind, title, settings: own };
}

/** Writes the configured connections to the user settings. */
export const writeConnections = async (connections: readonly Connection[]): Promise<void> => {
  await vscode.workspace
    .getConfiguration('batchJobs')
    .update(
      'connections',
      connections.length === 0 ? undefined : connections,
      vscode.ConfigurationTarget.Global,
    );
};

/** True if the extension runs on the machine with the screen, not on a server or in a remote window. */
export const isOnThisMachine = (): boolean =>
  vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;

/** Opens the settings with a search for `query`, in a tab where machine settings can be changed. */
export async function showSettings(query: string): Promise<void> {
  // The User tab hides the settings of a remote machine.
  if (isOnThisMachine()) await vscode.commands.executeCommand('workbench.action.openSettings', query);
  else await vscode.commands.executeCommand('workbench.action.openRemoteSettings', { query });
}
