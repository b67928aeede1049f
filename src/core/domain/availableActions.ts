import type { Backend } from './backend.js';
import { isActive, type Job } from './job.js';
import { isFailed } from './jobFailure.js';
import type { JobAction } from './jobAction.js';

/**
 * An action as a word of the row's context: one of those listed in {@link listActions}, which any backend can
 * support, or the id of a {@link JobAction}.
 */
export type JobActionId = string;

const hasTimeLimit = ({ limitMs, isLimited }: Job): boolean => limitMs !== undefined || isLimited === true;

/** Ids of actions that have a command and a menu entry. All others are in the list of *More Actions…*. */
export const commandActionIds: readonly string[] = ['hold', 'release', 'requeue'];

/** The enabled actions of a backend that have no command. */
export const listMoreActions = ({ control }: Backend, job: Job): readonly JobAction[] =>
  (control?.actions ?? []).filter(
    ({ id, offeredBy, isEnabled }) =>
      offeredBy === undefined && !commandActionIds.includes(id) && isEnabled(job),
  );

/** The action of a backend with this id; undefined: not supported. */
export const findAction = ({ control }: Backend, id: string): JobAction | undefined =>
  control?.actions?.find((action) => action.id === id);

/** The actions that a job supports in its current state. Menus, rows, and commands all use this list. */
export function listActions(backend: Backend, job: Job): readonly JobActionId[] {
  const { submit, control, files, ports } = backend;
  const active = isActive(job);
  const own = (control?.actions ?? []).filter(({ offeredBy }) => offeredBy === undefined);
  const able: readonly (readonly [JobActionId, boolean])[] = [
    ['log', backend.logs !== undefined],
    ['failure', backend.logs !== undefined && isFailed(job) && !job.tasks],
    ['cancel', control?.cancel !== undefined && active],
    ...own.map((action) => [action.id, action.isEnabled(job)] as const),
    ['moreActions', listMoreActions(backend, job).length > 0],
    ['extend', control?.extend !== undefined && job.state.kind === 'running' && hasTimeLimit(job)],
    // Tasks share the stored files of their array.
    ['remove', control?.delete !== undefined && !active && job.parent === undefined],
    ['resubmit', submit?.again !== undefined],
    [
      'resubmitWithChanges',
      submit?.again !== undefined && (submit.getDraft ?? submit.previous) !== undefined,
    ],
    ['script', files?.script !== undefined],
    ['files', files?.list !== undefined],
    ['download', files?.read !== undefined],
    ['folder', files?.localFolder !== undefined],
    ['results', job.results !== undefined],
    ['port', job.endpoint !== undefined && active],
    ['request', ports !== undefined && job.endpoint !== undefined && active],
    ['page', job.page !== undefined],
  ];
  return able.filter(([, is]) => is).map(([action]) => action);
}
