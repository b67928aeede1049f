import { stripVTControlCharacters } from 'node:util';
import type { Target } from '../commands/target.js';
import { endLine } from '../core/endLine.js';
import { isActive, type Job } from '../core/job.js';
import { fromLevel, type LeastLevel } from '../core/logLevels.js';
import { ourLine } from '../core/logText.js';
import { noticeOfError } from '../core/notice.js';
import type { Clock, Log } from '../core/ports.js';
import { isAbort } from '../core/problem.js';
import type { Say } from '../core/say.js';
import type { Sink, TimeStamps } from '../core/sink.js';
import { tail } from '../core/tail.js';

/** What following a log needs besides the job. */
export interface Following {
  readonly say: Say;
  readonly clock: Clock;
  readonly log: Log;
  readonly times: () => TimeStamps;
  readonly level: () => LeastLevel;
}

/**
 * Writes a job's log into a sink until the job has ended, and then a line of ours that says how. A failure ends it
 * with a sentence in its place; nothing is thrown.
 */
export async function followLog(
  target: Target,
  sink: Sink,
  mostChars: number,
  about: Following,
  signal: AbortSignal,
): Promise<void> {
  const { backend, job } = target;
  const { say, clock, log } = about;
  const level = about.level();
  try {
    if (job.state.kind === 'queued')
      sink.append(
        `${ourLine(job.reason ? say('waiting in the queue ({0})', job.reason) : say('waiting in the queue'))}\n`,
      );
    await tail(
      (from) => fromLevel(backend.log(job.id, from, true, signal), level),
      sink,
      {
        from: { at: 'end', bytes: Math.floor(mostChars / 2) },
        maxChars: mostChars,
        times: about.times(),
        startedAt: job.started,
        strip: stripVTControlCharacters,
        say,
        clock,
      },
      signal,
    );
    sink.append(`${endLine(await finalJob(target, signal), clock.now(), say)}\n`);
  } catch (error) {
    if (isAbort(error) || signal.aborted) return;
    log.error(`the log of ${job.id} ended early`, error);
    sink.append(`${ourLine(noticeOfError(error, say).text)}\n`);
  }
}

/** The job as it is once its log has ended. */
async function finalJob({ backend, job }: Target, signal: AbortSignal): Promise<Job> {
  if (!isActive(job)) return job;
  return (await backend.job(job.id, signal)) ?? job;
}
