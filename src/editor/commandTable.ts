import * as vscode from 'vscode';
import { cancelJobs } from '../commands/cancelJob.js';
import {
  addConnection,
  editConnection,
  removeConnection,
  type ConnectionStore,
} from '../commands/connections.js';
import { downloadAll, downloadFile, openJobFile } from '../commands/downloadFiles.js';
import { extendJob } from '../commands/extendJob.js';
import { confirmFirst, type RowCommand } from '../commands/foreignCall.js';
import { runJobAction, runMoreActions } from '../commands/jobActions.js';
import { pickMinLevel } from '../commands/pickMinLevel.js';
import { goToError } from '../commands/goToError.js';
import { openPage, openPort, sendRequest } from '../commands/jobPort.js';
import { signIn, signOut } from '../commands/signIn.js';
import { submitApplication } from '../commands/submitApplication.js';
import { askFilter } from '../commands/filterJobs.js';
import { openLog, saveLog, showLog, showLogInTerminal } from '../commands/showLog.js';
import type { CommandDeps } from '../commands/commandDeps.js';
import { previewBundle } from '../commands/previewBundle.js';
import { deleteJobs } from '../commands/deleteJob.js';
import { resubmitJob, resubmitJobWithChanges } from '../commands/resubmitJob.js';
import {
  copyJobId,
  openSubmittedScript,
  revealFolder,
  showRecord,
  showResults,
} from '../commands/showJob.js';
import { submitBundle } from '../commands/submitBundle.js';
import { submitScript, submitScriptWithDefaults, submitScriptWithOptions } from '../commands/submitScript.js';
import { isFilterActive, emptyFilter } from '../core/presentation/jobFilter.js';
import { parseRowId } from '../core/presentation/rowIds.js';
import { findFileByRowId, type RowAction } from '../core/presentation/treeRows.js';
import type { JobsTree } from './jobsTree.js';
import { isForeignFile, isForeignRow, isLostRow } from './foreignArguments.js';
import { parseRowArguments, type CommandHandler } from './registerCommands.js';
import { getMinLogLevel, updateSetting, showSettings } from './settings.js';

/** Dependencies of the view's commands. */
export interface CommandTableDeps {
  readonly tree: JobsTree;
  readonly loadMore: (connection: string) => Promise<void>;
  readonly connections: ConnectionStore;
  readonly showOwnLog: () => void;
}

/** Handlers by command id. */
export type CommandTable = ReadonlyMap<string, CommandHandler>;

/** All commands by id; the ids here omit the prefix `batchJobs.`. */
export function createCommandTable(ports: CommandDeps, parts: CommandTableDeps): CommandTable {
  const { tree, connections } = parts;
  const onRows =
    (run: RowCommand<CommandDeps>): CommandHandler =>
    (...args) =>
      isLostRow(args) ? reportLostRow(ports) : run(parseRowArguments(args), ports);
  /** For what asks nothing itself before it does something. */
  const askedOnRows =
    (title: string, run: RowCommand<CommandDeps>): CommandHandler =>
    (...args) =>
      onRows(isForeignRow(args, tree.isNode) ? confirmFirst(title, run) : run)(...args);
  const download: CommandHandler = (...args) => downloadFile(parseRowArguments(args), findFileByRowId, ports);
  const commands: readonly (readonly [string, CommandHandler])[] = [
    ['submitScript', (...args) => submitScript(args[0], ports, isForeignFile(args))],
    ['submitScriptWithDefaults', (...args) => submitScriptWithDefaults(args[0], ports, isForeignFile(args))],
    ['submitScriptWithOptions', (resource) => submitScriptWithOptions(resource, ports)],
    ['submitApplication', (...args) => submitApplication(parseRowArguments(args), ports)],
    ['signIn', (...args) => signIn(parseRowArguments(args), ports)],
    ['signOut', (...args) => signOut(parseRowArguments(args), ports)],
    ['submitWorkspace', (resource) => submitBundle(resource, ports)],
    ['previewBundle', (resource) => previewBundle(resource, ports)],
    ['refresh', (...args) => ports.jobs.refresh(parseRowArguments(args)[0])],
    ['filter', () => filterTree(tree, ports)],
    ['clearFilter', () => setFilter(tree, emptyFilter)],
    ['loadMore', (...args) => parts.loadMore(getConnectionId(parseRowArguments(args)))],
    ['showLog', onRows(showLog)],
    ['openLog', onRows(openLog)],
    ['showLogInTerminal', onRows(showLogInTerminal)],
    ['saveLog', onRows(saveLog)],
    ['goToError', onRows(goToError)],
    ['filterLog', () => filterLogs(ports)],
    ['openPort', askedOnRows('Open Port in Browser', openPort)],
    ['openPage', askedOnRows('Open Job Page', openPage)],
    ['sendRequest', onRows(sendRequest)],
    ['cancel', onRows(cancelJobs)],
    ['hold', askedOnRows('Hold Job', createJobActionCommand('hold', 'Hold Job'))],
    ['release', askedOnRows('Release Job', createJobActionCommand('release', 'Release Job'))],
    ['requeue', onRows(createJobActionCommand('requeue', 'Requeue Job'))],
    ['moreActions', onRows(runMoreActions)],
    ['extend', onRows(extendJob)],
    ['resubmit', askedOnRows('Resubmit Job', resubmitJob)],
    ['resubmitWithChanges', askedOnRows('Resubmit with Changes', resubmitJobWithChanges)],
    ['openScript', onRows(openSubmittedScript)],
    ['showResults', onRows(showResults)],
    ['showRecord', onRows(showRecord)],
    ['copyId', onRows(copyJobId)],
    ['revealFolder', onRows(revealFolder)],
    ['downloadFile', download],
    ['downloadAll', onRows(downloadAll)],
    ['delete', onRows(deleteJobs)],
    ['addConnection', () => addAndSignIn(ports, connections)],
    ['editConnection', (...args) => editAndTest(parseRowArguments(args)[0], ports, connections)],
    ['removeConnection', (...args) => removeConnection(parseRowArguments(args)[0], ports.ui, connections)],
    ['openSettings', () => showSettings('@ext:batch-jobs.batch-jobs')],
    ['showOwnLog', parts.showOwnLog],
    // Runs on a click on a row. Not in package.json, since it is not in the Command Palette.
    [
      'open',
      (node, opens) =>
        tree.isNode(node) ? openRow(parseRowArguments([node]), opens, ports, parts) : undefined,
    ],
  ];
  return new Map(commands.map(([id, run]) => [`batchJobs.${id}`, run]));
}

async function reportLostRow({ ui }: CommandDeps): Promise<void> {
  await ui.showMessage('info', 'The list of jobs was just updated. Try again.', []);
}

const createJobActionCommand =
  (id: string, title: string): RowCommand<CommandDeps> =>
  (rows, ports) =>
    runJobAction(id, title, rows, ports);

/** Shows the row of a connection that was added or changed, and tests it: its row shows the jobs or the error. */
async function testConnection(id: string, { tree, jobs }: CommandDeps): Promise<void> {
  await tree.selectConnection(id);
  await jobs.refresh(id);
}

async function editAndTest(
  row: string | undefined,
  ports: CommandDeps,
  connections: ConnectionStore,
): Promise<void> {
  const id = await editConnection(row, ports.ui, connections);
  if (id !== undefined) await testConnection(id, ports);
}

/** Adds a connection, signs in to it if necessary, and tests it. */
async function addAndSignIn(ports: CommandDeps, connections: ConnectionStore): Promise<void> {
  const id = await addConnection(ports.ui, connections);
  const backend = ports.backends().find(({ connection }) => connection.id === id);
  if (id === undefined) return;
  const identity = await backend?.account?.getIdentity(AbortSignal.timeout(20_000)).catch(() => undefined);
  if (backend?.account && !identity) await signIn([id], ports);
  await testConnection(id, ports);
}

async function filterLogs({ ui }: CommandDeps): Promise<void> {
  const level = await pickMinLevel(getMinLogLevel(), ui);
  if (level !== undefined) await updateSetting('log.level', level === 'all' ? undefined : level);
}

async function filterTree(tree: JobsTree, { ui }: CommandDeps): Promise<void> {
  const asked = await askFilter(tree.filter, ui);
  if (asked) await setFilter(tree, asked);
}

async function setFilter(tree: JobsTree, wanted: JobsTree['filter']): Promise<void> {
  tree.filter = wanted;
  await vscode.commands.executeCommand('setContext', 'batchJobs.filtered', isFilterActive(wanted));
}

const getConnectionId = ([row = '']: readonly string[]): string => parseRowId(row).connection;

/** Handles a click on a row. */
async function openRow(
  rows: readonly string[],
  opens: unknown,
  ports: CommandDeps,
  parts: CommandTableDeps,
): Promise<void> {
  // SAFETY: compared with the known words below; other values have no effect.
  switch (opens as RowAction) {
    case 'log':
      return showLog(rows, ports);
    case 'failure':
      return goToError(rows, ports);
    case 'results':
      return showResults(rows, ports);
    case 'script':
      return openSubmittedScript(rows, ports);
    case 'file':
      return openJobFile(rows, findFileByRowId, ports);
    case 'more':
      return parts.loadMore(getConnectionId(rows));
    case 'moreTasks':
      parts.tree.showMoreTasks(rows[0] ?? '');
      return;
    case 'moreChildren':
      return parts.tree.loadChildren(rows[0] ?? '', 'more');
    case 'retryChildren':
      return parts.tree.loadChildren(rows[0] ?? '', 'retry');
    case 'clearFilter':
      return setFilter(parts.tree, emptyFilter);
  }
}
