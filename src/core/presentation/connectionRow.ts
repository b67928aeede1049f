import { canSubmit, type Backend } from '../domain/backend.js';
import { localConnectionId } from '../domain/connection.js';
import type { Job, TaskCounts } from '../domain/job.js';
import { toOneLine, sanitize } from '../../lib/sanitize.js';
import { formatAge, formatCount } from './formatting.js';
import { escapeMarkdown } from './tooltip.js';
import type { TreeRow } from './treeRows.js';

/** The connection status for its row. */
export interface ConnectionStatus {
  /** When the list was last refreshed; undefined if not yet in this session. */
  readonly refreshedAt?: Date;
  /** Why the last poll failed, as a phrase; undefined if it succeeded. */
  readonly error?: string;
  /** True: the user is signed out, or the sign-in has expired. */
  readonly isSignedOut?: true;
  /** Counts of all jobs of the connection; undefined: the listed jobs are all jobs. */
  readonly counts?: TaskCounts;
}

/** A connection's row: the number of active jobs, and the time of the last refresh or the error. */
export function createConnectionRow(
  backend: Backend,
  jobs: readonly Job[],
  standing: ConnectionStatus,
  now: Date,
): TreeRow {
  const { connection } = backend;
  const description = formatConnectionDescription(jobs, standing, now);
  const title = sanitize(connection.title);
  const words = [
    'connection',
    connection.kind,
    ...(connection.id === localConnectionId ? [] : ['removable']),
    ...(backend.account ? [standing.isSignedOut ? 'signedOut' : 'signedIn'] : []),
    ...(canSubmit(backend, 'application') ? ['applications'] : []),
    ...(standing.error ? ['trouble'] : []),
  ];
  return {
    id: connection.id,
    label: title,
    description,
    ...(standing.error ? { icon: 'warning', color: 'list.warningForeground' } : { icon: 'server' }),
    // The row is too narrow for a long reason.
    ...(standing.error
      ? { tooltip: `**${escapeMarkdown(title)}**\n\n${escapeMarkdown(standing.error)}` }
      : {}),
    context: words.join(' '),
    ariaLabel: description === '' ? title : `${title}, ${description}`,
    expands: 'open',
  };
}

function formatConnectionDescription(jobs: readonly Job[], standing: ConnectionStatus, now: Date): string {
  if (standing.isSignedOut) return 'not signed in';
  if (standing.error) {
    const seen = standing.refreshedAt
      ? `last seen ${formatAge(standing.refreshedAt, now)}`
      : 'last known state';
    return `unreachable: ${toOneLine(standing.error)} · ${seen}`;
  }
  const { running, queued } = standing.counts ?? countActive(jobs);
  const parts: string[] = [];
  if (running > 0) parts.push(`${formatCount(running)} running`);
  if (queued > 0) parts.push(`${formatCount(queued)} queued`);
  // While a job is active the list is polled continuously; the time would only flicker. It has no seconds,
  // because changing it redraws all rows below it and makes the view's progress bar flash.
  if (standing.refreshedAt && parts.length === 0)
    parts.push(`refreshed ${standing.refreshedAt.toLocaleTimeString(undefined, { timeStyle: 'short' })}`);
  return parts.join(' · ');
}

/** The number of running and waiting jobs; an array counts as one. */
function countActive(jobs: readonly Job[]): Pick<TaskCounts, 'running' | 'queued'> {
  const counts = { running: 0, queued: 0 };
  for (const { state } of jobs)
    if (state.kind === 'queued') counts.queued++;
    else if (state.kind !== 'ended') counts.running++;
  return counts;
}
