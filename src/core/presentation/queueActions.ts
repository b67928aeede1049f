import { isActive, type Job } from '../domain/job.js';
import type { JobAction } from '../domain/jobAction.js';
import type { Say } from '../../lib/say.js';

type Act = (job: Job, signal: AbortSignal) => Promise<void>;

/** True where it, or a task of it, has not begun and may be kept from that. */
const mayHold = ({ state, tasks, isHeld }: Job): boolean =>
  isHeld !== true && (tasks ? tasks.queued > 0 : state.kind === 'queued');

/** Keeps a queued job from starting until it is released. Asks nothing first: it can be taken back. */
export const createHoldAction = (act: Act, say: Say): JobAction => ({
  id: 'hold',
  title: say('Hold Job'),
  icon: 'debug-pause',
  progress: ({ name }) => say('Holding {0}', name),
  isEnabled: (job) => isActive(job) && mayHold(job),
  run: (job, _, signal) => act(job, signal),
});

/** Lets a held job start again once it is its turn. */
export const createReleaseAction = (act: Act, say: Say): JobAction => ({
  id: 'release',
  title: say('Release Job'),
  icon: 'debug-continue',
  progress: ({ name }) => say('Releasing {0}', name),
  isEnabled: (job) => isActive(job) && job.isHeld === true,
  run: (job, _, signal) => act(job, signal),
});

/** Puts a job into the queue again under the same id; what it has written may be overwritten. */
export const createRequeueAction = (act: Act, say: Say): JobAction => ({
  id: 'requeue',
  title: say('Requeue Job'),
  icon: 'debug-restart',
  progress: ({ name }) => say('Requeuing {0}', name),
  isEnabled: (job) => job.mayRequeue === true,
  confirm: ([first, ...others], isTask) =>
    others.length === 0
      ? {
          question: isTask
            ? say('Requeue task {0} of {1}?', first.id, first.name)
            : say('Requeue {0}?', first.name),
          detail: say(
            'It begins anew under the same ID. What it has written, its log too, may be overwritten.',
          ),
          button: say('Requeue Job'),
        }
      : {
          question: say('Requeue {0} jobs?', others.length + 1),
          detail: say(
            'They begin anew under the same IDs. What they have written, their logs too, may be overwritten.',
          ),
          button: say('Requeue {0} Jobs', others.length + 1),
        },
  run: (job, _, signal) => act(job, signal),
});

/** Cancels those tasks of an array that have not begun; the question before it is that of *Cancel Job*. */
export const createCancelQueuedAction = (act: Act, say: Say): JobAction => ({
  id: 'cancelQueued',
  title: say('Cancel Queued Tasks'),
  icon: 'debug-stop',
  offeredBy: 'cancel',
  progress: ({ name }) => say('Cancelling {0}', name),
  isEnabled: ({ tasks }) => (tasks?.queued ?? 0) > 0,
  run: (job, _, signal) => act(job, signal),
});
