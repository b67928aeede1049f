import * as vscode from 'vscode';
import { dirname } from 'node:path';

/** What the Julia extension tells others. Source: julia-vscode `src/extension.ts`, its exported API. */
interface JuliaApi {
  readonly getEnvironment?: () => Promise<unknown>;
}

/** What JuliaHub's own sign-in extension tells others. Source: docs/protocols/juliahub.md, 11.2. */
interface JuliaHubAuth {
  readonly authenticate?: (server: string, force: boolean) => Promise<unknown>;
}

/** The extensions for Julia that may be installed; nothing of ours needs them. */
export const juliaExtension = {
  /** The folder of the active environment; undefined: it is not installed, does not run, or has none. */
  environment: async (): Promise<string | undefined> => {
    const api = exportsOf<JuliaApi>('julialang.language-julia', false);
    const path = await (await api)?.getEnvironment?.().catch(() => undefined);
    if (typeof path !== 'string' || path === '') return undefined;
    return path.endsWith('.toml') ? dirname(path) : path;
  },
  /** The package server of its settings; empty: none. */
  packageServer: (): string => juliaSetting('packageServer'),
  /** The program of its settings; empty: none. */
  executable: (): string => juliaSetting('executablePath'),
  /** A token from JuliaHub's own sign-in extension, which may ask the user; undefined: it is not installed. */
  authenticate: async (server: string, force: boolean): Promise<string | undefined> => {
    const api = await exportsOf<JuliaHubAuth>('JuliaComputing.juliahub-vscode-auth', true);
    const token = await api?.authenticate?.(server, force);
    return typeof token === 'string' && token !== '' ? token : undefined;
  },
};

function juliaSetting(name: string): string {
  const value = vscode.workspace.getConfiguration('julia').get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** What another extension exports; it is started for it only where `start` says so. */
async function exportsOf<T>(id: string, start: boolean): Promise<Partial<T> | undefined> {
  const extension = vscode.extensions.getExtension<unknown>(id);
  if (!extension || (!extension.isActive && !start)) return undefined;
  const api = extension.isActive ? extension.exports : await extension.activate();
  // Every member is looked at before it is used.
  return typeof api === 'object' && api !== null ? api : undefined;
}
