import { getJobStatus, type Job, type JobId, type JobStatus } from '../domain/job.js';
import type { JobIndex } from '../jobs/jobIndex.js';
import { sanitize } from '../../lib/sanitize.js';
import { formatState } from './statusText.js';

/** Selects the jobs to show. */
export interface JobFilter {
  /** Matches the label, name, id, command or state, ignoring case; empty: all. */
  readonly text: string;
  /** The states to show; empty: all. */
  readonly states: readonly JobStatus[];
  /** The user's own name of a job. */
  readonly getLabel?: (job: Job) => string | undefined;
}

/** Shows all jobs. */
export const emptyFilter: JobFilter = { text: '', states: [] };

/** True if a filter is active. */
export const isFilterActive = (filter: JobFilter): boolean => filter.text !== '' || filter.states.length > 0;

/** True if a job matches. */
export function matchesFilter(filter: JobFilter, job: Job): boolean {
  if (filter.states.length > 0 && !filter.states.includes(getJobStatus(job.state))) return false;
  const wanted = filter.text.toLowerCase();
  return (
    wanted === '' ||
    [job.name, job.id, job.command ?? '', job.state.word, formatState(job.state)].some((text) =>
      text.toLowerCase().includes(wanted),
    ) ||
    (filter.getLabel?.(job)?.toLowerCase().includes(wanted) ?? false)
  );
}

/** The loaded children of jobs. */
export interface ChildLists {
  readonly getList: (id: JobId) => { readonly jobs: readonly Job[] } | undefined;
}

const emptyChildLists: ChildLists = { getList: () => undefined };

/** True if a job or any loaded job below it matches. */
const matchesWithin = (filter: JobFilter, job: Job, children: ChildLists): boolean =>
  matchesFilter(filter, job) ||
  (children.getList(job.id)?.jobs.some((child) => matchesWithin(filter, child, children)) ?? false);

/** The jobs to show below their connection: the matching ones, and those above a matching job. */
export const filterJobs = (
  filter: JobFilter,
  { top, parts }: JobIndex,
  children: ChildLists = emptyChildLists,
): readonly Job[] =>
  isFilterActive(filter)
    ? top.filter(
        (job) =>
          matchesWithin(filter, job, children) ||
          parts.get(job.id)?.some((task) => matchesWithin(filter, task, children)),
      )
    : top;

/** The loaded children to show below their parent: the matching ones, or all if only the parent matches. */
export function filterChildren(filter: JobFilter, parent: Job, children: ChildLists): readonly Job[] {
  const loaded = children.getList(parent.id)?.jobs ?? [];
  if (!isFilterActive(filter)) return loaded;
  const passing = loaded.filter((child) => matchesWithin(filter, child, children));
  return passing.length === 0 ? loaded : passing;
}

/** The number of hidden loaded children below a shown job, at any depth. */
function countHiddenBelow(filter: JobFilter, parent: Job, children: ChildLists): number {
  const shown = filterChildren(filter, parent, children);
  const hidden = (children.getList(parent.id)?.jobs.length ?? 0) - shown.length;
  return shown.reduce((sum, child) => sum + countHiddenBelow(filter, child, children), hidden);
}

/** The tasks to show below their array: the matching ones, or all if only the array matches. */
export function filterTasks(filter: JobFilter, array: Job, { getTasks: tasksOf }: JobIndex): readonly Job[] {
  const tasks = tasksOf(array.id);
  const passing = isFilterActive(filter) ? tasks.filter((task) => matchesFilter(filter, task)) : tasks;
  return passing.length === 0 ? tasks : passing;
}

/** The number of hidden jobs. A hidden array counts as one job; of a shown array, its hidden tasks count. */
export function countHidden(
  filter: JobFilter,
  index: JobIndex,
  children: ChildLists = emptyChildLists,
): number {
  if (!isFilterActive(filter)) return 0;
  const shown = filterJobs(filter, index, children);
  const tasks = shown.map(
    (job) =>
      (index.parts.get(job.id)?.length ?? 0) -
      filterTasks(filter, job, index).length +
      countHiddenBelow(filter, job, children),
  );
  return tasks.reduce((sum, count) => sum + count, index.top.length - shown.length);
}

/** A filter as text: `running, failed · "fit"`. */
export function formatFilter(filter: JobFilter): string {
  const states = filter.states.map((look) => getStatusLabel(look).toLowerCase()).join(', ');
  return [states, filter.text === '' ? '' : `"${sanitize(filter.text)}"`]
    .filter((part) => part !== '')
    .join(' · ');
}

/** The name of a state that the filter offers. */
export function getStatusLabel(look: JobStatus): string {
  switch (look) {
    case 'queued':
    case 'running':
      return formatState({ kind: look, word: look });
    case 'unknown':
      return 'Other';
    default:
      return formatState({ kind: 'ended', word: look, outcome: look });
  }
}
