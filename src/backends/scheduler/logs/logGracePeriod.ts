import { waitUpTo } from '../../../lib/time.js';
import { dedupeCalls } from '../../../lib/abort.js';
import type { JobId } from '../../../core/domain/job.js';
import type { Clock } from '../../../core/domain/ports.js';
import { JobError } from '../../../core/domain/problem.js';
import type { SchedulerJob } from '../jobs/schedulerJob.js';

/** The end of a job. */
export interface JobEnding {
  /** False if it ended while queued, so that it wrote nothing. */
  readonly hasRun: boolean;
  /** Undefined if unknown. */
  readonly at?: Date;
}

/** The end of a job as listed: one that ended while queued has no node, and no start or one equal to its end. */
export function toJobEnding(
  seen: Pick<SchedulerJob, 'start' | 'end' | 'nodeList'> | undefined,
): JobEnding | undefined {
  if (!seen) return undefined;
  const { start, end, nodeList } = seen;
  const hasRun = nodeList !== undefined || (start !== undefined && start.getTime() !== end?.getTime());
  return { hasRun, ...(end ? { at: end } : {}) };
}

/** Decides how long to wait for a finished job's files. */
export interface LogGracePeriod {
  /** True once the job has finished, as far as known. */
  readonly isFinished: () => Promise<boolean>;
  /** True if a file in this state can still appear or grow, although the job has finished. */
  readonly isExpected: (seen: 'absent' | 'empty' | 'filled') => Promise<boolean>;
  /** True if the job has finished and is known to have run. */
  readonly hasRun: () => Promise<boolean>;
}

/** Dependencies of {@link createLogGracePeriod}. */
export interface LogGracePeriodDeps {
  readonly clock: Clock;
  readonly isFinished: (id: JobId, signal: AbortSignal) => Promise<boolean>;
  readonly getEnding?: (id: JobId, signal: AbortSignal) => Promise<JobEnding | undefined>;
}

/**
 * How long a file created by another machine can be invisible: as long as a shared file system caches a directory, in
 * milliseconds. Source: nfs(5), `acdirmax`.
 */
const absentGraceMs = 60_000;

/** A file that was empty is mostly read again when it is opened, but not on every file system. */
const emptyGraceMs = 10_000;

/** How long the log waits for the state of its job, in milliseconds. */
const finishedCheckMs = 1_000;

/** Decides how long to wait for the files of a job's log after its end. One for each reading of a log. */
export function createLogGracePeriod(
  deps: LogGracePeriodDeps,
  id: JobId,
  signal: AbortSignal,
): LogGracePeriod {
  const { clock } = deps;
  /** When the job was first found to be finished; undefined if it is not. */
  let overMsAt: number | undefined;
  /** True if the job was active when reading started, so that its end is known as exactly as this reading can tell. */
  let wasActive = false;
  let ending: Promise<JobEnding | undefined> | undefined;

  /**
   * True if nothing more will be written, as far as known: if the controller is down, its programs take long to
   * report it, and the job continues to write. If the host itself is unreachable, reading the log reports it.
   */
  const ask = dedupeCalls(async (): Promise<boolean> => {
    try {
      return await deps.isFinished(id, signal);
    } catch (error) {
      if (error instanceof JobError && error.problem.kind === 'offline') return false;
      throw error;
    }
  });
  const endingNow = async (): Promise<JobEnding | undefined> => {
    ending ??= deps.getEnding?.(id, signal).catch((error: unknown) => {
      if (error instanceof JobError) return undefined;
      throw error;
    });
    return ending;
  };

  return {
    isFinished: async () => {
      const isOver = (await waitUpTo(ask(), finishedCheckMs, clock)) ?? false;
      if (!isOver) wasActive = true;
      overMsAt = isOver ? (overMsAt ?? clock.now().getTime()) : undefined;
      return isOver;
    },
    isExpected: async (seen) => {
      if (seen === 'filled') return false;
      const known = await endingNow();
      if (known?.hasRun === false) return false;
      const now = clock.now().getTime();
      overMsAt ??= now;
      const since = wasActive ? overMsAt : Math.min(overMsAt, known?.at?.getTime() ?? overMsAt);
      return now - since < (seen === 'absent' ? absentGraceMs : emptyGraceMs);
    },
    hasRun: async () => overMsAt !== undefined && (await endingNow())?.hasRun === true,
  };
}
