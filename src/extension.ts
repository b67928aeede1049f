import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type * as vscode from 'vscode';
import { interpreterFor } from './backends/local/interpreter.js';
import { readInterpreters } from './backends/local/settings.js';
import { backendKinds, type Parts } from './backends/index.js';
import { folderBundler } from './bundle/bundler.js';
import { unpackTar } from './bundle/unpack.js';
import type { Ports } from './commands/ports.js';
import { tellEnded } from './commands/tell.js';
import type { Ended } from './core/connectionJobs.js';
import { JobList } from './core/jobList.js';
import { Lifetime } from './core/lifetime.js';
import type { Bundler, Log } from './core/ports.js';
import { accounts } from './editor/authentication.js';
import { commandTable } from './editor/commandTable.js';
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
import { registerCommands } from './editor/register.js';
import { reminders } from './editor/reminders.js';
import { flag, levelSetting, notifySetting, setting, text, timesSetting } from './editor/settings.js';
import { editorUi, say } from './editor/ui.js';
import { fileDisk } from './store/disk.js';
import { fileJobStore } from './store/jobStore.js';
import { systemClock as clock } from './store/systemClock.js';

/** Builds each part, joins them and owns their lifetime; decides nothing. */
export function activate(context: vscode.ExtensionContext): void {
  const life = new Lifetime();
  context.subscriptions.push(life);
  const { log, show: showOwnLog } = life.own(ownLog());
  const store = fileJobStore(context.globalStorageUri.fsPath, log);
  const list = life.own(new JobList({ store, clock, log }));
  const configured = life.own(configuredBackends(backendKinds(backendParts(context, log)), list, log));

  const jobs = knownJobs(list);
  const following = { say, clock, log, times: timesSetting, level: levelSetting };
  const tree = life.own(new JobsTree({ connections: () => jobs.shown() }, say, log));
  const ports: Ports = {
    ui: editorUi(life.own(new Papers()), showOwnLog),
    desk: editorDesk,
    backends: configured.backends,
    bundler: bundler(context),
    jobs,
    logs: life.own(logViews(following, configured.backends, jobs)),
    tree: life.own(new JobsView(tree, list, clock)),
    disk: fileDisk(unpackTar),
    store,
    memory: editorMemory(context.globalState),
    clock,
    choices: { openLogAfterSubmit: () => flag('openLogAfterSubmit', true), notify: notifySetting },
    strip: stripVTControlCharacters,
    log,
  };
  const parts = {
    tree,
    more: (id: string) => list.more(id),
    connections: configured.connections,
    showOwnLog,
  };
  life.own(registerCommands(commandTable(ports, parts), ports.ui, log));
  life.own(
    list.changed(({ connection }) => {
      list.awaitActive(connection);
    }),
  );
  life.own(reminders(list, ports));
  life.own(accounts(list, ports, 'juliahub', say('JuliaHub')));
  life.own(list.ended((ended) => void told(ended, ports)));
}

/** The one file that ships, which the worker and the runners start from as well. */
const programOf = (context: vscode.ExtensionContext): string =>
  join(context.extensionPath, 'dist', 'extension.js');

const backendParts = (context: vscode.ExtensionContext, log: Log): Parts => ({
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

const bundler = (context: vscode.ExtensionContext): Bundler =>
  folderBundler({
    program: programOf(context),
    env: process.env,
    julia: async () => {
      const named = juliaExtension.executable();
      if (named !== '') return { program: named, args: [] };
      return interpreterFor('a.jl', '', readInterpreters(setting('local.interpreters')), process.env['PATH']);
    },
    // Read at each use, like all settings.
    get tempFolder() {
      return text('bundle.temporaryFolder') || tmpdir();
    },
  });

async function told({ connection, jobs, whileAway }: Ended, ports: Ports): Promise<void> {
  const backend = ports.backends().find((one) => one.connection.id === connection);
  if (!backend) return;
  const targets = jobs.map((job) => ({ backend, job }));
  await tellEnded(targets, whileAway, ports).catch((error: unknown) => {
    ports.log.error('the end of jobs could not be told', error);
  });
}
