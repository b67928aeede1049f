import { isActive, type Job } from '../domain/job.js';
import type { JobAction } from '../domain/jobAction.js';

type Act = (job: Job, signal: AbortSignal) => Promise<void>;

/** True where it, or a task of it, has not begun and may be kept from that. */
const mayHold = ({ state, tasks, isHeld }: Job): boolean =>
  isHeld !== true && (tasks ? tasks.queued > 0 : state.kind === 'queued');

/** Keeps a queued job from starting until it is released. Asks nothing first: it can be taken back. */
export const createHoldAction = (act: Act): JobAction => ({
  id: 'hold',
  title: 'Hold Job',
  icon: 'debug-pause',
  progress: ({ name }) => `Holding ${name}`,
  isEnabled: (job) => isActive(job) && mayHold(job),
  run: (job, _, signal) => act(job, signal),
});

/** Lets a held job start again once it is its turn. */
export const createReleaseAction = (act: Act): JobAction => ({
  id: 'release',
  title: 'Release Job',
  icon: 'debug-continue',
  progress: ({ name }) => `Releasing ${name}`,
  isEnabled: (job) => isActive(job) && job.isHeld === true,
  run: (job, _, signal) => act(job, signal),
});

/** Puts a job into the queue again under the same id; what it has written may be overwritten. */
export const createRequeueAction = (act: Act): JobAction => ({
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

/** Cancels those tasks of an array that have not begun; the question before it is that of *Cancel Job*. */
export const createCancelQueuedAction = (act: Act): JobAction => ({
  id: 'cancelQueued',
  title: 'Cancel Queued Tasks',
  icon: 'debug-stop',
  offeredBy: 'cancel',
  progress: ({ name }) => `Cancelling ${name}`,
  isEnabled: ({ tasks }) => (tasks?.queued ?? 0) > 0,
  run: (job, _, signal) => act(job, signal),
});
