import { actionsOf, type Action } from '../core/domain/actions.js';
import type { Backend } from '../core/domain/backend.js';
import type { Job } from '../core/domain/job.js';
import type { LogSource } from '../core/domain/log.js';
import { printable } from '../lib/printable.js';
import { jobRowId, partRowId, readRowId } from '../core/presentation/rowIds.js';
import { statusText } from '../core/presentation/state.js';
import type { Clock } from '../core/domain/ports.js';
import type { Ui } from './ui.js';

/** A job and its backend. */
export interface Target {
  readonly backend: Backend;
  readonly job: Job;
}

/** A job and one of its logs; undefined: its main log. */
export interface LogTarget extends Target {
  readonly source?: LogSource;
}

/**
 * A unique key of a log: the id of the job's row, or, for other logs than the main one, of a row below it.
 */
export const logKeyOf = ({ source, backend, job }: LogTarget): string =>
  source ? partRowId(backend.connection.id, job.id, `log/${source.id}`) : rowIdOf({ backend, job });

/** The log id in a key of {@link logKeyOf}; undefined: the main log. */
export const sourceIn = (key: string): string | undefined =>
  /^log\/(.+)$/s.exec(readRowId(key).part ?? '')?.[1];

/** The title of a log's view. */
export const logTitle = ({ job, source }: LogTarget): string =>
  `Job ${job.name} (${job.id})${source ? ` ${source.title}` : ''}`;

/** The jobs known at the moment. */
export interface KnownJobs {
  /** Finds a job by the id of its row, `<connection>/<job>`, or of a row below it. */
  readonly find: (rowId: string) => Target | undefined;
  /** All jobs except the tasks of arrays; newest first within a connection. */
  readonly all: () => readonly Target[];
  /** The known tasks of an array, in display order. */
  readonly tasks: (array: Target) => readonly Target[];
}

/** The id of a job's row. */
export const rowIdOf = ({ backend, job }: Target): string => jobRowId(backend.connection.id, job.id);

/** True if the job supports the action now. */
export const can = (target: Target, action: Action): boolean =>
  actionsOf(target.backend, target.job).includes(action);

/** The array that a task belongs to; undefined: not a task of a known array. */
export function arrayOf({ backend, job }: Target, jobs: KnownJobs): Target | undefined {
  const { parent } = job;
  const found = parent === undefined ? undefined : jobs.find(jobRowId(backend.connection.id, parent));
  return found?.job.tasks ? found : undefined;
}

/**
 * The jobs that a command refers to: those of its rows, or one that the user selects among those that support
 * the action. Omits jobs that no longer exist or no longer support it, and jobs whose parent is selected as
 * well. Empty: none (with a message), or dismissed.
 */
export async function targets(
  rows: readonly string[],
  action: Action,
  title: string,
  jobs: KnownJobs,
  ui: Ui,
  clock: Clock,
): Promise<readonly Target[]> {
  if (rows.length > 0) {
    const all = rows.map((id) => jobs.find(id)).filter((target) => target !== undefined);
    // A job and a row below it can both be selected.
    const found = [...new Map(all.map((target) => [rowIdOf(target), target])).values()];
    const able = found.filter((target) => can(target, action));
    if (able.length === 0) await ui.tell('info', notPossible(found), []);
    return withoutCovered(able, jobs);
  }
  const able = jobs.all().filter((target) => can(target, action));
  if (able.length === 0) {
    await ui.tell('info', 'No job supports this action.', []);
    return [];
  }
  const several = new Set(able.map(({ backend }) => backend)).size > 1;
  const items = able.map((target) => ({
    value: target,
    label: printable(target.job.name),
    description: statusText(target.job, clock.now()),
    detail: several ? `${target.backend.connection.title} · ${target.job.id}` : target.job.id,
  }));
  const answer = await ui.pick({ title }, items, 'Choose a job');
  return answer.kind === 'value' ? [answer.value] : [];
}

/** The first of {@link targets}, for commands on one job. */
export async function target(
  rows: readonly string[],
  action: Action,
  title: string,
  { jobs, ui, clock }: { readonly jobs: KnownJobs; readonly ui: Ui; readonly clock: Clock },
): Promise<Target | undefined> {
  const [first] = await targets(rows.slice(0, 1), action, title, jobs, ui, clock);
  return first;
}

function withoutCovered(targets: readonly Target[], jobs: KnownJobs): readonly Target[] {
  const chosen = new Set(targets.map(rowIdOf));
  const isCovered = ({ backend, job: { parent } }: Target): boolean => {
    if (parent === undefined) return false;
    const above = jobRowId(backend.connection.id, parent);
    const target = jobs.find(above);
    return chosen.has(above) || (target !== undefined && isCovered(target));
  };
  return targets.filter((target) => !isCovered(target));
}

function notPossible(found: readonly Target[]): string {
  const [first] = found;
  if (!first) return 'This job no longer exists.';
  return `Not available while ${first.job.name} is ${first.job.state.word.toLowerCase()}.`;
}
