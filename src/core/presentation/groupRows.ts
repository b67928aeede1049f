import { sanitize, toOneLine } from '../../lib/sanitize.js';
import { formatCount } from './formatting.js';
import type { JobGroup, JobGrouping } from './jobGroups.js';
import { escapeMarkdown } from './tooltip.js';
import type { TreeRow } from './treeRows.js';

/** The id of a group's row. It names no job, so that no action on it applies to jobs. */
export const toGroupRowId = (connection: string, grouping: JobGrouping, { key }: JobGroup): string =>
  `${connection}//${grouping}/${key.replaceAll('%', '%25').replaceAll('/', '%2F')}`;

/** True for the id of a group's row. */
export const isGroupRowId = (rowId: string): boolean => /^[^/]+\/\//.test(rowId);

/** The row above the jobs of a group. */
export function createGroupRow(connection: string, grouping: JobGrouping, group: JobGroup): TreeRow {
  const label = sanitize(group.label);
  const count = group.jobs.length === 1 ? '1 job' : `${formatCount(group.jobs.length)} jobs`;
  const detail = group.detail === undefined ? [] : [toOneLine(group.detail)];
  return {
    id: toGroupRowId(connection, grouping, group),
    label,
    description: [formatCount(group.jobs.length), ...detail].join(' · '),
    tooltip: [`**${escapeMarkdown(label)}**`, ...detail.map(escapeMarkdown), count].join('  \n'),
    context: 'group',
    ariaLabel: ['Group ' + label, ...detail, count].join(', '),
    expands: 'open',
  };
}

/** The row of a connection with jobs that are hidden, or could be, because they are old. */
export function createOlderRow(connection: string, older: number, days: number, isShown: boolean): TreeRow {
  const jobs = older === 1 ? '1 older job' : `${formatCount(older)} older jobs`;
  const age = days === 1 ? 'ended more than a day ago' : `ended more than ${formatCount(days)} days ago`;
  return {
    id: `${connection}/older`,
    label: isShown ? `Hide ${jobs}` : `${jobs} hidden · Show`,
    description: age,
    icon: isShown ? 'eye-closed' : 'eye',
    context: 'older',
    ariaLabel: isShown
      ? `${jobs} shown, ${age}. Press Enter to hide.`
      : `${jobs} hidden, ${age}. Press Enter to show.`,
    expands: 'no',
    action: 'older',
  };
}

/** How far a filter's search in the jobs of a connection has come. */
export interface SearchProgress {
  readonly matching: number;
  readonly searched: number;
  /** The number of all jobs; undefined: unknown. */
  readonly total: number | undefined;
  readonly isRunning: boolean;
}

/** The row of a filtered connection of which not all jobs were searched. A click searches the others. */
export function createSearchRow(
  connection: string,
  { matching, searched, total, isRunning }: SearchProgress,
): TreeRow {
  const matches =
    matching === 0 ? 'no match' : matching === 1 ? '1 match' : `${formatCount(matching)} matches`;
  const searchedJobs = formatCount(searched) + (total === undefined ? '' : ` of ${formatCount(total)}`);
  const found = `${matches} among the newest ${searchedJobs}`;
  return {
    id: `${connection}/more`,
    label: isRunning ? `Searching… ${searchedJobs}` : `${found} · Search All`,
    ...(isRunning ? { description: matches } : {}),
    icon: isRunning ? 'sync~spin' : 'search',
    context: 'search',
    ariaLabel: isRunning
      ? `Searching, ${found}. Clear the filter to stop.`
      : `${found}. Press Enter to search all jobs.`,
    expands: 'no',
    ...(isRunning ? {} : { action: 'searchAll' as const }),
  };
}
