import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as vscode from 'vscode';
import type { ProviderDeps } from './backends/index.js';
import type * as Unpack from './bundle/unpack.js';
import type { JobTarget } from './commands/resolveTargets.js';
import type { CommandDeps } from './commands/commandDeps.js';
import { LogTailReader, type LogTailDeps } from './commands/logTails.js';
import { JobDetails } from './core/jobs/jobDetails.js';
import { JobList } from './core/jobs/jobList.js';
import { ProgressTracker } from './core/jobs/progressTracker.js';
import { loadLazily, loadOnce } from './lib/lazy.js';
import { Lifetime } from './lib/lifetime.js';
import type { FolderBundler, LocalDisk, Log } from './core/domain/ports.js';
import type { RetentionPrompter } from './core/domain/retention.js';
import { registerAccounts, readAuthenticationEntries } from './editor/authentication.js';
import { createBackendRegistry } from './editor/backendRegistry.js';
import { editorContext } from './editor/editorContext.js';
import { editorFiles } from './editor/userFiles.js';
import { otherExtensions } from './editor/otherExtensions.js';
import { createJuliaSupport, getConfiguredJulia } from './languages/julia.js';
import { readGrouping } from './commands/groupJobs.js';
import { createSearchableTree } from './editor/searchableTree.js';
import { JobsView, createKnownJobs } from './editor/jobsView.js';
import { createLogViews } from './editor/logViews.js';
import { createStateStore, createSecretStore } from './editor/stateStore.js';
import { createExtensionLog } from './editor/extensionLog.js';
import { ReadonlyDocuments } from './editor/readonlyDocuments.js';
import { promptUser } from './editor/prompts.js';
import { listCommandIds, registerCommands } from './editor/registerCommands.js';
import { registerNotifications } from './editor/notifications.js';
import {
  getFlag,
  getMinLogLevel,
  getNotifySetting,
  getSetting,
  getTextSetting,
  getTimestampMode,
} from './editor/settings.js';
import { createEditorUi } from './editor/ui.js';
import { createFileJobStore } from './store/jobStore.js';
import { systemClock as clock } from './lib/node/systemClock.js';

/**
 * Called by VS Code on first use of a view or command. Creates and connects all parts and owns their
 * lifetime. Large modules are loaded on demand. Backends are still being created when this returns; commands
 * and accounts wait for them.
 */
export function activate(context: vscode.ExtensionContext): void {
  const life = new Lifetime();
  context.subscriptions.push(life);
  const { log, show: showOwnLog } = life.own(createExtensionLog());
  const store = createFileJobStore(context.globalStorageUri.fsPath, log);
  const list = life.own(new JobList({ store, clock, log }));
  const askRetention: RetentionPrompter = async (request) =>
    (await import('./commands/retentionPrompter.js')).createRetentionPrompter(ports.ui)(request);
  const providers = loadOnce(async () => {
    const { createProviders } = await import('./backends/index.js');
    return createProviders({ ...createProviderDeps(context, log), askRetention });
  });
  const configured = life.own(createBackendRegistry(providers, list, log));

  const { whenReady: settled } = configured;
  const jobs = createKnownJobs(list);
  const details = life.own(createJobDetails(context, log));
  const progress = new ProgressTracker(clock);
  const logTails = new LogTailReader({ details, progress, findFailure, log });
  const memory = createStateStore(context.globalState);
  const source = { connections: () => jobs.listStates(), whenReady: settled, details, logTails, progress };
  const { tree, search } = createSearchableTree(source, list, log);
  life.own(tree).grouping = readGrouping(memory);
  const ports: CommandDeps = {
    ui: createEditorUi(life.own(new ReadonlyDocuments()), showOwnLog),
    desk: editorContext,
    backends: configured.backends,
    bundler: createLazyBundler(context),
    language: createJuliaSupport(editorFiles, otherExtensions),
    jobs,
    logs: life.own(createLogViews(createFollowOptions(details, log), configured, jobs, progress)),
    tree: life.own(new JobsView(tree, list, details, clock)),
    disk: createLazyDisk(join(context.globalStorageUri.fsPath, 'opened')),
    store,
    details,
    memory,
    clock,
    choices: { openLogAfterSubmit: () => getFlag('openLogAfterSubmit', true), notify: getNotifySetting },
    logTails,
    log,
  };
  const parts = {
    tree,
    search,
    loadMore: (id: string) => list.loadMore(id),
    connections: configured.connections,
    showOwnLog,
  };
  const commands = loadOnce(async () => {
    const [{ createCommandTable }] = await Promise.all([import('./editor/commandTable.js'), settled()]);
    return createCommandTable(ports, parts);
  });
  life.own(registerCommands(listCommandIds(context), commands, ports.ui, log));
  life.own(registerNotifications(list, ports));
  life.own(registerAccounts({ list, ports, whenReady: settled }, readAuthenticationEntries(context)));
}

const createFollowOptions = (details: JobDetails, log: Log): Parameters<typeof createLogViews>[0] => ({
  clock,
  log,
  times: getTimestampMode,
  level: getMinLogLevel,
  getRepeated: async ({ backend, job }: JobTarget) =>
    (await details.read(backend.connection, job))?.repeated ?? [],
});

const findFailure: LogTailDeps['findFailure'] = async (lines) =>
  (await import('./languages/failures.js')).findFailure(lines);

const unpackTar: typeof Unpack.unpackTar = async (...args) => {
  const { unpackTar: unpack } = await import('./bundle/unpack.js');
  await unpack(...args);
};

/** The local disk. `scratchRoot`: a folder of the extension for preview copies. */
const createLazyDisk = (scratchRoot: string): LocalDisk =>
  loadLazily<LocalDisk>(
    async () => {
      const { createFileDisk } = await import('./store/fileDisk.js');
      return createFileDisk(unpackTar, scratchRoot);
    },
    {
      save: true,
      exists: true,
      readText: true,
      isTar: true,
      unpack: true,
      resolveInside: true,
      getPreviewFolder: true,
      appendIgnoreRule: true,
    },
  );

const createLazyBundler = (context: vscode.ExtensionContext): FolderBundler =>
  loadLazily<FolderBundler>(
    async () => {
      const { createFolderBundler } = await import('./bundle/bundler.js');
      return createFolderBundler({
        program: getProgramPath(context, 'bundleWorker'),
        env: process.env,
        julia: async () => {
          const { findJulia } = await import('./backends/local/julia.js');
          return findJulia({
            named: getConfiguredJulia(otherExtensions),
            setting: getSetting,
            env: process.env,
          });
        },
        // Read at each use, like all settings.
        get tempFolder() {
          return getTextSetting('bundle.temporaryFolder') || tmpdir();
        },
      });
    },
    { plan: true, pack: true, discard: true },
  );

const createJobDetails = (context: vscode.ExtensionContext, log: Log): JobDetails =>
  new JobDetails({
    openStore: async ({ kind, id }) => {
      const { createJobMetadataStore } = await import('./store/jobMetadata/store.js');
      return createJobMetadataStore(getBackendFolder(context, kind, id), log);
    },
    log,
  });

/** The folder of a connection's own files. */
const getBackendFolder = (context: vscode.ExtensionContext, kind: string, connection: string): string =>
  join(context.globalStorageUri.fsPath, kind, connection);

/** Path of a program that ships with the extension: see `programs/`. */
const getProgramPath = (
  { extensionPath }: vscode.ExtensionContext,
  name: 'jobRunner' | 'askpass' | 'bundleWorker',
): string => join(extensionPath, 'dist', `${name}.js`);

const createProviderDeps = (
  context: vscode.ExtensionContext,
  log: Log,
): Omit<ProviderDeps, 'askRetention'> => ({
  getFolder: (kind, connection) => getBackendFolder(context, kind, connection),
  runner: {
    program: process.execPath,
    args: [getProgramPath(context, 'jobRunner'), '--batch-jobs-runner'],
    env: { ELECTRON_RUN_AS_NODE: '1' },
  },
  helper: {
    program: process.execPath,
    args: [getProgramPath(context, 'askpass'), '--batch-jobs-askpass'],
    env: { ELECTRON_RUN_AS_NODE: '1' },
  },
  ask: promptUser,
  unpack: unpackTar,
  env: process.env,
  home: homedir(),
  secrets: createSecretStore(context.secrets),
  clock,
  extensions: otherExtensions,
  setting: getSetting,
  log,
});
