import { isActive, type Job } from '../domain/job.js';
import type { JobAction } from '../domain/jobAction.js';

type JobOperation = (job: Job, signal: AbortSignal) => Promise<void>;

/** True if the job, or one of its tasks, has not started and can be held. */
const canHold = ({ state, tasks, isHeld }: Job): boolean =>
  isHeld !== true && (tasks ? tasks.queued > 0 : state.kind === 'queued');

/**
 * Prevents a queued job from starting until it is released. Requires no confirmation, since it can be undone.
 */
export const createHoldAction = (act: JobOperation): JobAction => ({
  id: 'hold',
  title: 'Hold Job',
  icon: 'debug-pause',
  progress: ({ name }) => `Holding ${name}`,
  isEnabled: (job) => isActive(job) && canHold(job),
  run: (job, _, signal) => act(job, signal),
});

/** Allows a held job to start. */
export const createReleaseAction = (act: JobOperation): JobAction => ({
  id: 'release',
  title: 'Release Job',
  icon: 'debug-continue',
  progress: ({ name }) => `Releasing ${name}`,
  isEnabled: (job) => isActive(job) && job.isHeld === true,
  run: (job, _, signal) => act(job, signal),
});

/** Queues a job again with the same id. Its output may be overwritten. */
export const createRequeueAction = (act: JobOperation): JobAction => ({
  id: 'requeue',
  title: 'Requeue Job',
  icon: 'debug-restart',
  progress: ({ name }) => `Requeuing ${name}`,
  isEnabled: (job) => job.mayRequeue === true,
  confirm: ([first, ...others], isTask) =>
    others.length === 0
      ? {
          question: isTask ? `Requeue task ${first.id} of ${first.name}?` : `Requeue ${first.name}?`,
          detail: 'The job restarts with the same ID. Its output and log may be overwritten.',
          button: 'Requeue Job',
        }
      : {
          question: `Requeue ${String(others.length + 1)} jobs?`,
          detail: 'The jobs restart with the same IDs. Their output and logs may be overwritten.',
          button: `Requeue ${String(others.length + 1)} Jobs`,
        },
  run: (job, _, signal) => act(job, signal),
});

/** Cancels the tasks of an array that have not started. Offered in the confirmation of *Cancel Job*. */
export const createCancelQueuedAction = (act: JobOperation): JobAction => ({
  id: 'cancelQueued',
  title: 'Cancel Queued Tasks',
  icon: 'debug-stop',
  offeredBy: 'cancel',
  progress: ({ name }) => `Cancelling ${name}`,
  isEnabled: ({ tasks }) => (tasks?.queued ?? 0) > 0,
  run: (job, _, signal) => act(job, signal),
});
