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

/** What happens when a row is clicked. */
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

/** One row of the tree as plain data; `editor` copies it into what VS Code wants. */
export interface Row {
  /** The same for the same thing over all refreshes, so that selection and expansion survive. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** A codicon's name and, where it has one, a theme colour's. */
  readonly icon?: string;
  readonly colour?: string;
  /** Markdown, made when it is asked for. */
  readonly tooltip?: string;
  /** What menus match on: the row's kind, then a word for each thing that can be done. */
  readonly context: string;
  /** What a screen reader says. */
  readonly spoken: string;
  readonly expands: 'no' | 'closed' | 'open';
  readonly opens?: Opens;
}

/** How the connection stands, for its row. */
export interface Standing {
  /** When the list was last had; undefined: not yet in this session. */
  readonly refreshed?: Date;
  /** Why the last attempt failed, as a phrase; undefined: it did not. */
  readonly trouble?: string;
  /** True: nobody is signed in, or not any more. */
  readonly signedOut?: true;
  /** Counts over all jobs of the connection; undefined: those that are listed are all. */
  readonly counts?: TaskCounts;
}

/**
 * A job's row. `stale`: the job is only as last known, its connection cannot be reached. `array`: the one whose row is
 * above it.
 */
export function jobRow(backend: Backend, job: Job, stale: boolean, now: Date, array?: Job): Row {
  const { icon, colour } = lookFor(job.state);
  const status = statusText(job, now);
  const tint = stale ? 'disabledForeground' : colour;
  const name = printable(job.name);
  // The tasks of an array mostly bear its name; what tells them apart is the id.
  const label = array?.name === job.name ? printable(job.id) : name;
  return {
    id: jobRowId(backend.connection.id, job.id),
    label,
    description: stale ? lastKnown(status) : status,
    // A spinning icon claims that somebody looks.
    icon: stale && icon === 'sync~spin' ? 'sync' : icon,
    ...(tint ? { colour: tint } : {}),
    // Takes ten times as long as all the rest of the row, and is looked at of one row in a thousand.
    get tooltip() {
      return tooltipOf(backend, job, stale, now);
    },
    context: `job ${job.state.kind} ${actionsOf(backend, job).join(' ')}`,
    spoken: `${label === name ? name : `${name} ${label}`}, ${status}, on ${backend.connection.title}`,
    expands: 'closed',
    // A click on an array opens its row: which log is meant has still to be asked.
    ...(job.tasks ? {} : { opens: 'log' as const }),
  };
}

/** What stands behind a job's name: all of its row that changes with time alone. */
export function jobText(job: Job, stale: boolean, now: Date): string {
  const status = statusText(job, now);
  return stale ? lastKnown(status) : status;
}

const lastKnown = (status: string): string => `${status} · last known state`;

/** A connection's row: how many jobs are active and when it was last refreshed, or what is wrong. */
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
    // The row has no room for a long reason.
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
  // While a job is active the list is looked at all the time; then the time says nothing and would only flicker.
  // To the minute: all rows below are drawn anew with this one, and the view's progress bar flashes.
  if (standing.refreshed && parts.length === 0)
    parts.push(`refreshed ${standing.refreshed.toLocaleTimeString(undefined, { timeStyle: 'short' })}`);
  return parts.join(' · ');
}

/** How many jobs run and wait: an array is one. */
function activeCounts(jobs: readonly Job[]): Pick<TaskCounts, 'running' | 'queued'> {
  const counts = { running: 0, queued: 0 };
  for (const { state } of jobs)
    if (state.kind === 'queued') counts.queued++;
    else if (state.kind !== 'ended') counts.running++;
  return counts;
}

/**
 * The rows below a job: its log, its results, what was submitted, its files. Of an array only what was submitted: all
 * else is below its tasks.
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

/** The last row of a connection that has jobs that are not listed. `active`: how many of them have not ended. */
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

/** The row after the jobs of a connection of which some entries could not be read. */
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

/** How many tasks of an array are shown at first, and how many more with each click. */
export const pageOfTasks = 100;

/** The row after the tasks of an array that are shown. `hidden`: how many are not. */
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

/** The first row while a filter is on. `hidden`: how many known jobs it leaves out. */
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

/** Stands in the place of a row whose job has gone until all are drawn again. */
export const goneRow = (id: string): Row => ({
  id,
  label: 'No longer available',
  context: 'gone',
  spoken: 'No longer available',
  expands: 'no',
});

/** Which jobs are active, for the badge and the status bar: an array is one, however many tasks it has. */
export const activeJobs = ({ top }: JobIndex): readonly Job[] => top.filter(isActive);
