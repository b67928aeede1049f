import { durationText } from '../presentation/duration.js';
import { runningMs, type Job } from '../domain/job.js';
import { ourLine } from './logText.js';
import type { Say } from '../../lib/say.js';
import { stateText } from '../presentation/state.js';

/** The line of ours that ends a job's log: `── Completed in 3.2 s (exit 0) ──`. */
export function endLine(job: Job, now: Date, say: Say): string {
  const ran = runningMs(job, now);
  const state = stateText(job.state, say);
  const told = ran === undefined ? state : say('{0} in {1}', state, durationText(ran, say));
  const why = [exitText(job, say), job.reason].filter((part) => part !== undefined && part !== '');
  const unlike = [...new Set(why)];
  return ourLine(unlike.length > 0 ? `${told} (${unlike.join(', ')})` : told);
}

function exitText(job: Job, say: Say): string | undefined {
  if (job.exit?.signal !== undefined) return say('signal {0}', job.exit.signal);
  return job.exit?.code === undefined ? undefined : say('exit {0}', job.exit.code);
}
