import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as vscode from 'vscode';
import type { Parts } from './backends/index.js';
import type { Julia } from './bundle/julia/runJulia.js';
import type * as Unpack from './bundle/unpack.js';
import type { Ports } from './commands/ports.js';
import type { Ended } from './core/jobs/connectionJobs.js';
import { JobList } from './core/jobs/jobList.js';
import { Lifetime } from './lib/lifetime.js';
import type { Bundler, Disk, Log } from './core/domain/ports.js';
import type { AskRetention } from './core/domain/retention.js';
import { stripCodes } from './lib/terminalCodes.js';
import { accounts } from './editor/authentication.js';
import { configuredBackends } from './editor/configured.js';
import { editorDesk } from './editor/desk.js';
import { JobsTree } from './editor/jobsTree.js';
import { JobsView, knownJobs } from './editor/jobsView.js';
import { logViews } from './editor/logViews.js';
import { juliaExtension } from './editor/julia.js';
import { editorMemory, editorSecrets } from './editor/memory.js';
import { ownLog } from './editor/ownLog.js';
import { Papers } from './editor/papers.js';
import { askUser } from './editor/prompts.js';
import { commandIds, registerCommands } from './editor/register.js';
import { reminders } from './editor/reminders.js';
import { flag, levelSetting, notifySetting, setting, text, timesSetting } from './editor/settings.js';
import { editorUi, say } from './editor/ui.js';
import { fileJobStore } from './store/jobStore.js';
import { toUserEnv } from './lib/userEnvironment.js';
import { systemClock as clock } from './lib/node/systemClock.js';

/**
 * Builds each part, joins them and owns their lifetime; decides nothing. What takes long to load, and is not needed by
 * everybody who opens the view, is loaded where it is used. The backends are still being made when it returns: who comes
 * in from the editor's side, a command or an account, waits for them.
 */
export function activate(context: vscode.ExtensionContext): void {
  const life = new Lifetime();
  context.subscriptions.push(life);
  const { log, show: showOwnLog } = life.own(ownLog());
  const store = fileJobStore(context.globalStorageUri.fsPath, log);
  const list = life.own(new JobList({ store, clock, log }));
  const askRetention: AskRetention = async (request) => (await askRetentionOf(ports))(request);
  const kinds = once(async () => {
    const { backendKinds } = await import('./backends/index.js');
    return backendKinds({ ...backendParts(context, log), askRetention });
  });
  const configured = life.own(configuredBackends(kinds, list, log));

  const { settled } = configured;
  const jobs = knownJobs(list);
  const following = { say, clock, log, times: timesSetting, level: levelSetting };
  const tree = life.own(new JobsTree({ connections: () => jobs.shown(), settled }, say, log));
  const ports: Ports = {
    ui: editorUi(life.own(new Papers()), showOwnLog),
    desk: editorDesk,
    backends: configured.backends,
    bundler: bundler(context),
    jobs,
    logs: life.own(logViews(following, configured, jobs)),
    tree: life.own(new JobsView(tree, list, clock)),
    disk: lazyDisk(join(context.globalStorageUri.fsPath, 'opened')),
    store,
    memory: editorMemory(context.globalState),
    clock,
    choices: { openLogAfterSubmit: () => flag('openLogAfterSubmit', true), notify: notifySetting },
    strip: stripCodes,
    log,
  };
  const parts = {
    tree,
    more: (id: string) => list.more(id),
    connections: configured.connections,
    showOwnLog,
  };
  const commands = once(async () => {
    const [{ commandTable }] = await Promise.all([import('./editor/commandTable.js'), settled()]);
    return commandTable(ports, parts);
  });
  life.own(registerCommands(commandIds(context), commands, ports.ui, log));
  life.own(
    list.changed(({ connection }) => {
      list.awaitActive(connection);
    }),
  );
  life.own(reminders(list, ports));
  life.own(accounts({ list, ports, settled }, 'juliahub', say('JuliaHub')));
  life.own(list.ended((ended) => void told(ended, ports)));
}

const askRetentionOf = async ({ ui }: Ports): Promise<AskRetention> =>
  (await import('./commands/askRetention.js')).askRetention(ui);

const unpackTar: typeof Unpack.unpackTar = async (...args) => {
  const { unpackTar: unpack } = await import('./bundle/unpack.js');
  await unpack(...args);
};

/**
 * This machine's disk, whose code is loaded with the first use: each member waits for the one it stands for.
 * `scratchRoot`: a folder of ours, for copies that are only looked at.
 */
function lazyDisk(scratchRoot: string): Disk {
  const disk = once(async () => {
    const { fileDisk } = await import('./store/disk.js');
    return fileDisk(unpackTar, scratchRoot);
  });
  return {
    save: async (...args) => (await disk()).save(...args),
    exists: async (...args) => (await disk()).exists(...args),
    textOf: async (...args) => (await disk()).textOf(...args),
    isTar: async (...args) => (await disk()).isTar(...args),
    unpack: async (...args) => (await disk()).unpack(...args),
    below: async (...args) => (await disk()).below(...args),
    scratch: async (...args) => (await disk()).scratch(...args),
    exclude: async (...args) => (await disk()).exclude(...args),
  };
}

/** The one file that ships, which the worker and the runners start from as well. */
const programOf = (context: vscode.ExtensionContext): string =>
  join(context.extensionPath, 'dist', 'extension.js');

const backendParts = (context: vscode.ExtensionContext, log: Log): Omit<Parts, 'askRetention'> => ({
  folderOf: (kind, connection) => join(context.globalStorageUri.fsPath, kind, connection),
  runner: {
    program: process.execPath,
    args: [programOf(context), '--batch-jobs-runner'],
    env: { ELECTRON_RUN_AS_NODE: '1' },
  },
  helper: {
    program: process.execPath,
    args: [programOf(context), '--batch-jobs-askpass'],
    env: { ELECTRON_RUN_AS_NODE: '1' },
  },
  ask: askUser,
  unpack: unpackTar,
  env: process.env,
  home: homedir(),
  secrets: editorSecrets(context.secrets),
  clock,
  julia: juliaExtension,
  setting,
  say,
  log,
});

function bundler(context: vscode.ExtensionContext): Bundler {
  const made = once(async () => {
    const { folderBundler } = await import('./bundle/bundler.js');
    return folderBundler({
      program: programOf(context),
      env: process.env,
      julia: juliaProgram,
      // Read at each use, like all settings.
      get tempFolder() {
        return text('bundle.temporaryFolder') || tmpdir();
      },
    });
  });
  return {
    plan: async (...args) => (await made()).plan(...args),
    pack: async (...args) => (await made()).pack(...args),
    discard: async (...args) => (await made()).discard(...args),
  };
}

/** The julia on hand. */
async function juliaProgram(): Promise<Julia> {
  const named = juliaExtension.executable();
  if (named !== '') return { program: named, args: [] };
  const [{ interpreterFor }, { pathIn }, { readInterpreters }] = await Promise.all([
    import('./backends/local/interpreter.js'),
    import('./lib/node/programs.js'),
    import('./backends/local/settings.js'),
  ]);
  const path = pathIn(toUserEnv(process.env));
  return interpreterFor('a.jl', '', readInterpreters(setting('local.interpreters')), path);
}

async function told({ connection, jobs, whileAway }: Ended, ports: Ports): Promise<void> {
  const backend = ports.backends().find((one) => one.connection.id === connection);
  if (!backend) return;
  const targets = jobs.map((job) => ({ backend, job }));
  const { tellEnded } = await import('./commands/tell.js');
  await tellEnded(targets, whileAway, ports).catch((error: unknown) => {
    ports.log.error('the end of jobs could not be told', error);
  });
}

/** Makes something the first time it is asked for. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
