import * as vscode from 'vscode';
import type { Connection } from '../core/domain/connection.js';
import type { LeastLevel } from '../core/logs/logLevels.js';
import type { TimeStamps } from '../core/logs/sink.js';

/** A setting's value, whatever a user has written there: to be read with care. */
export const setting = (name: string): unknown => vscode.workspace.getConfiguration('batchJobs').get(name);

/** True or the default. */
export function flag(name: string, otherwise: boolean): boolean {
  const value = setting(name);
  return typeof value === 'boolean' ? value : otherwise;
}

/** Which ends of jobs are told of. */
export function notifySetting(): 'all' | 'failures' | 'none' {
  const value = setting('notify');
  return value === 'failures' || value === 'none' ? value : 'all';
}

/** Which times stand before the lines of a log. */
export function timesSetting(): TimeStamps {
  const value = setting('log.times');
  return value === 'clock' || value === 'sinceStart' ? value : 'none';
}

/** Below which level lines of logs are left out. */
export function levelSetting(): LeastLevel {
  const value = setting('log.level');
  return value === 'info' || value === 'warn' || value === 'error' ? value : 'all';
}

/** Sets a setting of the user's. */
export const setSetting = async (name: string, value: unknown): Promise<void> => {
  await vscode.workspace.getConfiguration('batchJobs').update(name, value, vscode.ConfigurationTarget.Global);
};

/** A text; empty where none is set. */
export function text(name: string): string {
  const value = setting(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** The configured connections; entries without an id, a kind and a title are left out. */
export function readConnections(): readonly Connection[] {
  const value = setting('connections');
  if (!Array.isArray(value)) return [];
  return value.map(readConnection).filter((connection) => connection !== undefined);
}

function readConnection(value: unknown): Connection | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, kind, title, settings } = value as Readonly<Record<string, unknown>>; // SAFETY: an object; each field is checked below.
  if (typeof id !== 'string' || typeof kind !== 'string' || typeof title !== 'string') return undefined;
  if (id === '' || id.includes('/') || title.trim() === '') return undefined;
  const own = typeof settings === 'object' && settings !== null ? { ...settings } : {};
  return { id, kind, title, settings: own };
}

/** Writes the configured connections into the user's settings. */
export const writeConnections = async (connections: readonly Connection[]): Promise<void> => {
  await vscode.workspace
    .getConfiguration('batchJobs')
    .update(
      'connections',
      connections.length === 0 ? undefined : connections,
      vscode.ConfigurationTarget.Global,
    );
};

/** True where the extension runs on the machine of the screen, and not on a server behind a browser or a remote window. */
export const isOnThisMachine = (): boolean =>
  vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;

/** Opens the settings at what a search for `query` finds, where a setting of the machine can be changed, too. */
export async function showSettings(query: string): Promise<void> {
  // The tab of the user's settings hides those that belong to the machine of the server.
  if (isOnThisMachine()) await vscode.commands.executeCommand('workbench.action.openSettings', query);
  else await vscode.commands.executeCommand('workbench.action.openRemoteSettings', { query });
}
