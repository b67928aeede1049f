import * as vscode from 'vscode';
import { cancelJobs } from '../commands/cancelJob.js';
import { addConnection, removeConnection, type Connections } from '../commands/connections.js';
import { downloadAll, downloadFile, openJobFile } from '../commands/downloadFiles.js';
import { extendJob } from '../commands/extendJob.js';
import { askFirst, type RowCommand } from '../commands/foreignCall.js';
import { runJobAction, runMoreActions } from '../commands/jobActions.js';
import { askLeastLevel } from '../commands/filterLog.js';
import { openPage, openPort, sendRequest } from '../commands/jobPort.js';
import { signIn, signOut } from '../commands/signIn.js';
import { submitApplication } from '../commands/submitApplication.js';
import { askFilter } from '../commands/filterJobs.js';
import { openLog, saveLog, showLog, showLogInTerminal } from '../commands/logs.js';
import type { Ports } from '../commands/ports.js';
import { previewBundle } from '../commands/previewBundle.js';
import { removeJobs } from '../commands/removeJob.js';
import { resubmitJob } from '../commands/resubmitJob.js';
import { copyId, openSubmittedScript, revealFolder, showRecord, showResults } from '../commands/showJob.js';
import { submitBundle } from '../commands/submitBundle.js';
import { submitScript, submitScriptWithOptions } from '../commands/submitScript.js';
import { isOn, noFilter } from '../core/presentation/filter.js';
import { readRowId } from '../core/presentation/rowIds.js';
import { fileAt, type Opens } from '../core/presentation/rows.js';
import type { JobsTree } from './jobsTree.js';
import { isForeignFile, isForeignRow, isLostRow } from './origin.js';
import { rowsOf, type Command } from './register.js';
import { levelSetting, setSetting, showSettings } from './settings.js';

/** Dependencies of the view's commands. */
export interface ViewParts {
  readonly tree: JobsTree;
  readonly more: (connection: string) => Promise<void>;
  readonly connections: Connections;
  readonly showOwnLog: () => void;
}

/** All commands by id; the ids here omit the prefix `batchJobs.`. */
export function commandTable(ports: Ports, parts: ViewParts): ReadonlyMap<string, Command> {
  const { tree, connections } = parts;
  const onRows =
    (run: RowCommand<Ports>): Command =>
    (...args) =>
      isLostRow(args) ? reportLostRow(ports) : run(rowsOf(args), ports);
  /** For what asks nothing itself before it does something. */
  const askedOnRows =
    (title: string, run: RowCommand<Ports>): Command =>
    (...args) =>
      onRows(isForeignRow(args, tree.isNode) ? askFirst(title, run) : run)(...args);
  const download: Command = (...args) => downloadFile(rowsOf(args), fileAt, ports);
  const commands: readonly (readonly [string, Command])[] = [
    ['submitScript', (...args) => submitScript(args[0], ports, isForeignFile(args))],
    ['submitScriptWithOptions', (resource) => submitScriptWithOptions(resource, ports)],
    ['submitApplication', (...args) => submitApplication(rowsOf(args), ports)],
    ['signIn', (...args) => signIn(rowsOf(args), ports)],
    ['signOut', (...args) => signOut(rowsOf(args), ports)],
    ['submitWorkspace', (resource) => submitBundle(resource, ports)],
    ['previewBundle', (resource) => previewBundle(resource, ports)],
    ['refresh', (...args) => ports.jobs.refresh(rowsOf(args)[0])],
    ['filter', () => filter(tree, ports)],
    ['clearFilter', () => setFilter(tree, noFilter)],
    ['loadMore', (...args) => parts.more(connectionOf(rowsOf(args)))],
    ['showLog', onRows(showLog)],
    ['openLog', onRows(openLog)],
    ['showLogInTerminal', onRows(showLogInTerminal)],
    ['saveLog', onRows(saveLog)],
    ['filterLog', () => filterLog(ports)],
    ['openPort', askedOnRows('Open Port in Browser', openPort)],
    ['openPage', askedOnRows('Open Job Page', openPage)],
    ['sendRequest', onRows(sendRequest)],
    ['cancel', onRows(cancelJobs)],
    ['hold', askedOnRows('Hold Job', jobAction('hold', 'Hold Job'))],
    ['release', askedOnRows('Release Job', jobAction('release', 'Release Job'))],
    ['requeue', onRows(jobAction('requeue', 'Requeue Job'))],
    ['moreActions', onRows(runMoreActions)],
    ['extend', onRows(extendJob)],
    ['resubmit', askedOnRows('Resubmit Job', resubmitJob)],
    ['openScript', onRows(openSubmittedScript)],
    ['showResults', onRows(showResults)],
    ['showRecord', onRows(showRecord)],
    ['copyId', onRows(copyId)],
    ['revealFolder', onRows(revealFolder)],
    ['downloadFile', download],
    ['downloadAll', onRows(downloadAll)],
    ['delete', onRows(removeJobs)],
    ['addConnection', () => addAndSignIn(ports, connections)],
    ['removeConnection', (...args) => removeConnection(rowsOf(args)[0], ports.ui, connections)],
    ['openSettings', () => showSettings('@ext:batch-jobs.batch-jobs')],
    [
      'showOwnLog',
      () => {
        parts.showOwnLog();
      },
    ],
    // Runs on a click on a row. Not in package.json, since it is not in the Command Palette.
    ['open', (node, opens) => (tree.isNode(node) ? open(rowsOf([node]), opens, ports, parts) : undefined)],
  ];
  return new Map(commands.map(([id, run]) => [`batchJobs.${id}`, run]));
}

async function reportLostRow({ ui }: Ports): Promise<void> {
  await ui.tell('info', 'The list of jobs was just updated. Try again.', []);
}

const jobAction =
  (id: string, title: string): RowCommand<Ports> =>
  (rows, ports) =>
    runJobAction(id, title, rows, ports);

/** Adds a connection, and signs in to it if necessary. */
async function addAndSignIn(ports: Ports, connections: Connections): Promise<void> {
  const id = await addConnection(ports.ui, connections);
  const backend = ports.backends().find(({ connection }) => connection.id === id);
  if (id === undefined || !backend?.account) return;
  const identity = await backend.account.who(AbortSignal.timeout(20_000)).catch(() => undefined);
  if (!identity) await signIn([id], ports);
}

async function filterLog({ ui }: Ports): Promise<void> {
  const level = await askLeastLevel(levelSetting(), ui);
  if (level !== undefined) await setSetting('log.level', level === 'all' ? undefined : level);
}

async function filter(tree: JobsTree, { ui }: Ports): Promise<void> {
  const asked = await askFilter(tree.filter, ui);
  if (asked) await setFilter(tree, asked);
}

async function setFilter(tree: JobsTree, wanted: JobsTree['filter']): Promise<void> {
  tree.filter = wanted;
  await vscode.commands.executeCommand('setContext', 'batchJobs.filtered', isOn(wanted));
}

const connectionOf = ([row = '']: readonly string[]): string => readRowId(row).connection;

/** Handles a click on a row. */
async function open(rows: readonly string[], opens: unknown, ports: Ports, parts: ViewParts): Promise<void> {
  // SAFETY: compared with the known words below; other values have no effect.
  switch (opens as Opens) {
    case 'log':
      return showLog(rows, ports);
    case 'results':
      return showResults(rows, ports);
    case 'script':
      return openSubmittedScript(rows, ports);
    case 'file':
      return openJobFile(rows, fileAt, ports);
    case 'more':
      return parts.more(connectionOf(rows));
    case 'moreTasks':
      parts.tree.showMoreTasks(rows[0] ?? '');
      return;
    case 'moreChildren':
      return parts.tree.loadChildren(rows[0] ?? '', 'more');
    case 'retryChildren':
      return parts.tree.loadChildren(rows[0] ?? '', 'retry');
    case 'clearFilter':
      return setFilter(parts.tree, noFilter);
  }
}
