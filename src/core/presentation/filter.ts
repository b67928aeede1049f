import { lookName, type Job, type JobId, type Look } from '../domain/job.js';
import type { JobIndex } from '../jobs/jobIndex.js';
import { printable } from '../../lib/printable.js';
import { stateText } from './state.js';

/** Selects the jobs to show. */
export interface Filter {
  /** Matches the name, id, command or state, ignoring case; empty: all. */
  readonly text: string;
  /** The states to show; empty: all. */
  readonly states: readonly Look[];
}

/** Shows all jobs. */
export const noFilter: Filter = { text: '', states: [] };

/** True if a filter is active. */
export const isOn = (filter: Filter): boolean => filter.text !== '' || filter.states.length > 0;

/** True if a job matches. */
export function passes(filter: Filter, job: Job): boolean {
  if (filter.states.length > 0 && !filter.states.includes(lookName(job.state))) return false;
  const wanted = filter.text.toLowerCase();
  return (
    wanted === '' ||
    [job.name, job.id, job.command ?? '', job.state.word].some((text) => text.toLowerCase().includes(wanted))
  );
}

/** The loaded children of jobs. */
export interface ChildLists {
  readonly listOf: (id: JobId) => { readonly jobs: readonly Job[] } | undefined;
}

const noChildren: ChildLists = { listOf: () => undefined };

/** True if a job or any loaded job below it matches. */
const passesWithin = (filter: Filter, job: Job, children: ChildLists): boolean =>
  passes(filter, job) ||
  (children.listOf(job.id)?.jobs.some((child) => passesWithin(filter, child, children)) ?? false);

/** The jobs to show below their connection: the matching ones, and those above a matching job. */
export const shownJobs = (
  filter: Filter,
  { top, parts }: JobIndex,
  children: ChildLists = noChildren,
): readonly Job[] =>
  isOn(filter)
    ? top.filter(
        (job) =>
          passesWithin(filter, job, children) ||
          parts.get(job.id)?.some((task) => passesWithin(filter, task, children)),
      )
    : top;

/** The loaded children to show below their parent: the matching ones, or all if only the parent matches. */
export function shownChildren(filter: Filter, parent: Job, children: ChildLists): readonly Job[] {
  const loaded = children.listOf(parent.id)?.jobs ?? [];
  if (!isOn(filter)) return loaded;
  const passing = loaded.filter((child) => passesWithin(filter, child, children));
  return passing.length === 0 ? loaded : passing;
}

/** The number of hidden loaded children below a shown job, at any depth. */
function hiddenBelow(filter: Filter, parent: Job, children: ChildLists): number {
  const shown = shownChildren(filter, parent, children);
  const hidden = (children.listOf(parent.id)?.jobs.length ?? 0) - shown.length;
  return shown.reduce((sum, child) => sum + hiddenBelow(filter, child, children), hidden);
}

/** The tasks to show below their array: the matching ones, or all if only the array matches. */
export function shownTasks(filter: Filter, array: Job, { tasksOf }: JobIndex): readonly Job[] {
  const tasks = tasksOf(array.id);
  const passing = isOn(filter) ? tasks.filter((task) => passes(filter, task)) : tasks;
  return passing.length === 0 ? tasks : passing;
}

/** The number of hidden jobs. A hidden array counts as one job; of a shown array, its hidden tasks count. */
export function hiddenCount(filter: Filter, index: JobIndex, children: ChildLists = noChildren): number {
  if (!isOn(filter)) return 0;
  const shown = shownJobs(filter, index, children);
  const tasks = shown.map(
    (job) =>
      (index.parts.get(job.id)?.length ?? 0) -
      shownTasks(filter, job, index).length +
      hiddenBelow(filter, job, children),
  );
  return tasks.reduce((sum, count) => sum + count, index.top.length - shown.length);
}

/** A filter as text: `running, failed · "fit"`. */
export function filterText(filter: Filter): string {
  const states = filter.states.map((look) => lookWord(look).toLowerCase()).join(', ');
  return [states, filter.text === '' ? '' : `"${printable(filter.text)}"`]
    .filter((part) => part !== '')
    .join(' · ');
}

/** The name of a state that the filter offers. */
export function lookWord(look: Look): string {
  switch (look) {
    case 'queued':
    case 'running':
      return stateText({ kind: look, word: look });
    case 'unknown':
      return 'Other';
    default:
      return stateText({ kind: 'ended', word: look, outcome: look });
  }
}
