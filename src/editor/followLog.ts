import type { LogTarget, JobTarget } from '../commands/resolveTargets.js';
import { formatSummaryLine } from '../core/logs/summaryLine.js';
import { isActive, type Job } from '../core/domain/job.js';
import { filterByLevel, type MinLogLevel } from '../core/logs/logLevels.js';
import { formatNote } from '../core/logs/formatLog.js';
import { createErrorNotice } from '../core/presentation/notice.js';
import type { Clock, Log } from '../core/domain/ports.js';
import { isAbort } from '../core/domain/problem.js';
import type { LogSink, TimestampMode } from '../core/logs/logSink.js';
import { reportProgress } from '../core/logs/progressBar.js';
import { tailLog } from '../core/logs/tailLog.js';
import type { Disposable } from '../lib/lifetime.js';
import type { CodeMode } from '../lib/terminalCodes.js';
import { toOneLine } from '../lib/sanitize.js';
import { markGap } from '../core/domain/logBatches.js';

/** Records the percentages in followed logs. */
export interface LogProgressRecorder {
  readonly add: (target: JobTarget, percent: number) => void;
  /** Call when following starts; dispose of the result when it stops. */
  readonly follow: (target: JobTarget) => Disposable;
}

/** Dependencies of {@link followLog}. */
export interface FollowLogDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly times: () => TimestampMode;
  readonly level: () => MinLogLevel;
  /** What the job repeats from the last submission; empty: nothing. Absent: unknown. */
  readonly getRepeated?: (target: JobTarget) => Promise<readonly string[]>;
  /** See {@link TailOptions.codes}. */
  readonly codes?: CodeMode;
  /** Records the progress that running jobs print. */
  readonly progress?: LogProgressRecorder;
  /** How much of a log's end to read first, in bytes. Default: half of the sink's capacity. */
  readonly beginBytes?: number;
}

/**
 * Writes a job's log into a sink until the job finishes, then a line of our own with the outcome. On failure
 * it writes a sentence instead; nothing is thrown.
 */
export async function followLog(
  target: LogTarget,
  sink: LogSink,
  maxChars: number,
  about: FollowLogDeps,
  signal: AbortSignal,
): Promise<void> {
  const { logs } = target.backend;
  const { job, source } = target;
  if (!logs) return;
  const { clock, log, beginBytes, codes } = about;
  const level = about.level();
  const repeated = (await about.getRepeated?.(target).catch(() => undefined)) ?? [];
  const place = job.tasks ? undefined : logs.getPlace?.(job);
  const heading = [
    ...(place !== undefined && job.started ? [formatStartNote(job.started, place)] : []),
    ...(repeated.length > 0 ? [formatRepeatedNote(repeated)] : []),
    ...(level === 'all' ? [] : [formatLevelNote(level)]),
  ];
  const watched = source === undefined && isActive(job) ? about.progress : undefined;
  const following = watched?.follow(target);
  const ours = (text: string): string => `${codes === 'terminal' ? '\u001b[0m' : ''}${text}\n`;
  try {
    await tailLog(
      (from) => {
        const read = logs.read(job.id, from, true, signal, source?.id);
        const isAgain = logs.isLossy === true && from.at === 'cursor';
        const shown = filterByLevel(isAgain ? markGap(read, 'the connection was lost') : read, level);
        if (!watched) return shown;
        return reportProgress(shown, (percent) => {
          watched.add(target, percent);
        });
      },
      sink,
      {
        from: { at: 'end', bytes: beginBytes ?? Math.floor(maxChars / 2) },
        maxChars,
        times: about.times(),
        startedAt: job.started,
        ...(codes ? { codes } : {}),
        ...(heading.length === 0 ? {} : { heading: heading.map((line) => `${line}\n`).join('') }),
        ...(job.state.kind === 'queued' ? { opening: `${formatQueueNote(job)}\n` } : {}),
        clock,
      },
      signal,
    );
    sink.append(ours(formatSummaryLine(await getFinalJob(target, signal), clock.now())));
  } catch (error) {
    if (isAbort(error) || signal.aborted) return;
    log.error(`the log of ${job.id} ended early`, error);
    (sink.fail ?? sink.append)(ours(formatNote(createErrorNotice(error).text)));
  } finally {
    following?.dispose();
  }
}

/** Our own line that says when and where the job started. */
const formatStartNote = (started: Date, place: string): string =>
  formatNote(`started ${formatClock(started)} on ${toOneLine(place)}`);

/** The time of day. */
function formatClock(at: Date): string {
  const [hours, minutes] = [at.getHours(), at.getMinutes()].map((value) => String(value).padStart(2, '0'));
  return `${hours ?? ''}:${minutes ?? ''}`;
}

/** Our own line that says what a submission without questions took over. */
const formatRepeatedNote = (repeated: readonly string[]): string =>
  formatNote(
    `repeated from the last submission: ${toOneLine(repeated.join(' · '))} (not with Submit Script as Job with Defaults)`,
  );

/** Our own line that reports hidden lines and the setting for them. */
function formatLevelNote(level: Exclude<MinLogLevel, 'all'>): string {
  switch (level) {
    case 'info':
      return formatNote('lines below info are hidden; use Filter Logs by Level… to show them');
    case 'warn':
      return formatNote('lines below warn are hidden; use Filter Logs by Level… to show them');
    case 'error':
      return formatNote('lines below error are hidden; use Filter Logs by Level… to show them');
  }
}

const formatQueueNote = ({ reason }: Job): string =>
  formatNote(reason ? `waiting in the queue (${reason})` : 'waiting in the queue');

/** The job's state after its log has ended. */
async function getFinalJob({ backend, job }: JobTarget, signal: AbortSignal): Promise<Job> {
  if (!isActive(job)) return job;
  return (await backend.jobs.get(job.id, signal)) ?? job;
}
