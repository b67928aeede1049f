import { ageText, countText, durationText } from './duration.js';
import { lookName, runningMs, type Job, type JobState, type Look, type TaskCounts } from '../domain/job.js';
import { oneLine } from '../../lib/printable.js';
import { unreachable } from '../../lib/unreachable.js';

/** The codicon and theme color of each state. */
const looks: Readonly<Record<Look, { readonly icon: string; readonly colour?: string }>> = {
  queued: { icon: 'clock' },
  running: { icon: 'sync~spin', colour: 'charts.blue' },
  completed: { icon: 'pass', colour: 'testing.iconPassed' },
  failed: { icon: 'error', colour: 'testing.iconFailed' },
  stopped: { icon: 'circle-slash', colour: 'testing.iconSkipped' },
  unknown: { icon: 'question' },
};

/** The icon of a state: the name of a codicon and, if it has one, of a theme color. */
export const lookFor = (state: JobState): { readonly icon: string; readonly colour?: string } =>
  looks[lookName(state)];

/** The label of a state; the engine's own word if the state is not recognized. */
export function stateText(state: JobState): string {
  const look = lookName(state);
  switch (look) {
    case 'queued':
      return 'Queued';
    case 'running':
      return 'Running';
    case 'completed':
      return 'Completed';
    case 'failed':
      return 'Failed';
    case 'stopped':
      return 'Stopped';
    case 'unknown':
      return oneLine(state.word) || 'Other';
    default:
      return unreachable(look);
  }
}

/** The number of tasks in each state: `3 running, 12 queued, 1 failed`. Empty if there are none. */
export function tasksText({ running, queued, completed, failed, stopped }: TaskCounts): string {
  const counts: readonly (readonly [number, string])[] = [
    [running, `${countText(running)} running`],
    [queued, `${countText(queued)} queued`],
    [completed, `${countText(completed)} completed`],
    [failed, `${countText(failed)} failed`],
    [stopped, `${countText(stopped)} stopped`],
  ];
  return counts
    .filter(([count]) => count > 0)
    .map(([, text]) => text)
    .join(', ');
}

/**
 * The state, then the run time or the time since the job finished: `Completed · 3.2 s, 5 min ago`. For an
 * array, the states of its tasks.
 */
export function statusText(job: Job, now: Date): string {
  const reason = job.reason === undefined ? undefined : oneLine(job.reason);
  const tasks = job.tasks && tasksText(job.tasks);
  const state = stateText(job.state);
  const told =
    reason && job.state.kind === 'ended' && job.state.outcome !== 'completed'
      ? `${state} (${reason})`
      : state;
  const parts: string[] = [];
  // Each task of an array has its own times.
  const ran = tasks ? undefined : runningMs(job, now);
  if (job.state.kind === 'queued' && reason) parts.push(reason);
  if (ran !== undefined) parts.push(durationText(ran));
  if (job.ended) parts.push(ageText(job.ended, now));
  const first = tasks || told;
  return parts.length > 0 ? `${first} · ${parts.join(', ')}` : first;
}
