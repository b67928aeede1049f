import * as vscode from 'vscode';
import { cancelJobs } from '../commands/cancelJob.js';
import { addConnection, removeConnection, type ConnectionStore } from '../commands/connections.js';
import { downloadAll, downloadFile } from '../commands/downloadFiles.js';
import { openJobFile, revealJobFile } from '../commands/openFiles.js';
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
  /** Ids of the selected rows. */
  readonly getSelectedRows: () => readonly string[];
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
  const onFocus = (run: RowCommand<CommandDeps>): CommandHandler =>
    createKeyCommand(run, onRows(run), ports, parts);
  /** For what asks nothing itself before it does something. */
  const askedOnRows =
    (title: string, run: RowCommand<CommandDeps>): CommandHandler =>
    (...args) =>
      onRows(isForeignRow(args, tree.isNode) ? confirmFirst(title, run) : run)(...args);
  const commands: readonly (readonly [string, CommandHandler])[] = [
    ...createSubmitCommands(ports),
    ['signIn', (...args) => signIn(parseRowArguments(args), ports)],
    ['signOut', (...args) => signOut(parseRowArguments(args), ports)],
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
    ['copyId', onFocus(copyJobId)],
    ['revealFolder', onRows(revealFolder)],
    ...createFileCommands(ports, tree.isNode),
    ['downloadAll', onRows(downloadAll)],
    ['delete', onFocus(deleteJobs)],
    ['addConnection', () => addAndSignIn(ports, connections)],
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

/** The commands that submit, or show what would be sent. */
const createSubmitCommands = (ports: CommandDeps): readonly (readonly [string, CommandHandler])[] => [
  ['submitScript', (...args) => submitScript(args[0], ports, isForeignFile(args))],
  ['submitScriptWithDefaults', (...args) => submitScriptWithDefaults(args[0], ports, isForeignFile(args))],
  ['submitScriptWithOptions', (resource) => submitScriptWithOptions(resource, ports)],
  ['submitApplication', (...args) => submitApplication(parseRowArguments(args), ports)],
  ['submitWorkspace', (resource) => submitBundle(resource, ports)],
  ['previewBundle', (resource) => previewBundle(resource, ports)],
];

/** The commands on a job's file; only the tree's menu runs the first ones. */
function createFileCommands(
  ports: CommandDeps,
  isNode: JobsTree['isNode'],
): readonly (readonly [string, CommandHandler])[] {
  const onNode =
    (run: (rows: readonly string[]) => Promise<void>): CommandHandler =>
    (node) =>
      isNode(node) ? run(parseRowArguments([node])) : undefined;
  return [
    ['openFileToSide', onNode((rows) => openJobFile(rows, findFileByRowId, ports, 'toSide'))],
    ['revealFile', onNode((rows) => revealJobFile(rows, findFileByRowId, ports))],
    ['downloadFile', (...args) => downloadFile(parseRowArguments(args), findFileByRowId, ports)],
  ];
}

/** A command that a key runs as well: then on the whole selection if the focused row is in it. */
const createKeyCommand =
  (
    run: RowCommand<CommandDeps>,
    otherwise: CommandHandler,
    ports: CommandDeps,
    parts: CommandTableDeps,
  ): CommandHandler =>
  (...args) => {
    const selected = findFocusedSelection(args, parts);
    return selected ? run(selected, ports) : otherwise(...args);
  };

/**
 * The selected rows for a command that a key runs, which passes the focused row only. As in the Explorer, a
 * focused row that is selected stands for the whole selection; undefined: it stands for itself.
 */
function findFocusedSelection(
  args: readonly unknown[],
  { tree, getSelectedRows }: CommandTableDeps,
): readonly string[] | undefined {
  const [row] = parseRowArguments(args);
  if (row === undefined || args.length !== 1 || !tree.isNode(args[0])) return undefined;
  const selected = getSelectedRows();
  return selected.includes(row) ? selected : undefined;
}

async function reportLostRow({ ui }: CommandDeps): Promise<void> {
  await ui.showMessage('info', 'The list of jobs was just updated. Try again.', []);
}

const createJobActionCommand =
  (id: string, title: string): RowCommand<CommandDeps> =>
  (rows, ports) =>
    runJobAction(id, title, rows, ports);

/** Adds a connection, and signs in to it if necessary. */
async function addAndSignIn(ports: CommandDeps, connections: ConnectionStore): Promise<void> {
  const id = await addConnection(ports.ui, connections);
  const backend = ports.backends().find(({ connection }) => connection.id === id);
  if (id === undefined || !backend?.account) return;
  const identity = await backend.account.getIdentity(AbortSignal.timeout(20_000)).catch(() => undefined);
  if (!identity) await signIn([id], ports);
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
