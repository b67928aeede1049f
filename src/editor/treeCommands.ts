import * as vscode from 'vscode';
import { askFilter } from '../commands/filterJobs.js';
import { askGrouping, askHideAfterDays } from '../commands/groupJobs.js';
import type { CommandDeps } from '../commands/commandDeps.js';
import type { JobSearch } from '../core/jobs/jobSearch.js';
import { emptyFilter, isFilterActive } from '../core/presentation/jobFilter.js';
import type { JobsTree } from './jobsTree.js';
import type { CommandHandler } from './registerCommands.js';
import { getHideAfterDays, updateSetting } from './settings.js';

interface TreeCommandDeps {
  readonly tree: JobsTree;
  readonly search: Pick<JobSearch, 'start' | 'stop'>;
}

/** The commands that change which rows the view shows, by id without prefix. */
export const listTreeCommands = (
  parts: TreeCommandDeps,
  ports: Pick<CommandDeps, 'ui' | 'memory'>,
): readonly (readonly [string, CommandHandler])[] => [
  ['filter', () => filterTree(parts, ports)],
  ['clearFilter', () => setFilter(parts, emptyFilter)],
  ['groupBy', () => groupTree(parts.tree, ports)],
  ['hideOlder', () => hideOlderJobs(ports)],
];

async function filterTree(parts: TreeCommandDeps, { ui }: Pick<CommandDeps, 'ui'>): Promise<void> {
  const asked = await askFilter(parts.tree.filter, ui);
  if (asked) await setFilter(parts, asked);
}

/** Filters the rows, and searches older jobs for matches. */
export async function setFilter(
  { tree, search }: TreeCommandDeps,
  wanted: JobsTree['filter'],
): Promise<void> {
  tree.filter = wanted;
  if (isFilterActive(wanted)) search.start();
  else search.stop();
  await vscode.commands.executeCommand('setContext', 'batchJobs.filtered', isFilterActive(wanted));
}

async function groupTree(tree: JobsTree, ports: Pick<CommandDeps, 'ui' | 'memory'>): Promise<void> {
  const asked = await askGrouping(tree.grouping, ports);
  if (asked) tree.grouping = asked;
}

async function hideOlderJobs({ ui }: Pick<CommandDeps, 'ui'>): Promise<void> {
  const days = await askHideAfterDays(getHideAfterDays(), ui);
  if (days !== undefined) await updateSetting('hideJobsAfterDays', days === 0 ? undefined : days);
}
