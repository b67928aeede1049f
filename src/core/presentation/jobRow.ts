import { listActions } from '../domain/availableActions.js';
import type { Backend } from '../domain/backend.js';
import type { Job } from '../domain/job.js';
import type { JobMetadata } from '../domain/jobMetadata.js';
import type { LogProgress } from '../jobs/progressTracker.js';
import { sanitize, toOneLine } from '../../lib/sanitize.js';
import { hasErrorLine } from './failureRow.js';
import { toJobRowId } from './rowIds.js';
import { formatRowStatus, formatShortResult } from './rowStatus.js';
import { formatState, formatStatus, getStatusStyle } from './statusText.js';
import { createTooltip } from './tooltip.js';
import type { TreeRow } from './treeRows.js';

/** What a job's row shows in addition to the job. */
export interface JobRowContext {
  /** The job of the row above. */
  readonly parent?: Job | undefined;
  /** What is stored about the job. */
  readonly metadata?: JobMetadata | undefined;
  /** The progress that its log shows. */
  readonly progress?: LogProgress | undefined;
  /** The last lines of its log. */
  readonly lastLines?: readonly string[] | undefined;
}

/** A job's row. `stale`: its connection is unreachable, so this is the last known state. */
export function createJobRow(
  backend: Backend,
  job: Job,
  stale: boolean,
  now: Date,
  context: JobRowContext = {},
): TreeRow {
  const { icon, color: colour } = getStatusStyle(job.state);
  const tint = stale ? 'disabledForeground' : colour;
  const { metadata } = context;
  return {
    id: toJobRowId(backend.connection.id, job.id),
    label: formatJobLabel(job, context),
    description: formatJobDescription(job, stale, now, context),
    // A spinning icon would suggest that the state is current.
    icon: stale && icon === 'sync~spin' ? 'sync' : icon,
    ...(tint ? { color: tint } : {}),
    // Takes ten times as long as the rest of the row, and is needed for one row in a thousand.
    get tooltip() {
      return createTooltip(backend, job, stale, now, metadata, context.lastLines);
    },
    context: [
      `job ${job.state.kind}`,
      ...listActions(backend, job),
      ...(hasErrorLine(job, metadata) ? ['errorLine'] : []),
      metadata?.isPinned ? 'unpin' : 'pin',
      'rename',
    ].join(' '),
    ariaLabel: formatSpokenJob(backend, job, now, context),
    expands: 'closed',
    // A click on an array expands its row: which task's log to show is still unknown.
    ...(job.tasks ? {} : { action: 'log' as const }),
  };
}

/** The name that the user gave the job, or else its own. */
export const getJobLabel = ({ name }: Pick<Job, 'name'>, metadata: JobMetadata | undefined): string =>
  metadata?.label ?? name;

function formatJobLabel(job: Job, { parent, metadata }: JobRowContext): string {
  if (metadata?.label !== undefined) return sanitize(metadata.label);
  // Most tasks have the name of their array. The id distinguishes them.
  return sanitize(parent?.name === job.name ? job.id : job.name);
}

/** A whole sentence: the icon and the short description omit the state, which this begins with. */
function formatSpokenJob(backend: Backend, job: Job, now: Date, context: JobRowContext): string {
  const { metadata } = context;
  const status = formatStatus(job, now, context);
  const state = formatState(job.state);
  const label = formatJobLabel(job, context);
  const name = sanitize(job.name);
  const result = job.state.kind === 'ended' && !job.tasks && formatShortResult(job, metadata);
  return [
    label === name ? name : metadata?.label === undefined ? `${name} ${label}` : `${label} (${name})`,
    // The reason of a failure and progress replace the state.
    job.tasks || status.startsWith(state) ? status : `${state}, ${status}`,
    ...(result ? [`result ${result}`] : []),
    ...(metadata?.isPinned ? ['pinned'] : []),
    `on ${backend.connection.title}`,
  ].join(', ');
}

/** The text after a job's name: the only part of its row that changes with time alone. */
export function formatJobDescription(
  job: Job,
  stale: boolean,
  now: Date,
  context: JobRowContext = {},
): string {
  const status = formatRowStatus(job, now, context);
  const { repeated = [], isPinned } = context.metadata ?? {};
  return [
    status,
    ...(stale ? ['last known state'] : []),
    ...(repeated.length === 0 ? [] : [`repeated: ${toOneLine(repeated.join(' · '))}`]),
    ...(isPinned ? ['pinned'] : []),
  ].join(' · ');
}
