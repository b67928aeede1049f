import { listActions, type JobActionId } from '../core/domain/availableActions.js';
import type { Backend } from '../core/domain/backend.js';
import type { Job } from '../core/domain/job.js';
import type { LogSource } from '../core/domain/log.js';
import { sanitize } from '../lib/sanitize.js';
import { toJobRowId, toPartRowId, parseRowId } from '../core/presentation/rowIds.js';
import { formatStatus } from '../core/presentation/statusText.js';
import type { Clock } from '../core/domain/ports.js';
import type { UserInterface } from './ui.js';

/** A job and its backend. */
export interface JobTarget {
  readonly backend: Backend;
  readonly job: Job;
}

/** A job and one of its logs; undefined: its main log. */
export interface LogTarget extends JobTarget {
  readonly source?: LogSource;
}

/**
 * A unique key of a log: the id of the job's row, or, for other logs than the main one, of a row below it.
 */
export const toLogKey = ({ source, backend, job }: LogTarget): string =>
  source ? toPartRowId(backend.connection.id, job.id, `log/${source.id}`) : getRowId({ backend, job });

/** The log id in a key of {@link toLogKey}; undefined: the main log. */
export const parseLogSource = (key: string): string | undefined =>
  /^log\/(.+)$/s.exec(parseRowId(key).part ?? '')?.[1];

/** The title of a log's view. */
export const formatLogTitle = ({ job, source }: LogTarget): string =>
  `Job ${job.name} (${job.id})${source ? ` ${source.title}` : ''}`;

/** The jobs known at the moment. */
export interface KnownJobs {
  /** Finds a job by the id of its row, `<connection>/<job>`, or of a row below it. */
  readonly find: (rowId: string) => JobTarget | undefined;
  /** All jobs except the tasks of arrays; newest first within a connection. */
  readonly all: () => readonly JobTarget[];
  /** The known tasks of an array, in display order. */
  readonly getTasks: (array: JobTarget) => readonly JobTarget[];
}

/** The id of a job's row. */
export const getRowId = ({ backend, job }: JobTarget): string => toJobRowId(backend.connection.id, job.id);

/** True if the job supports the action now. */
export const canPerform = (target: JobTarget, action: JobActionId): boolean =>
  listActions(target.backend, target.job).includes(action);

/** The array that a task belongs to; undefined: not a task of a known array. */
export function getParentArray({ backend, job }: JobTarget, jobs: KnownJobs): JobTarget | undefined {
  const { parent } = job;
  const found = parent === undefined ? undefined : jobs.find(toJobRowId(backend.connection.id, parent));
  return found?.job.tasks ? found : undefined;
}

/**
 * The jobs that a command refers to: those of its rows, or one that the user selects among those that support
 * the action. Omits jobs that no longer exist or no longer support it, and jobs whose parent is selected as
 * well. Empty: none (with a message), or dismissed.
 */
export async function resolveTargets(
  rows: readonly string[],
  action: JobActionId,
  title: string,
  jobs: KnownJobs,
  ui: UserInterface,
  clock: Clock,
): Promise<readonly JobTarget[]> {
  if (rows.length > 0) {
    const all = rows.map((id) => jobs.find(id)).filter((target) => target !== undefined);
    // A job and a row below it can both be selected.
    const found = [...new Map(all.map((target) => [getRowId(target), target])).values()];
    const able = found.filter((target) => canPerform(target, action));
    if (able.length === 0) await ui.showMessage('info', formatNotPossible(found), []);
    return omitCovered(able, jobs);
  }
  const able = jobs.all().filter((target) => canPerform(target, action));
  if (able.length === 0) {
    await ui.showMessage('info', 'No job supports this action.', []);
    return [];
  }
  const several = new Set(able.map(({ backend }) => backend)).size > 1;
  const items = able.map((target) => ({
    value: target,
    label: sanitize(target.job.name),
    description: formatStatus(target.job, clock.now()),
    detail: several ? `${target.backend.connection.title} · ${target.job.id}` : target.job.id,
  }));
  const answer = await ui.pick({ title }, items, 'Choose a job');
  return answer.kind === 'value' ? [answer.value] : [];
}

/** The first of {@link resolveTargets}, for commands on one job. */
export async function resolveTarget(
  rows: readonly string[],
  action: JobActionId,
  title: string,
  { jobs, ui, clock }: { readonly jobs: KnownJobs; readonly ui: UserInterface; readonly clock: Clock },
): Promise<JobTarget | undefined> {
  const [first] = await resolveTargets(rows.slice(0, 1), action, title, jobs, ui, clock);
  return first;
}

function omitCovered(targets: readonly JobTarget[], jobs: KnownJobs): readonly JobTarget[] {
  const chosen = new Set(targets.map(getRowId));
  const isCovered = ({ backend, job: { parent } }: JobTarget): boolean => {
    if (parent === undefined) return false;
    const above = toJobRowId(backend.connection.id, parent);
    const target = jobs.find(above);
    return chosen.has(above) || (target !== undefined && isCovered(target));
  };
  return targets.filter((target) => !isCovered(target));
}

function formatNotPossible(found: readonly JobTarget[]): string {
  const [first] = found;
  if (!first) return 'This job no longer exists.';
  return `Not available while ${first.job.name} is ${first.job.state.word.toLowerCase()}.`;
}
