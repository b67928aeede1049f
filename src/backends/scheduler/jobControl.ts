import type { JobControl, JobSubmission } from '../../core/domain/backend.js';
import type { Job, JobId } from '../../core/domain/job.js';
import { pickJobRequest, type JobSpec } from '../../core/domain/jobSpec.js';
import {
  createCancelQueuedAction,
  createHoldAction,
  createReleaseAction,
  createRequeueAction,
} from '../../core/presentation/queueActions.js';
import { assertNever } from '../../lib/assertNever.js';
import type { SchedulerControl } from './control.js';
import type { SchedulerDialect } from './dialect.js';
import type { JobDeletion } from './jobDeletion.js';
import type { SendOptions, SchedulerSubmitter } from './submit/schedulerSubmitter.js';

/** Changing jobs, and what only a scheduler can do with them. Members that the scheduler does not have are left out. */
export const createJobControl = (
  { cancel, cancelQueued, hold, release, requeue, extend }: SchedulerControl,
  deleteJob: NonNullable<JobControl['delete']>,
  extendWarning: string | undefined,
): JobControl => ({
  ...(cancel ? { cancel: (id, signal) => cancel(id, signal) } : {}),
  ...(extend ? { extend } : {}),
  ...(extendWarning === undefined ? {} : { extendWarning }),
  delete: deleteJob,
  actions: [
    ...(hold ? [createHoldAction(({ id }, signal) => hold(id, signal))] : []),
    ...(release ? [createReleaseAction(({ id }, signal) => release(id, signal))] : []),
    ...(requeue ? [createRequeueAction(({ id }, signal) => requeue(id, signal))] : []),
    ...(cancelQueued ? [createCancelQueuedAction(({ id }, signal) => cancelQueued(id, signal))] : []),
  ],
});

/** Submitting jobs; `listJobs`: those that another job can wait for. */
export const createSubmission = (
  {
    questions,
    validate: check,
    getDefaults,
  }: Pick<SchedulerDialect, 'questions' | 'validate' | 'getDefaults'>,
  work: Omit<SchedulerSubmitter, 'submitFromFolder'> & Pick<JobDeletion, 'resubmit' | 'getDraft'>,
  listJobs: (signal: AbortSignal) => Promise<readonly Job[]>,
): JobSubmission => ({
  ...(questions ? { questions: questions(listJobs) } : {}),
  ...(check ? { validate: (draft, signal) => check(draft, draft, signal) } : {}),
  ...(getDefaults ? { getDefaults: (draft, signal) => getDefaults(draft, draft, signal) } : {}),
  dryRun: (draft, signal) =>
    work.dryRun(draft, draft.kind === 'bundle' ? draft.bundle : undefined, pickJobRequest(draft), signal),
  send: (spec, signal, onProgress, validation) => sendSpec(work, spec, { onProgress, validation }, signal),
  again: work.resubmit,
  getDraft: work.getDraft,
  getNotice: work.getSubmissionNotice,
});

/** Submits what schedulers take: scripts and folders. */
async function sendSpec(
  work: Pick<SchedulerSubmitter, 'submitScript' | 'submitBundle'>,
  spec: JobSpec,
  options: SendOptions,
  signal: AbortSignal,
): Promise<JobId> {
  const request = pickJobRequest(spec);
  switch (spec.kind) {
    case 'script':
      return work.submitScript(spec.script, request, options, signal);
    case 'bundle':
      return work.submitBundle(spec.bundle, spec.entry, request, options, signal);
    case 'application':
    case 'command':
      throw new RangeError(`This scheduler does not support jobs of kind ${spec.kind}.`);
    default:
      return assertNever(spec);
  }
}
