import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installVsix, launchServer, type RunningServer } from '../launch.mjs';
import { setupServer, type VscodeServer } from '../setup.mjs';
import { channelNames, channelText, channelWith } from './channels.js';
import { endProcesses, processesWith, type Process } from './processes.js';

/** Options for starting a test server. */
export interface ServerOptions {
  /** Packed extensions to install. */
  readonly vsix: readonly string[];
  /** Files of the workspace by their paths: text, or bytes. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /**
   * User settings, in addition to those that keep VS Code quiet; the extension's settings with the scope
   * `machine` become machine settings.
   */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** In addition to the tests' environment; visible to the extension. Undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A page can name an extension under development and its tests. */
  readonly driven?: boolean;
}

/** A VS Code server with separate user data, extensions, workspace, and home, all in one temporary folder. */
export interface EditorServer {
  /** Unchanged by restarts. */
  readonly url: string;
  /** Version of VS Code: `1.139.1`. */
  readonly vscode: string;
  readonly dir: Folders;
  /** The server's output. */
  readonly log: () => string;
  /** The address of a window on a folder; by default, on the workspace. */
  readonly folderUrl: (folder?: string) => string;
  readonly emptyUrl: () => string;
  /** The storage folder of the extension with this ID: `batch-jobs.batch-jobs`. */
  readonly storageOf: (extension: string) => string;
  /** Names of the output channels written to, the newest last. */
  readonly channels: () => readonly string[];
  /** An output channel's whole text; '' if none exists. */
  readonly channel: (name: string) => string;
  readonly waitForChannel: (name: string, pattern: RegExp, ms?: number) => Promise<RegExpExecArray>;
  /** The text of the user settings on disk. */
  readonly settingsText: () => string;
  /**
   * The text of the settings of the server's machine, with the extension's settings that name programs and
   * places.
   */
  readonly machineSettingsText: () => string;
  /** Processes started from here that are outside the server's own group: jobs, their runners, terminals. */
  readonly detached: () => readonly Process[];
  /** Terminates them, except connections to other machines, and those that start once others have ended. */
  readonly endJobs: () => Promise<void>;
  /** Stops the server and starts it again at the same address. Detached jobs continue. */
  readonly restart: () => Promise<void>;
  /** Stops the server and everything started from it, and deletes its folder. */
  readonly stop: () => Promise<void>;
}

/** The folders of a server. */
export interface Folders {
  readonly root: string;
  readonly user: string;
  readonly extensions: string;
  readonly workspace: string;
  readonly home: string;
}

/**
 * The number of consecutive polls without a job until the queue counts as idle, and milliseconds between
 * them.
 */
const calmLooks = 4;
const lookMs = 500;
const mostLooks = 30;

/**
 * Settings without which VS Code would show a welcome page or prompts, check for updates, or cover what a
 * test inspects.
 */
export const quietSettings: Readonly<Record<string, unknown>> = {
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  // Typed text is left unchanged.
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.autoIndent': 'none',
  'editor.autoSurround': 'never',
  'editor.cursorBlinking': 'solid',
  'editor.minimap.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'files.autoSave': 'off', // as on the desktop; on by default in a browser
  'files.simpleDialog.enable': true,
  'git.openRepositoryInParentFolders': 'never',
  'remote.autoForwardPorts': false, // otherwise it reports every program on this machine that listens
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.editor.useModal': 'off', // otherwise the settings open over the whole window
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden', // otherwise the chat opens at the first start
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Starts a VS Code server for a test. `EDITOR_SERVER` selects another VS Code. */
export async function startServer(options: ServerOptions): Promise<EditorServer> {
  const server = await setupServer();
  const dir = makeFolders(options);
  try {
    for (const vsix of options.vsix) await installVsix(server, dir, vsix);
    const env = environment(dir, options);
    const args =
      options.driven && server.takesVscodeOptions ? ['--vscode-option', 'enable-smoke-test-driver'] : [];
    const start = (port: number): Promise<RunningServer> => launchServer(server, dir, { port, env, args });
    return handle(server, dir, await start(0), start);
  } catch (error) {
    rmSync(dir.root, { recursive: true, force: true });
    throw error;
  }
}

function makeFolders({ files = {}, settings = {} }: ServerOptions): Folders {
  // Short: Chromium and VS Code create sockets below it, whose paths are limited to 108 bytes.
  const root = mkdtempSync(join(tmpdir(), 'bj-'));
  const within = (name: string): string => join(root, name);
  const dir: Folders = {
    root,
    user: within('user'),
    extensions: within('extensions'),
    workspace: within('workspace'),
    home: within('home'),
  };
  for (const folder of Object.values(dir) as readonly string[]) mkdirSync(folder, { recursive: true });
  const all = Object.entries({ ...quietSettings, ...settings });
  const those = (ofMachine: boolean): string =>
    JSON.stringify(
      Object.fromEntries(all.filter(([name]) => machineSettings.has(name) === ofMachine)),
      null,
      2,
    );
  put(settingsFile(dir), those(false));
  put(machineSettingsFile(dir), those(true));
  for (const [path, content] of Object.entries(files)) put(join(dir.workspace, path), content);
  return dir;
}

function put(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const settingsFile = (dir: Folders): string => join(dir.user, 'User', 'settings.json');
const machineSettingsFile = (dir: Folders): string => join(dir.user, 'Machine', 'settings.json');

/**
 * The extension's machine settings: in a window on a server, VS Code reads them only from the server's file.
 */
const machineSettings: ReadonlySet<string> = new Set(
  Object.entries(
    (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as Manifest)
      .contributes.configuration.properties,
  )
    .filter(([, { scope }]) => scope === 'machine')
    .map(([name]) => name),
);

interface Manifest {
  readonly contributes: {
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly scope?: string }>> };
  };
}

function environment({ home }: Folders, { env = {} }: ServerOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    EXTENSIONS_GALLERY: '{}', // no marketplace
    ...env,
  };
}

function handle(
  server: VscodeServer,
  dir: Folders,
  first: RunningServer,
  start: (port: number) => Promise<RunningServer>,
): EditorServer {
  let running = first;
  const { url } = first;
  const detached = (): readonly Process[] =>
    processesWith(dir.root).filter(({ pid, group }) => group !== running.pid && pid !== running.pid);
  return {
    url,
    vscode: server.vscode,
    dir,
    log: () => running.log(),
    folderUrl: (folder = dir.workspace) => `${url}/?folder=${encodeURIComponent(folder)}`,
    emptyUrl: () => `${url}/?ew=true`,
    storageOf: (extension) => join(dir.user, 'User', 'globalStorage', extension),
    channels: () => channelNames(dir.user),
    channel: (name) => channelText(dir.user, name),
    waitForChannel: (name, pattern, ms) => channelWith(dir.user, name, pattern, ms),
    settingsText: () => readFileSync(settingsFile(dir), 'utf8'),
    machineSettingsText: () => readFileSync(machineSettingsFile(dir), 'utf8'),
    detached,
    endJobs: async () => {
      for (let look = 0, calm = 0; look < mostLooks && calm < calmLooks; look++) {
        const jobs = detached().filter(({ command }) => !/^(\S*\/)?ssh /.test(command));
        endProcesses(jobs);
        calm = jobs.length === 0 ? calm + 1 : 0;
        await sleep(lookMs);
      }
    },
    restart: async () => {
      await running.stop();
      running = await start(Number(new URL(url).port));
    },
    stop: async () => {
      await running.stop();
      endProcesses(detached());
      rmSync(dir.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}
