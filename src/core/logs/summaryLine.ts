import { formatDuration } from '../presentation/formatting.js';
import { getRunTimeMs, type Job } from '../domain/job.js';
import { formatNote } from './formatLog.js';
import { isProbablyOutOfMemory, useCurrentWording } from '../presentation/failureText.js';
import { formatState } from '../presentation/statusText.js';

/**
 * The line that the extension appends to the log of a finished job: `── Completed in 3.2 s (exit code 0) ──`.
 */
export function formatSummaryLine(job: Job, now: Date): string {
  const ran = getRunTimeMs(job, now);
  const state = formatState(job.state);
  const told = ran === undefined ? state : `${state} in ${formatDuration(ran)}`;
  const why = [formatExitStatus(job), job.reason && useCurrentWording(job.reason)].filter(
    (part) => part !== undefined && part !== '',
  );
  if (isProbablyOutOfMemory(job)) why.push('out of memory?');
  const unlike = [...new Set(why)];
  return formatNote(unlike.length > 0 ? `${told} (${unlike.join(', ')})` : told);
}

function formatExitStatus(job: Job): string | undefined {
  if (job.exit?.signal !== undefined) return `signal ${job.exit.signal}`;
  return job.exit?.code === undefined ? undefined : `exit code ${String(job.exit.code)}`;
}
