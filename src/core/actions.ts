import type { Backend } from './backend.js';
import { isActive, type Job } from './job.js';

/** What can be done with a job; each needs a member of its backend and a fitting state. */
export type Action =
  | 'log'
  | 'cancel'
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

/** What can be done with this job at this moment. Menus, rows and commands all ask here. */
export function actionsOf(backend: Backend, job: Job): readonly Action[] {
  const active = isActive(job);
  const able: readonly (readonly [Action, boolean])[] = [
    ['log', true],
    ['cancel', backend.cancel !== undefined && active],
    ['extend', backend.extend !== undefined && job.state.kind === 'running' && hasLimit(job)],
    ['remove', backend.remove !== undefined && !active],
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
