import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as vscode from 'vscode';
import type { ProviderDeps } from './backends/index.js';
import type * as Unpack from './bundle/unpack.js';
import type { Ports } from './commands/ports.js';
import { JobList } from './core/jobs/jobList.js';
import { loadLazily, loadOnce } from './lib/lazy.js';
import { Lifetime } from './lib/lifetime.js';
import type { Bundler, Disk, Log } from './core/domain/ports.js';
import type { AskRetention } from './core/domain/retention.js';
import { stripCodes } from './lib/terminalCodes.js';
import { accounts, authenticationEntries } from './editor/authentication.js';
import { configuredBackends } from './editor/configured.js';
import { editorDesk } from './editor/desk.js';
import { editorFiles } from './editor/userFiles.js';
import { otherExtensions } from './editor/otherExtensions.js';
import { createJuliaSupport, getConfiguredJulia } from './languages/julia.js';
import { JobsTree } from './editor/jobsTree.js';
import { JobsView, knownJobs } from './editor/jobsView.js';
import { logViews } from './editor/logViews.js';
import { editorMemory, editorSecrets } from './editor/memory.js';
import { ownLog } from './editor/ownLog.js';
import { Papers } from './editor/papers.js';
import { askUser } from './editor/prompts.js';
import { commandIds, registerCommands } from './editor/register.js';
import { reminders } from './editor/reminders.js';
import { flag, levelSetting, notifySetting, setting, text, timesSetting } from './editor/settings.js';
import { editorUi } from './editor/ui.js';
import { fileJobStore } from './store/jobStore.js';
import { systemClock as clock } from './lib/node/systemClock.js';

/**
 * Called by VS Code on first use of a view or command. Creates and connects all parts and owns their
 * lifetime. Large modules are loaded on demand. Backends are still being created when this returns; commands
 * and accounts wait for them.
 */
export function activate(context: vscode.ExtensionContext): void {
  const life = new Lifetime();
  context.subscriptions.push(life);
  const { log, show: showOwnLog } = life.own(ownLog());
  const store = fileJobStore(context.globalStorageUri.fsPath, log);
  const list = life.own(new JobList({ store, clock, log }));
  const askRetention: AskRetention = async (request) =>
    (await import('./commands/askRetention.js')).askRetention(ports.ui)(request);
  const providers = loadOnce(async () => {
    const { createProviders } = await import('./backends/index.js');
    return createProviders({ ...providerDeps(context, log), askRetention });
  });
  const configured = life.own(configuredBackends(providers, list, log));

  const { settled } = configured;
  const jobs = knownJobs(list);
  const following = { clock, log, times: timesSetting, level: levelSetting };
  const tree = life.own(new JobsTree({ connections: () => jobs.shown(), settled }, log));
  const ports: Ports = {
    ui: editorUi(life.own(new Papers()), showOwnLog),
    desk: editorDesk,
    backends: configured.backends,
    bundler: lazyBundler(context),
    language: createJuliaSupport(editorFiles, otherExtensions),
    jobs,
    logs: life.own(logViews(following, configured, jobs)),
    tree: life.own(new JobsView(tree, list, clock)),
    disk: lazyDisk(join(context.globalStorageUri.fsPath, 'opened')),
    store,
    memory: editorMemory(context.globalState),
    clock,
    choices: { openLogAfterSubmit: () => flag('openLogAfterSubmit', true), notify: notifySetting },
    strip: stripCodes,
    findFailure: async (lines) => (await import('./languages/failures.js')).findFailure(lines),
    log,
  };
  const parts = {
    tree,
    more: (id: string) => list.more(id),
    connections: configured.connections,
    showOwnLog,
  };
  const commands = loadOnce(async () => {
    const [{ commandTable }] = await Promise.all([import('./editor/commandTable.js'), settled()]);
    return commandTable(ports, parts);
  });
  life.own(registerCommands(commandIds(context), commands, ports.ui, log));
  life.own(reminders(list, ports));
  life.own(accounts({ list, ports, settled }, authenticationEntries(context)));
}

const unpackTar: typeof Unpack.unpackTar = async (...args) => {
  const { unpackTar: unpack } = await import('./bundle/unpack.js');
  await unpack(...args);
};

/** The local disk. `scratchRoot`: a folder of the extension for preview copies. */
const lazyDisk = (scratchRoot: string): Disk =>
  loadLazily<Disk>(
    async () => {
      const { fileDisk } = await import('./store/disk.js');
      return fileDisk(unpackTar, scratchRoot);
    },
    {
      save: true,
      exists: true,
      textOf: true,
      isTar: true,
      unpack: true,
      below: true,
      scratch: true,
      exclude: true,
    },
  );

const lazyBundler = (context: vscode.ExtensionContext): Bundler =>
  loadLazily<Bundler>(
    async () => {
      const { folderBundler } = await import('./bundle/bundler.js');
      return folderBundler({
        program: programOf(context, 'bundleWorker'),
        env: process.env,
        julia: async () => {
          const { findJulia } = await import('./backends/local/julia.js');
          return findJulia({ named: getConfiguredJulia(otherExtensions), setting, env: process.env });
        },
        // Read at each use, like all settings.
        get tempFolder() {
          return text('bundle.temporaryFolder') || tmpdir();
        },
      });
    },
    { plan: true, pack: true, discard: true },
  );

/** Path of a program that ships with the extension: see `programs/`. */
const programOf = (
  { extensionPath }: vscode.ExtensionContext,
  name: 'jobRunner' | 'askpass' | 'bundleWorker',
): string => join(extensionPath, 'dist', `${name}.js`);

const providerDeps = (context: vscode.ExtensionContext, log: Log): Omit<ProviderDeps, 'askRetention'> => ({
  folderOf: (kind, connection) => join(context.globalStorageUri.fsPath, kind, connection),
  runner: {
    program: process.execPath,
    args: [programOf(context, 'jobRunner'), '--batch-jobs-runner'],
    env: { ELECTRON_RUN_AS_NODE: '1' },
  },
  helper: {
    program: process.execPath,
    args: [programOf(context, 'askpass'), '--batch-jobs-askpass'],
    env: { ELECTRON_RUN_AS_NODE: '1' },
  },
  ask: askUser,
  unpack: unpackTar,
  env: process.env,
  home: homedir(),
  secrets: editorSecrets(context.secrets),
  clock,
  extensions: otherExtensions,
  setting,
  log,
});
