import { waitAtMost } from '../../../lib/time.js';
import { dedupeCalls } from '../../../lib/abort.js';
import type { JobId } from '../../../core/domain/job.js';
import type { Clock } from '../../../core/domain/ports.js';
import { JobError } from '../../../core/domain/problem.js';
import type { Seen } from '../jobs/seen.js';

/** How a job that is over ended. */
export interface JobEnding {
  /** False: it ended in the queue, so it wrote nothing. */
  readonly hasRun: boolean;
  /** Undefined: not known. */
  readonly at?: Date;
}

/** How a job ended, by what is told of it: one that ended in the queue has no node, and no start or one at its end. */
export function endingOf(seen: Pick<Seen, 'start' | 'end' | 'nodeList'> | undefined): JobEnding | undefined {
  if (!seen) return undefined;
  const { start, end, nodeList } = seen;
  const hasRun = nodeList !== undefined || (start !== undefined && start.getTime() !== end?.getTime());
  return { hasRun, ...(end ? { at: end } : {}) };
}

/** How long an ended job's files are waited for. */
export interface Lateness {
  /** True once the job is over, as far as that is known. */
  readonly isOver: () => Promise<boolean>;
  /** True: a file that is seen like this may show (more) later, though the job is over. */
  readonly isExpected: (seen: 'absent' | 'empty' | 'filled') => Promise<boolean>;
  /** True: the job is over, and is known to have run. */
  readonly hasRun: () => Promise<boolean>;
}

/** What it is made from. */
export interface LatenessDeps {
  readonly clock: Clock;
  readonly isOver: (id: JobId, signal: AbortSignal) => Promise<boolean>;
  readonly ending?: (id: JobId, signal: AbortSignal) => Promise<JobEnding | undefined>;
}

/**
 * A file that another machine made may not show for as long as a shared file system remembers what a folder held: a
 * minute, in milliseconds. Source: nfs(5), `acdirmax`.
 */
const absentMs = 60_000;

/** One that was seen while it was empty is mostly read anew when it is opened, but not everywhere. */
const emptyMs = 10_000;

/** So long at most the log waits for an answer on whether its job has ended, in milliseconds. */
const overMs = 1_000;

/** Decides how long the files of a job's log are waited for after its end. One for each reading of a log. */
export function createLateness(deps: LatenessDeps, id: JobId, signal: AbortSignal): Lateness {
  const { clock } = deps;
  /** When it was first seen to be over; undefined: it is not. */
  let overMsAt: number | undefined;
  /** True: it was not over yet when reading began, so its end is as old as this reading knows. */
  let wasActive = false;
  let ending: Promise<JobEnding | undefined> | undefined;

  /**
   * Whether nothing more will be written, as far as it is known: while the controller is away its programs take long to say
   * so, and the job writes on. Where the host itself is away, reading the log tells it.
   */
  const ask = dedupeCalls(async (): Promise<boolean> => {
    try {
      return await deps.isOver(id, signal);
    } catch (error) {
      if (error instanceof JobError && error.problem.kind === 'offline') return false;
      throw error;
    }
  });
  const endingNow = async (): Promise<JobEnding | undefined> => {
    ending ??= deps.ending?.(id, signal).catch((error: unknown) => {
      if (error instanceof JobError) return undefined;
      throw error;
    });
    return ending;
  };

  return {
    isOver: async () => {
      const isOver = (await waitAtMost(ask(), overMs, clock)) ?? false;
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
      return now - since < (seen === 'absent' ? absentMs : emptyMs);
    },
    hasRun: async () => overMsAt !== undefined && (await endingNow())?.hasRun === true,
  };
}
