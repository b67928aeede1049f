import type { Backend } from './backend.js';
import { isActive, type Job } from './job.js';

/** What can be done with a job; each needs a member of its backend and a fitting state. */
export type Action =
  | 'log'
  | 'cancel'
  | 'hold'
  | 'release'
  | 'requeue'
  | 'extend'
  | 'remove'
  | 'resubmit'
  | 'script'
  | 'files'
  | 'download'
  | 'folder'
  | 'results'
  | 'port'
  | 'request'
  | 'page';

const hasLimit = ({ limitMs, isLimited }: Job): boolean => limitMs !== undefined || isLimited === true;

/** True where it, or a task of it, has not begun and may be kept from that. */
const mayHold = ({ state, tasks, isHeld }: Job): boolean =>
  isHeld !== true && (tasks ? tasks.queued > 0 : state.kind === 'queued');

/** What can be done with this job at this moment. Menus, rows and commands all ask here. */
export function actionsOf(backend: Backend, job: Job): readonly Action[] {
  const active = isActive(job);
  const able: readonly (readonly [Action, boolean])[] = [
    ['log', true],
    ['cancel', backend.cancel !== undefined && active],
    ['hold', backend.hold !== undefined && active && mayHold(job)],
    ['release', backend.release !== undefined && active && job.isHeld === true],
    ['requeue', backend.requeue !== undefined && job.mayRequeue === true],
    ['extend', backend.extend !== undefined && job.state.kind === 'running' && hasLimit(job)],
    // What is kept of a task is kept of its array.
    ['remove', backend.remove !== undefined && !active && job.parent === undefined],
    ['resubmit', backend.resubmit !== undefined],
    ['script', backend.script !== undefined],
    ['files', backend.files !== undefined],
    ['download', backend.download !== undefined],
    ['folder', backend.folder !== undefined],
    ['results', job.results !== undefined],
    ['port', job.endpoint !== undefined && active],
    ['request', backend.request !== undefined && job.endpoint !== undefined && active],
    ['page', job.page !== undefined],
  ];
  return able.filter(([, is]) => is).map(([action]) => action);
}
