import { listActions } from '../domain/availableActions.js';
import { canSubmit, type Backend } from '../domain/backend.js';
import { localConnectionId } from '../domain/connection.js';
import { formatAge, formatCount } from './formatting.js';
import { hasErrorLine } from './failureRow.js';
import { createFileRows } from './fileRows.js';
import { isActive, type Job, type JobFile, type TaskCounts } from '../domain/job.js';
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
  /** Markdown, computed on demand. */
  readonly tooltip?: string;
  /** Menus match it: the row's kind, then a word for each available action. */
  readonly context: string;
  /** The accessible label. */
  readonly ariaLabel: string;
  readonly expands: 'no' | 'closed' | 'open';
  readonly action?: RowAction;
}

/** The connection status for its row. */
export interface ConnectionStatus {
  /** When the list was last refreshed; undefined if not yet in this session. */
  readonly refreshedAt?: Date;
  /** Why the last poll failed, as a phrase; undefined if it succeeded. */
  readonly error?: string;
  /** True: the user is signed out, or the sign-in has expired. */
  readonly isSignedOut?: true;
  /** Counts of all jobs of the connection; undefined: the listed jobs are all jobs. */
  readonly counts?: TaskCounts;
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
  // The state of a finished job does not change.
  const shown = stale && isActive(job) ? formatLastKnown(status) : status;
  const { repeated = [] } = context.metadata ?? {};
  return repeated.length === 0 ? shown : `${shown} · repeated: ${toOneLine(repeated.join(' · '))}`;
}

const formatLastKnown = (status: string): string => `${status} · last known state`;

/** A connection's row: the number of active jobs, and the time of the last refresh or the error. */
export function createConnectionRow(
  backend: Backend,
  jobs: readonly Job[],
  standing: ConnectionStatus,
  now: Date,
): TreeRow {
  const { connection } = backend;
  const description = formatConnectionDescription(jobs, standing, now);
  const title = sanitize(connection.title);
  const words = [
    'connection',
    connection.kind,
    ...(connection.id === localConnectionId ? [] : ['removable']),
    ...(backend.account ? [standing.isSignedOut ? 'signedOut' : 'signedIn'] : []),
    ...(canSubmit(backend, 'application') ? ['applications'] : []),
    ...(standing.error ? ['trouble'] : []),
  ];
  return {
    id: connection.id,
    label: title,
    description,
    ...(standing.error ? { icon: 'warning', color: 'list.warningForeground' } : { icon: 'server' }),
    // The row is too narrow for a long reason.
    ...(standing.error
      ? { tooltip: `**${escapeMarkdown(title)}**\n\n${escapeMarkdown(standing.error)}` }
      : {}),
    context: words.join(' '),
    ariaLabel: description === '' ? title : `${title}, ${description}`,
    expands: 'open',
  };
}

function formatConnectionDescription(jobs: readonly Job[], standing: ConnectionStatus, now: Date): string {
  if (standing.isSignedOut) return 'not signed in';
  if (standing.error) {
    const seen = standing.refreshedAt
      ? `last seen ${formatAge(standing.refreshedAt, now)}`
      : jobs.length > 0
        ? 'last known state'
        : 'never reached';
    return `unreachable: ${toOneLine(standing.error)} · ${seen}`;
  }
  const { running, queued } = standing.counts ?? countActive(jobs);
  const parts: string[] = [];
  if (running > 0) parts.push(`${formatCount(running)} running`);
  if (queued > 0) parts.push(`${formatCount(queued)} queued`);
  // While a job is active the list is polled continuously; the time would only flicker. It has no seconds,
  // because changing it redraws all rows below it and makes the view's progress bar flash.
  if (standing.refreshedAt && parts.length === 0)
    parts.push(`refreshed ${standing.refreshedAt.toLocaleTimeString(undefined, { timeStyle: 'short' })}`);
  return parts.join(' · ');
}

/** The number of running and waiting jobs; an array counts as one. */
function countActive(jobs: readonly Job[]): Pick<TaskCounts, 'running' | 'queued'> {
  const counts = { running: 0, queued: 0 };
  for (const { state } of jobs)
    if (state.kind === 'queued') counts.queued++;
    else if (state.kind !== 'ended') counts.running++;
  return counts;
}

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
