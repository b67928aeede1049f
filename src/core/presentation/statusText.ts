import { formatAge, formatCount, formatDuration } from './formatting.js';
import {
  getJobStatus,
  getRunTimeMs,
  type Job,
  type JobState,
  type JobStatus,
  type TaskCounts,
} from '../domain/job.js';
import type { JobMetadata } from '../domain/jobMetadata.js';
import type { LogProgress } from '../jobs/progressTracker.js';
import { formatFailureReason, useCurrentWording } from './failureText.js';
import { formatProgress } from './progressText.js';
import { toOneLine } from '../../lib/sanitize.js';
import { assertNever } from '../../lib/assertNever.js';

/** The codicon and theme color of each state. */
const statusStyles: Readonly<Record<JobStatus, { readonly icon: string; readonly color?: string }>> = {
  queued: { icon: 'clock' },
  running: { icon: 'sync~spin', color: 'charts.blue' },
  completed: { icon: 'pass', color: 'testing.iconPassed' },
  failed: { icon: 'error', color: 'testing.iconFailed' },
  stopped: { icon: 'circle-slash', color: 'testing.iconSkipped' },
  unknown: { icon: 'question' },
};

/** The icon of a state: the name of a codicon and, if it has one, of a theme color. */
export const getStatusStyle = (state: JobState): { readonly icon: string; readonly color?: string } =>
  statusStyles[getJobStatus(state)];

/** The label of a state; the engine's own word if the state is not recognized. */
export function formatState(state: JobState): string {
  const look = getJobStatus(state);
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
      return 'Cancelled';
    case 'unknown':
      return toOneLine(state.word) || 'Other';
    default:
      return assertNever(look);
  }
}

/** The number of tasks in each state: `3 running, 12 queued, 1 failed`. Empty if there are none. */
export function formatTaskCounts({ running, queued, completed, failed, stopped }: TaskCounts): string {
  const counts: readonly (readonly [number, string])[] = [
    [running, `${formatCount(running)} running`],
    [queued, `${formatCount(queued)} queued`],
    [completed, `${formatCount(completed)} completed`],
    [failed, `${formatCount(failed)} failed`],
    [stopped, `${formatCount(stopped)} cancelled`],
  ];
  return counts
    .filter(([count]) => count > 0)
    .map(([, text]) => text)
    .join(', ');
}

/** What a row shows of a job in addition to its snapshot. */
export interface StatusContext {
  readonly metadata?: JobMetadata | undefined;
  readonly progress?: LogProgress | undefined;
}

/** Why the job is waiting, or how it ended, unless that only repeats its state. */
export function formatReason({ reason, state }: Job): string | undefined {
  const text = reason === undefined ? '' : useCurrentWording(toOneLine(reason));
  return text === '' || text.toLowerCase() === formatState(state).toLowerCase() ? undefined : text;
}

/**
 * The state, then the run time or the time since the job finished: `Completed · 3.2 s, 5 min ago`. For an
 * array, the states of its tasks. With `context`: the reason of a failure, and the progress of a running job. A
 * row has a shorter form: see `formatRowStatus`.
 */
export function formatStatus(job: Job, now: Date, context?: StatusContext): string {
  const reason = formatReason(job);
  const tasks = job.tasks && formatTaskCounts(job.tasks);
  const state = formatState(job.state);
  const told =
    reason && job.state.kind === 'ended' && job.state.outcome !== 'completed'
      ? `${state} (${reason})`
      : state;
  const failure = context && formatFailureReason(job, context.metadata);
  if (context?.progress && !tasks) return formatProgress(context.progress, now);
  const parts: string[] = [];
  // Each task of an array has its own times.
  const ran = tasks ? undefined : getRunTimeMs(job, now);
  if (job.state.kind === 'queued' && reason) parts.push(reason);
  if (ran !== undefined) parts.push(formatDuration(ran));
  if (job.ended) parts.push(formatAge(job.ended, now));
  const first = tasks || failure || told;
  return parts.length > 0 ? `${first} · ${parts.join(', ')}` : first;
}
