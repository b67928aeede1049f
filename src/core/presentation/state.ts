import { ageText, countText, durationText } from './duration.js';
import { lookName, runningMs, type Job, type JobState, type Look, type TaskCounts } from '../domain/job.js';
import { oneLine } from '../../lib/printable.js';
import type { Say } from '../../lib/say.js';
import { unreachable } from '../../lib/unreachable.js';

/** The codicon and theme colour of a state. */
const looks: Readonly<Record<Look, { readonly icon: string; readonly colour?: string }>> = {
  queued: { icon: 'clock' },
  running: { icon: 'sync~spin', colour: 'charts.blue' },
  completed: { icon: 'pass', colour: 'testing.iconPassed' },
  failed: { icon: 'error', colour: 'testing.iconFailed' },
  stopped: { icon: 'circle-slash', colour: 'testing.iconSkipped' },
  unknown: { icon: 'question' },
};

/** The picture of a state: a codicon's name and, where it has one, a theme colour's. */
export const lookFor = (state: JobState): { readonly icon: string; readonly colour?: string } =>
  looks[lookName(state)];

/** Our word for a state; the engine's own for one this version has never met. */
export function stateText(state: JobState, say: Say): string {
  const look = lookName(state);
  switch (look) {
    case 'queued':
      return say('Queued');
    case 'running':
      return say('Running');
    case 'completed':
      return say('Completed');
    case 'failed':
      return say('Failed');
    case 'stopped':
      return say('Stopped');
    case 'unknown':
      return oneLine(state.word) || say('Other');
    default:
      return unreachable(look);
  }
}

/** How many tasks are in each state: `3 running, 12 queued, 1 failed`. Empty: there is none. */
export function tasksText({ running, queued, completed, failed, stopped }: TaskCounts, say: Say): string {
  const counts: readonly (readonly [number, string])[] = [
    [running, say('{0} running', countText(running))],
    [queued, say('{0} queued', countText(queued))],
    [completed, say('{0} completed', countText(completed))],
    [failed, say('{0} failed', countText(failed))],
    [stopped, say('{0} stopped', countText(stopped))],
  ];
  return counts
    .filter(([count]) => count > 0)
    .map(([, text]) => text)
    .join(', ');
}

/**
 * State, then how long it runs or how long ago it ended: `Completed · 3.2 s, 5 min ago`. Of an array: how its tasks
 * stand.
 */
export function statusText(job: Job, now: Date, say: Say): string {
  const reason = job.reason === undefined ? undefined : oneLine(job.reason);
  const tasks = job.tasks && tasksText(job.tasks, say);
  const state = stateText(job.state, say);
  const told =
    reason && job.state.kind === 'ended' && job.state.outcome !== 'completed'
      ? `${state} (${reason})`
      : state;
  const parts: string[] = [];
  // The tasks of an array each have a time of their own.
  const ran = tasks ? undefined : runningMs(job, now);
  if (job.state.kind === 'queued' && reason) parts.push(reason);
  if (ran !== undefined) parts.push(durationText(ran, say));
  if (job.ended) parts.push(ageText(job.ended, now, say));
  const first = tasks || told;
  return parts.length > 0 ? `${first} · ${parts.join(', ')}` : first;
}
