import { dayMs } from '../../../lib/time.js';
import type { Clock, Log } from '../../../core/domain/ports.js';
import { JobError } from '../../../core/domain/problem.js';
import { forEachYielding } from '../../../lib/yielding.js';
import type { SchedulerCalls } from '../schedulerCalls.js';
import { parseCommandFailure } from '../commandFailures.js';
import { mergeParts, type SchedulerJob } from './schedulerJob.js';

/**
 * Finished jobs from the accounting. Without accounting all results are empty; undefined means that it does not
 * respond at the moment.
 */
export interface JobHistory {
  /** False if jobs that ended before they could leave a record are missing. */
  readonly isComplete: boolean;
  /** The start of the period that {@link JobHistory.listRecent} covers. */
  readonly getStart: () => Date;
  /** The jobs of the last days. */
  readonly listRecent: (signal: AbortSignal) => Promise<readonly SchedulerJob[] | undefined>;
  /** These jobs by ID, as far as the accounting has them. */
  readonly listByIds: (
    ids: readonly string[],
    signal: AbortSignal,
  ) => Promise<readonly SchedulerJob[] | undefined>;
}

/** The time limit of the accounting, in milliseconds; no caller waits for it. */
const queryTimeoutMs = 120_000;

/** The minimum interval between queries where the accounting is off, and where it does not respond, in milliseconds. */
const disabledRetryMs = 1_800_000;
const unavailableRetryMs = 120_000;

/** The maximum number of IDs on one command line. */
const maxIds = 200;

/** The accounting commands of a scheduler. */
export interface HistoryDialect {
  /** The command's name, for messages: `sacct`. */
  readonly program: string;
  /** Lists the jobs that existed at or after a time. */
  readonly recentArgv: (since: Date) => readonly string[];
  /** Lists these jobs; the number of an array selects all its tasks. */
  readonly jobsArgv: (ids: readonly string[]) => readonly string[];
  /** The jobs of a response one by one, and short texts about unreadable parts, for the log. */
  readonly read: (output: string) => Iterable<SchedulerJob | string>;
}

/** The history of a scheduler with accounting. @param days - The length of the history. */
export function createHistory(
  calls: SchedulerCalls,
  dialect: HistoryDialect,
  { days, clock, log }: { readonly days: () => number; readonly clock: Clock; readonly log: Log },
): JobHistory {
  let notBefore = 0;
  let isOff = false;
  const silence = (): readonly SchedulerJob[] | undefined => (isOff ? [] : undefined);
  /** Without accounting, the extension uses what the controller still has. */
  const rest = (off: boolean, words: string): readonly SchedulerJob[] | undefined => {
    isOff = off;
    notBefore = clock.now().getTime() + (off ? disabledRetryMs : unavailableRetryMs);
    log.info(`no history of ${calls.place}: ${words}`);
    return silence();
  };
  const ask = async (
    argv: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly SchedulerJob[] | undefined> => {
    if (clock.now().getTime() < notBefore) return silence();
    const ran = await calls.query(argv, signal, queryTimeoutMs).catch((error: unknown) => {
      if (error instanceof JobError) return error;
      throw error;
    });
    // A missing program is reported as a refusal.
    if (ran instanceof JobError) return rest(ran.problem.kind === 'refused', ran.message);
    if (ran.code !== 0) {
      const { kind, words } = parseCommandFailure(ran.errors, calls.style.failures);
      return rest(kind === 'accountingOff', words);
    }
    const { seen, malformed } = await collectJobs(dialect, ran.output);
    if (malformed.length > 0)
      log.warn(`entries of ${dialect.program} omitted:\n${malformed.slice(0, 10).join('\n')}`);
    return mergeParts(seen);
  };
  const since = (): Date => new Date(clock.now().getTime() - days() * dayMs);
  return {
    isComplete: true,
    getStart: since,
    listRecent: (signal) => ask(dialect.recentArgv(since()), signal),
    listByIds: async (ids, signal) => {
      const found: SchedulerJob[] = [];
      for (let at = 0; at < ids.length; at += maxIds) {
        const some = await ask(dialect.jobsArgv(ids.slice(at, at + maxIds)), signal);
        if (!some) return undefined;
        for (const seen of some) found.push(seen);
      }
      return found;
    },
  };
}

/** The jobs of a response, and the reasons why other parts could not be read. */
async function collectJobs(
  { read }: HistoryDialect,
  output: string,
): Promise<{ readonly seen: readonly SchedulerJob[]; readonly malformed: readonly string[] }> {
  const seen: SchedulerJob[] = [];
  const malformed: string[] = [];
  await forEachYielding(read(output), (one) => {
    if (typeof one === 'string') malformed.push(one);
    else seen.push(one);
  });
  return { seen, malformed };
}
