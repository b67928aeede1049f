import { actionsOf, type Action } from '../core/domain/actions.js';
import type { Backend } from '../core/domain/backend.js';
import type { Job } from '../core/domain/job.js';
import type { LogSource } from '../core/domain/log.js';
import { printable } from '../lib/printable.js';
import { jobRowId, partRowId, readRowId } from '../core/presentation/rowIds.js';
import { statusText } from '../core/presentation/state.js';
import type { Clock } from '../core/domain/ports.js';
import type { Ui } from './ui.js';

/** A job and the place it runs. */
export interface Target {
  readonly backend: Backend;
  readonly job: Job;
}

/** A job, and which of its logs; undefined: its main one. */
export interface LogTarget extends Target {
  readonly source?: LogSource;
}

/** Tells the logs of all jobs apart: the id of the job's row, or, where it is not the main one, of a row below it. */
export const logKeyOf = ({ source, backend, job }: LogTarget): string =>
  source ? partRowId(backend.connection.id, job.id, `log/${source.id}`) : rowIdOf({ backend, job });

/** The id of the log in a key of {@link logKeyOf}; undefined: the main one. */
export const sourceIn = (key: string): string | undefined =>
  /^log\/(.+)$/s.exec(readRowId(key).part ?? '')?.[1];

/** What a view of a log is called. */
export const logTitle = ({ job, source }: LogTarget): string =>
  `Job ${job.name} (${job.id})${source ? ` ${source.title}` : ''}`;

/** The jobs that are known at this moment. */
export interface KnownJobs {
  /** By the id of a row: `<connection>/<job>`, or of a row below it. */
  readonly find: (rowId: string) => Target | undefined;
  /** Newest first within a connection; without the tasks of arrays. */
  readonly all: () => readonly Target[];
  /** The tasks of an array that are known, in the order in which they are shown. */
  readonly tasks: (array: Target) => readonly Target[];
}

/** The id of a job's row. */
export const rowIdOf = ({ backend, job }: Target): string => jobRowId(backend.connection.id, job.id);

/** True where this can be done with the job. */
export const can = (target: Target, action: Action): boolean =>
  actionsOf(target.backend, target.job).includes(action);

/** The array that a job is a task of; undefined: of none that is known. */
export function arrayOf({ backend, job }: Target, jobs: KnownJobs): Target | undefined {
  const { parent } = job;
  const found = parent === undefined ? undefined : jobs.find(jobRowId(backend.connection.id, parent));
  return found?.job.tasks ? found : undefined;
}

/**
 * The jobs a command is meant for: those of the rows it was called with, or else one the user picks among those with
 * which it can be done. Rows whose job has gone, or no longer allows it, fall out, and so do jobs beside one above
 * them, which stands for all of them. Empty: there is none, or the user left.
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
    // A job and a row below it may both be selected.
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

/** The first of {@link targets}, for commands that take one job. */
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
