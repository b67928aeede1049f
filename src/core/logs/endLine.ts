import { durationText } from '../presentation/duration.js';
import { runningMs, type Job } from '../domain/job.js';
import { ourLine } from './logText.js';
import { stateText } from '../presentation/state.js';

/** The line of ours that ends a job's log: `── Completed in 3.2 s (exit code 0) ──`. */
export function endLine(job: Job, now: Date): string {
  const ran = runningMs(job, now);
  const state = stateText(job.state);
  const told = ran === undefined ? state : `${state} in ${durationText(ran)}`;
  const why = [exitText(job), job.reason && currentWording(job.reason)].filter(
    (part) => part !== undefined && part !== '',
  );
  const unlike = [...new Set(why)];
  return ourLine(unlike.length > 0 ? `${told} (${unlike.join(', ')})` : told);
}

function exitText(job: Job): string | undefined {
  if (job.exit?.signal !== undefined) return `signal ${job.exit.signal}`;
  return job.exit?.code === undefined ? undefined : `exit code ${String(job.exit.code)}`;
}

/** Jobs of version 0.1.0 have a stored reason `exit 3`, which is written `exit code 3` since. */
const currentWording = (reason: string): string => reason.replace(/^exit (?=\d+$)/, 'exit code ');
