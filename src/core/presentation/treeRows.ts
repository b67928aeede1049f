import { listActions } from '../domain/availableActions.js';
import type { Backend } from '../domain/backend.js';
import { formatCount } from './formatting.js';
import { hasErrorLine } from './failureRow.js';
import { createFileRows } from './fileRows.js';
import { getRunTimeMs, isActive, type Job, type JobFile } from '../domain/job.js';
import type { JobMetadata } from '../domain/jobMetadata.js';
import type { JobIndex } from '../jobs/jobIndex.js';
import type { LogProgress } from '../jobs/progressTracker.js';
import { toOneLine, sanitize } from '../../lib/sanitize.js';
import { toJobRowId, toPartRowId } from './rowIds.js';
import { getStatusStyle, formatState, formatStatus } from './statusText.js';
import { escapeMarkdown, createTooltip } from './tooltip.js';

export { findFileByRowId, toFileRowId } from './fileRows.js';

/** The effect of a click on a row. */
export type RowAction =
  | 'log'
  | 'failure'
  | 'results'
  | 'script'
  | 'file'
  | 'more'
  | 'moreTasks'
  | 'moreChildren'
  | 'retryChildren'
  | 'clearFilter';

/** One row of the tree as plain data; `editor` converts it for VS Code. */
export interface TreeRow {
  /** Stable across refreshes, so that selection and expansion are preserved. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** The name of a codicon, and of a theme color if it has one. */
  readonly icon?: string;
  readonly color?: string;
  /** The name of a file, whose icon in the user's file icon theme is shown. */
  readonly fileName?: string;
  /** Markdown, computed on demand. */
  readonly tooltip?: string;
  /** Menus match it: the row's kind, then a word for each available action. */
  readonly context: string;
  /** The accessible label. */
  readonly ariaLabel: string;
  readonly expands: 'no' | 'closed' | 'open';
  readonly action?: RowAction;
}

/** What a job's row shows in addition to the job. */
export interface JobRowContext {
  /** The job of the row above. */
  readonly parent?: Job | undefined;
  /** What is stored about the job. */
  readonly metadata?: JobMetadata | undefined;
  /** The progress that its log shows. */
  readonly progress?: LogProgress | undefined;
  /** The last lines of its log. */
  readonly lastLines?: readonly string[] | undefined;
}

/** A job's row. `stale`: its connection is unreachable, so this is the last known state. */
export function createJobRow(
  backend: Backend,
  job: Job,
  stale: boolean,
  now: Date,
  context: JobRowContext = {},
): TreeRow {
  const { icon, color: colour } = getStatusStyle(job.state);
  const status = formatStatus(job, now, context);
  const tint = stale ? 'disabledForeground' : colour;
  const name = sanitize(job.name);
  // Most tasks have the name of their array. The id distinguishes them.
  const label = context.parent?.name === job.name ? sanitize(job.id) : name;
  return {
    id: toJobRowId(backend.connection.id, job.id),
    label,
    description: formatJobDescription(job, stale, now, context),
    // A spinning icon would suggest that the state is current.
    icon: stale && icon === 'sync~spin' ? 'sync' : icon,
    ...(tint ? { color: tint } : {}),
    // Takes ten times as long as the rest of the row, and is needed for one row in a thousand.
    get tooltip() {
      return createTooltip(backend, job, stale, now, context.metadata, context.lastLines);
    },
    context: [
      `job ${job.state.kind}`,
      ...listActions(backend, job),
      ...(hasErrorLine(job, context.metadata) ? ['errorLine'] : []),
    ].join(' '),
    // The reason of a failure and progress replace the state.
    ariaLabel: `${label === name ? name : `${name} ${label}`}, ${formatSpokenStatus(job, status)}, on ${backend.connection.title}`,
    expands: 'closed',
    // A click on an array expands its row: which task's log to show is still unknown.
    ...(job.tasks ? {} : { action: 'log' as const }),
  };
}

function formatSpokenStatus(job: Job, status: string): string {
  const state = formatState(job.state);
  return job.tasks || status.startsWith(state) ? status : `${state}, ${status}`;
}

/** The text after a job's name: the only part of its row that changes with time alone. */
export function formatJobDescription(
  job: Job,
  stale: boolean,
  now: Date,
  context: JobRowContext = {},
): string {
  const status = formatStatus(job, now, context);
  const shown = stale ? formatLastKnown(status) : status;
  const { repeated = [] } = context.metadata ?? {};
  return repeated.length === 0 ? shown : `${shown} · repeated: ${toOneLine(repeated.join(' · '))}`;
}

/** True while the run time in a job's row changes each second. */
export const changesEachSecond = (job: Job, now: Date): boolean =>
  job.state.kind === 'running' && (getRunTimeMs(job, now) ?? Infinity) < 60_000;

const formatLastKnown = (status: string): string => `${status} · last known state`;

/**
 * The rows below a job: log, results, submitted script, files. Below an array only the submitted script:
 * everything else is below its tasks.
 */
export function createPartRows(backend: Backend, job: Job, files: readonly JobFile[]): readonly TreeRow[] {
  const part = (
    id: string,
    label: string,
    icon: string,
    opens: RowAction,
    description?: string,
  ): TreeRow => ({
    id: toPartRowId(backend.connection.id, job.id, id),
    label,
    icon,
    action: opens,
    context: `part ${opens}`,
    ariaLabel: description ? `${label}, ${description}` : label,
    expands: 'no',
    ...(description ? { description } : {}),
  });
  const rows: TreeRow[] = job.tasks ? [] : [part('log', 'Log', 'output', 'log')];
  if (job.results !== undefined)
    rows.push(part('results', 'Results', 'symbol-variable', 'results', toOneLine(job.results)));
  if (backend.files?.script)
    rows.push(part('script', 'Submitted Script', 'file-code', 'script', toOneLine(job.script ?? '')));
  if (job.tasks) return rows;
  return [...rows, ...createFileRows(backend, job, files)];
}

/**
 * The last row of a connection with more jobs than are listed. `active`: the number of active ones among
 * them.
 */
export function createLoadMoreRow(connection: string, active = 0): TreeRow {
  const hasActive = active > 0;
  return {
    id: `${connection}/more`,
    label: hasActive ? `${formatCount(active)} more active · Load` : 'Load 20 More…',
    icon: hasActive ? 'warning' : 'ellipsis',
    ...(hasActive ? { color: 'list.warningForeground' } : {}),
    context: 'more',
    ariaLabel: hasActive
      ? `${formatCount(active)} more active jobs are not listed. Press Enter to load more.`
      : 'Load 20 more jobs',
    expands: 'no',
    action: 'more',
  };
}

/** The row after the jobs of a connection with entries that could not be parsed. */
export const createMalformedRow = (connection: string, malformed: readonly string[]): TreeRow => ({
  id: `${connection}/malformed`,
  label:
    malformed.length === 1
      ? '1 entry could not be read'
      : `${formatCount(malformed.length)} entries could not be read`,
  description: toOneLine(malformed[0] ?? ''),
  icon: 'warning',
  color: 'list.warningForeground',
  tooltip: malformed.slice(0, 10).map(escapeMarkdown).join('  \n'),
  context: 'malformed',
  ariaLabel: `${String(malformed.length)} entries could not be read: ${toOneLine(malformed[0] ?? '')}`,
  expands: 'no',
});

/** The number of tasks of an array to show initially, and to add with each click. */
export const taskPageSize = 100;

/** The row after the shown tasks of an array. `hidden`: the number of tasks that are not shown. */
export function createMoreTasksRow(connection: string, array: Job, hidden: number): TreeRow {
  const next = Math.min(taskPageSize, hidden);
  return {
    id: toPartRowId(connection, array.id, 'moreTasks'),
    label: `Show ${String(next)} More`,
    description: `${formatCount(hidden)} not shown`,
    icon: 'ellipsis',
    context: 'moreTasks',
    ariaLabel: `Show ${String(next)} more tasks of ${sanitize(array.name)}`,
    expands: 'no',
    action: 'moreTasks',
  };
}

/** The first row while a filter is active. `hidden`: the number of known jobs that it hides. */
export const createFilterRow = (text: string, hidden: number): TreeRow => ({
  id: 'filter',
  label: `Filter: ${text}`,
  description: hidden > 0 ? `${formatCount(hidden)} hidden` : 'nothing hidden',
  icon: 'filter-filled',
  context: 'filter',
  ariaLabel: `Filter ${text} is active, ${String(hidden)} jobs hidden. Press Enter to clear it.`,
  expands: 'no',
  action: 'clearFilter',
});

/** Replaces a row whose job has disappeared, until the tree is redrawn. */
export const createMissingRow = (id: string): TreeRow => ({
  id,
  label: 'No longer available',
  context: 'gone',
  ariaLabel: 'No longer available',
  expands: 'no',
});

/** The active jobs, for the badge and the status bar; an array counts as one. */
export const listActiveJobs = ({ top }: JobIndex): readonly Job[] => top.filter(isActive);
