import { ageText, durationText } from './duration.js';
import { runningMs, type Job, type JobState } from './job.js';
import { oneLine } from './printable.js';
import type { Say } from './say.js';
import { unreachable } from './unreachable.js';

/** The codicon and theme colour of a state. */
const looks: Readonly<Record<Look, { readonly icon: string; readonly colour?: string }>> = {
  queued: { icon: 'clock' },
  running: { icon: 'sync~spin', colour: 'charts.blue' },
  completed: { icon: 'pass', colour: 'testing.iconPassed' },
  failed: { icon: 'error', colour: 'testing.iconFailed' },
  stopped: { icon: 'circle-slash', colour: 'testing.iconSkipped' },
  unknown: { icon: 'question' },
};

/** The states that look different. */
export type Look = 'queued' | 'running' | 'completed' | 'failed' | 'stopped' | 'unknown';

/** Which of them a state is. */
export const lookName = (state: JobState): Look => (state.kind === 'ended' ? state.outcome : state.kind);

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

/** State, then how long it runs or how long ago it ended: `Completed · 3.2 s, 5 min ago`. */
export function statusText(job: Job, now: Date, say: Say): string {
  const reason = job.reason === undefined ? undefined : oneLine(job.reason);
  const state = stateText(job.state, say);
  const told =
    reason && job.state.kind === 'ended' && job.state.outcome !== 'completed'
      ? `${state} (${reason})`
      : state;
  const parts: string[] = [];
  const ran = runningMs(job, now);
  if (job.state.kind === 'queued' && reason) parts.push(reason);
  if (ran !== undefined) parts.push(durationText(ran, say));
  if (job.ended) parts.push(ageText(job.ended, now, say));
  return parts.length > 0 ? `${told} · ${parts.join(', ')}` : told;
}
