import type { LogTarget, Target } from '../commands/target.js';
import { endLine } from '../core/logs/endLine.js';
import { isActive, type Job } from '../core/domain/job.js';
import { fromLevel, type LeastLevel } from '../core/logs/logLevels.js';
import { ourLine } from '../core/logs/logText.js';
import { noticeOfError } from '../core/presentation/notice.js';
import type { Clock, Log } from '../core/domain/ports.js';
import { isAbort } from '../core/domain/problem.js';
import type { Sink, TimeStamps } from '../core/logs/sink.js';
import { tail } from '../core/logs/tail.js';
import type { CodeMode } from '../lib/terminalCodes.js';
import { markGap } from '../core/domain/logBatches.js';

/** Dependencies of {@link followLog}. */
export interface Following {
  readonly clock: Clock;
  readonly log: Log;
  readonly times: () => TimeStamps;
  readonly level: () => LeastLevel;
  /** See {@link TailOptions.codes}. */
  readonly codes?: CodeMode;
  /** How much of a log's end to read first, in bytes. Default: half of the sink's capacity. */
  readonly beginBytes?: number;
}

/**
 * Writes a job's log into a sink until the job finishes, then a line of our own with the outcome. On failure
 * it writes a sentence instead; nothing is thrown.
 */
export async function followLog(
  target: LogTarget,
  sink: Sink,
  mostChars: number,
  about: Following,
  signal: AbortSignal,
): Promise<void> {
  const { logs } = target.backend;
  const { job, source } = target;
  if (!logs) return;
  const { clock, log, beginBytes, codes } = about;
  const level = about.level();
  const ours = (text: string): string => `${codes === 'terminal' ? '\u001b[0m' : ''}${text}\n`;
  try {
    await tail(
      (from) => {
        const read = logs.read(job.id, from, true, signal, source?.id);
        const isAgain = logs.isLossy === true && from.at === 'cursor';
        return fromLevel(isAgain ? markGap(read, 'the connection was lost') : read, level);
      },
      sink,
      {
        from: { at: 'end', bytes: beginBytes ?? Math.floor(mostChars / 2) },
        maxChars: mostChars,
        times: about.times(),
        startedAt: job.started,
        ...(codes ? { codes } : {}),
        ...(level === 'all' ? {} : { heading: `${levelLine(level)}\n` }),
        ...(job.state.kind === 'queued' ? { opening: `${queueLine(job)}\n` } : {}),
        clock,
      },
      signal,
    );
    sink.append(ours(endLine(await finalJob(target, signal), clock.now())));
  } catch (error) {
    if (isAbort(error) || signal.aborted) return;
    log.error(`the log of ${job.id} ended early`, error);
    (sink.fail ?? sink.append)(ours(ourLine(noticeOfError(error).text)));
  }
}

/** Our own line that reports hidden lines and the setting for them. */
function levelLine(level: Exclude<LeastLevel, 'all'>): string {
  switch (level) {
    case 'info':
      return ourLine('lines below info are hidden; use Filter Logs by Level… to show them');
    case 'warn':
      return ourLine('lines below warn are hidden; use Filter Logs by Level… to show them');
    case 'error':
      return ourLine('lines below error are hidden; use Filter Logs by Level… to show them');
  }
}

const queueLine = ({ reason }: Job): string =>
  ourLine(reason ? `waiting in the queue (${reason})` : 'waiting in the queue');

/** The job's state after its log has ended. */
async function finalJob({ backend, job }: Target, signal: AbortSignal): Promise<Job> {
  if (!isActive(job)) return job;
  return (await backend.jobs.get(job.id, signal)) ?? job;
}
