import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import * as vscode from 'vscode';
import { backendKinds } from './backends/index.js';
import { folderBundler } from './bundle/bundler.js';
import { unpackTar } from './bundle/unpack.js';
import type { Ports } from './commands/ports.js';
import { tellEnded } from './commands/tell.js';
import { JobList } from './core/jobList.js';
import { Lifetime } from './core/lifetime.js';
import { commandTable } from './editor/commandTable.js';
import { configuredBackends } from './editor/configured.js';
import { editorDesk } from './editor/desk.js';
import { JobsTree } from './editor/jobsTree.js';
import { JobsView, knownJobs } from './editor/jobsView.js';
import { logViews } from './editor/logViews.js';
import { editorMemory } from './editor/memory.js';
import { ownLog } from './editor/ownLog.js';
import { Papers } from './editor/papers.js';
import { registerCommands } from './editor/register.js';
import { flag, notifySetting, setting, text, timesSetting } from './editor/settings.js';
import { editorUi, say } from './editor/ui.js';
import { disk } from './store/disk.js';
import { fileJobStore } from './store/jobStore.js';
import { systemClock as clock } from './store/systemClock.js';

/** Builds each part, joins them and owns their lifetime; decides nothing. */
export function activate(context: vscode.ExtensionContext): void {
  const life = new Lifetime();
  context.subscriptions.push(life);
  const { log, show: showOwnLog } = life.own(ownLog());
  const storage = context.globalStorageUri.fsPath;
  const program = join(context.extensionPath, 'dist', 'extension.js');

  const store = fileJobStore(storage, log);
  const list = life.own(new JobList({ store, clock, log }));
  const kinds = backendKinds({
    folderOf: (connection) => join(storage, 'local', connection),
    runner: {
      program: process.execPath,
      args: [program, '--batch-jobs-runner'],
      env: { ELECTRON_RUN_AS_NODE: '1' },
    },
    unpack: unpackTar,
    env: process.env,
    setting,
    say,
    log,
  });
  const configured = life.own(configuredBackends(kinds, list, log));

  const following = { say, clock, log, times: timesSetting };
  const jobs = knownJobs(list);
  const logs = life.own(logViews(following, configured.backends, jobs));
  const ui = editorUi(life.own(new Papers()), showOwnLog);
  const tree = life.own(new JobsTree({ connections: () => jobs.shown() }, say, log));
  const view = life.own(new JobsView(tree, list, clock));
  const ports: Ports = {
    ui,
    desk: editorDesk,
    backends: configured.backends,
    bundler: folderBundler({
      program,
      get tempFolder() {
        return text('bundle.temporaryFolder') || tmpdir();
      },
    }),
    jobs,
    logs,
    tree: view,
    disk,
    store,
    memory: editorMemory(context.globalState),
    clock,
    choices: { openLogAfterSubmit: () => flag('openLogAfterSubmit', true), notify: notifySetting },
    strip: stripVTControlCharacters,
    log,
  };
  life.own(
    registerCommands(
      commandTable(ports, {
        tree,
        more: (id) => list.more(id),
        connections: configured.connections,
        showOwnLog,
      }),
      ui,
      log,
    ),
  );
  life.own(
    list.changed(({ connection }) => {
      list.awaitActive(connection);
    }),
  );
  life.own(
    list.ended(({ connection, jobs: ended, whileAway }) => {
      const backend = configured.backends().find((one) => one.connection.id === connection);
      if (!backend) return;
      tellEnded(
        ended.map((job) => ({ backend, job })),
        whileAway,
        ports,
      ).catch((error: unknown) => {
        log.error('the end of jobs could not be told', error);
      });
    }),
  );
}
