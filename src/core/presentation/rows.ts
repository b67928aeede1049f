import { actionsOf } from '../domain/actions.js';
import { canSend, type Backend } from '../domain/backend.js';
import { alwaysThere } from '../domain/connection.js';
import { ageText, countText } from './duration.js';
import { fileRows } from './fileRows.js';
import { isActive, type Job, type JobFile, type TaskCounts } from '../domain/job.js';
import type { JobIndex } from '../jobs/jobIndex.js';
import { oneLine, printable } from '../../lib/printable.js';
import { jobRowId, partRowId } from './rowIds.js';
import { lookFor, statusText } from './state.js';
import { plainInMarkdown, tooltipOf } from './tooltip.js';

export { fileAt, fileRowId } from './fileRows.js';

/** The effect of a click on a row. */
export type Opens =
  | 'log'
  | 'results'
  | 'script'
  | 'file'
  | 'more'
  | 'moreTasks'
  | 'moreChildren'
  | 'retryChildren'
  | 'clearFilter';

/** One row of the tree as plain data; `editor` converts it for VS Code. */
export interface Row {
  /** Stable across refreshes, so that selection and expansion are preserved. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** The name of a codicon, and of a theme color if it has one. */
  readonly icon?: string;
  readonly colour?: string;
  /** Markdown, computed on demand. */
  readonly tooltip?: string;
  /** Menus match it: the row's kind, then a word for each available action. */
  readonly context: string;
  /** The accessible label. */
  readonly spoken: string;
  readonly expands: 'no' | 'closed' | 'open';
  readonly opens?: Opens;
}

/** The connection status for its row. */
export interface Standing {
  /** When the list was last refreshed; undefined if not yet in this session. */
  readonly refreshed?: Date;
  /** Why the last poll failed, as a phrase; undefined if it succeeded. */
  readonly trouble?: string;
  /** True: the user is signed out, or the sign-in has expired. */
  readonly signedOut?: true;
  /** Counts of all jobs of the connection; undefined: the listed jobs are all jobs. */
  readonly counts?: TaskCounts;
}

/**
 * A job's row. `stale`: its connection is unreachable, so this is the last known state. `array`: the parent
 * row's job.
 */
export function jobRow(backend: Backend, job: Job, stale: boolean, now: Date, array?: Job): Row {
  const { icon, colour } = lookFor(job.state);
  const status = statusText(job, now);
  const tint = stale ? 'disabledForeground' : colour;
  const name = printable(job.name);
  // Most tasks have the name of their array. The id distinguishes them.
  const label = array?.name === job.name ? printable(job.id) : name;
  return {
    id: jobRowId(backend.connection.id, job.id),
    label,
    description: stale ? lastKnown(status) : status,
    // A spinning icon would suggest that the state is current.
    icon: stale && icon === 'sync~spin' ? 'sync' : icon,
    ...(tint ? { colour: tint } : {}),
    // Takes ten times as long as the rest of the row, and is needed for one row in a thousand.
    get tooltip() {
      return tooltipOf(backend, job, stale, now);
    },
    context: `job ${job.state.kind} ${actionsOf(backend, job).join(' ')}`,
    spoken: `${label === name ? name : `${name} ${label}`}, ${status}, on ${backend.connection.title}`,
    expands: 'closed',
    // A click on an array expands its row: which task's log to show is still unknown.
    ...(job.tasks ? {} : { opens: 'log' as const }),
  };
}

/** The text after a job's name: the only part of its row that changes with time alone. */
export function jobText(job: Job, stale: boolean, now: Date): string {
  const status = statusText(job, now);
  return stale ? lastKnown(status) : status;
}

const lastKnown = (status: string): string => `${status} · last known state`;

/** A connection's row: the number of active jobs, and the time of the last refresh or the error. */
export function connectionRow(backend: Backend, jobs: readonly Job[], standing: Standing, now: Date): Row {
  const { connection } = backend;
  const description = connectionText(jobs, standing, now);
  const title = printable(connection.title);
  const words = [
    'connection',
    connection.kind,
    ...(connection.id === alwaysThere ? [] : ['removable']),
    ...(backend.account ? [standing.signedOut ? 'signedOut' : 'signedIn'] : []),
    ...(canSend(backend, 'application') ? ['applications'] : []),
    ...(standing.trouble ? ['trouble'] : []),
  ];
  return {
    id: connection.id,
    label: title,
    description,
    ...(standing.trouble ? { icon: 'warning', colour: 'list.warningForeground' } : { icon: 'server' }),
    // The row is too narrow for a long reason.
    ...(standing.trouble
      ? { tooltip: `**${plainInMarkdown(title)}**\n\n${plainInMarkdown(standing.trouble)}` }
      : {}),
    context: words.join(' '),
    spoken: description === '' ? title : `${title}, ${description}`,
    expands: 'open',
  };
}

function connectionText(jobs: readonly Job[], standing: Standing, now: Date): string {
  if (standing.signedOut) return 'not signed in';
  if (standing.trouble) {
    const seen = standing.refreshed ? `last seen ${ageText(standing.refreshed, now)}` : 'last known state';
    return `unreachable: ${oneLine(standing.trouble)} · ${seen}`;
  }
  const { running, queued } = standing.counts ?? activeCounts(jobs);
  const parts: string[] = [];
  if (running > 0) parts.push(`${countText(running)} running`);
  if (queued > 0) parts.push(`${countText(queued)} queued`);
  // While a job is active the list is polled continuously; the time would only flicker. It has no seconds,
  // because changing it redraws all rows below it and makes the view's progress bar flash.
  if (standing.refreshed && parts.length === 0)
    parts.push(`refreshed ${standing.refreshed.toLocaleTimeString(undefined, { timeStyle: 'short' })}`);
  return parts.join(' · ');
}

/** The number of running and waiting jobs; an array counts as one. */
function activeCounts(jobs: readonly Job[]): Pick<TaskCounts, 'running' | 'queued'> {
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
export function partRows(backend: Backend, job: Job, files: readonly JobFile[]): readonly Row[] {
  const part = (id: string, label: string, icon: string, opens: Opens, description?: string): Row => ({
    id: partRowId(backend.connection.id, job.id, id),
    label,
    icon,
    opens,
    context: `part ${opens}`,
    spoken: description ? `${label}, ${description}` : label,
    expands: 'no',
    ...(description ? { description } : {}),
  });
  const rows: Row[] = job.tasks ? [] : [part('log', 'Log', 'output', 'log')];
  if (job.results !== undefined)
    rows.push(part('results', 'Results', 'symbol-variable', 'results', oneLine(job.results)));
  if (backend.files?.script)
    rows.push(part('script', 'Submitted Script', 'file-code', 'script', oneLine(job.script ?? '')));
  if (job.tasks) return rows;
  return [...rows, ...fileRows(backend, job, files)];
}

/**
 * The last row of a connection with more jobs than are listed. `active`: the number of active ones among
 * them.
 */
export function moreRow(connection: string, active = 0): Row {
  const hasActive = active > 0;
  return {
    id: `${connection}/more`,
    label: hasActive ? `${countText(active)} more active · Load` : 'Load 20 More…',
    icon: hasActive ? 'warning' : 'ellipsis',
    ...(hasActive ? { colour: 'list.warningForeground' } : {}),
    context: 'more',
    spoken: hasActive
      ? `${countText(active)} more active jobs are not listed. Press Enter to load more.`
      : 'Load 20 more jobs',
    expands: 'no',
    opens: 'more',
  };
}

/** The row after the jobs of a connection with entries that could not be parsed. */
export const malformedRow = (connection: string, malformed: readonly string[]): Row => ({
  id: `${connection}/malformed`,
  label:
    malformed.length === 1
      ? '1 entry could not be read'
      : `${countText(malformed.length)} entries could not be read`,
  description: oneLine(malformed[0] ?? ''),
  icon: 'warning',
  colour: 'list.warningForeground',
  tooltip: malformed.slice(0, 10).map(plainInMarkdown).join('  \n'),
  context: 'malformed',
  spoken: `${String(malformed.length)} entries could not be read: ${oneLine(malformed[0] ?? '')}`,
  expands: 'no',
});

/** The number of tasks of an array to show initially, and to add with each click. */
export const pageOfTasks = 100;

/** The row after the shown tasks of an array. `hidden`: the number of tasks that are not shown. */
export function moreTasksRow(connection: string, array: Job, hidden: number): Row {
  const next = Math.min(pageOfTasks, hidden);
  return {
    id: partRowId(connection, array.id, 'moreTasks'),
    label: `Show ${String(next)} More`,
    description: `${countText(hidden)} not shown`,
    icon: 'ellipsis',
    context: 'moreTasks',
    spoken: `Show ${String(next)} more tasks of ${printable(array.name)}`,
    expands: 'no',
    opens: 'moreTasks',
  };
}

/** The first row while a filter is active. `hidden`: the number of known jobs that it hides. */
export const filterRow = (text: string, hidden: number): Row => ({
  id: 'filter',
  label: `Filter: ${text}`,
  description: hidden > 0 ? `${countText(hidden)} hidden` : 'nothing hidden',
  icon: 'filter-filled',
  context: 'filter',
  spoken: `Filter ${text} is active, ${String(hidden)} jobs hidden. Press Enter to clear it.`,
  expands: 'no',
  opens: 'clearFilter',
});

/** Replaces a row whose job has disappeared, until the tree is redrawn. */
export const goneRow = (id: string): Row => ({
  id,
  label: 'No longer available',
  context: 'gone',
  spoken: 'No longer available',
  expands: 'no',
});

/** The active jobs, for the badge and the status bar; an array counts as one. */
export const activeJobs = ({ top }: JobIndex): readonly Job[] => top.filter(isActive);
