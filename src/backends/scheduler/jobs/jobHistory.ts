import { dayMs } from '../../../lib/time.js';
import type { Clock, Log } from '../../../core/domain/ports.js';
import { JobError } from '../../../core/domain/problem.js';
import { inTurns } from '../../../lib/turns.js';
import type { Calls } from '../calls.js';
import { parseRefusal } from '../refusals.js';
import { joinParts, type Seen } from './seen.js';

/**
 * How jobs ended, from the accounting. Where a cluster has none, all answers are empty; undefined: it does not answer at
 * the moment.
 */
export interface JobHistory {
  /** False: jobs that were ended before they could leave a record are not in it. */
  readonly isComplete: boolean;
  /** The beginning of the last days. */
  readonly since: () => Date;
  /** The jobs of the last days. */
  readonly recent: (signal: AbortSignal) => Promise<readonly Seen[] | undefined>;
  /** These jobs by their ids, as far as the accounting knows them. */
  readonly of: (ids: readonly string[], signal: AbortSignal) => Promise<readonly Seen[] | undefined>;
}

/** The accounting may take its time; nobody waits for it. */
const patientMs = 120_000;

/** It is not asked again for so long where it is off, and where it does not answer, in milliseconds. */
const offMs = 1_800_000;
const downMs = 120_000;

/** Ids of one command line. */
const mostIds = 200;

/** How the accounting of a scheduler is asked. */
export interface HistoryDialect {
  /** The command, for messages: `sacct`. */
  readonly program: string;
  /** Lists the jobs that existed at or after a moment. */
  readonly recentArgv: (since: Date) => readonly string[];
  /** Lists these jobs; of an array its number stands for all tasks. */
  readonly jobsArgv: (ids: readonly string[]) => readonly string[];
  /** The jobs of its answer, one by one, and short texts of what could not be read, for the log. */
  readonly read: (output: string) => Iterable<Seen | string>;
}

/** The history that a scheduler's accounting keeps. @param days - How far back. */
export function createHistory(
  calls: Calls,
  dialect: HistoryDialect,
  { days, clock, log }: { readonly days: () => number; readonly clock: Clock; readonly log: Log },
): JobHistory {
  let notBefore = 0;
  let isOff = false;
  const silence = (): readonly Seen[] | undefined => (isOff ? [] : undefined);
  /** Without the accounting everything goes on, from what the controller remembers. */
  const rest = (off: boolean, words: string): readonly Seen[] | undefined => {
    isOff = off;
    notBefore = clock.now().getTime() + (off ? offMs : downMs);
    log.info(`no history of ${calls.place}: ${words}`);
    return silence();
  };
  const ask = async (argv: readonly string[], signal: AbortSignal): Promise<readonly Seen[] | undefined> => {
    if (clock.now().getTime() < notBefore) return silence();
    const ran = await calls.ask(argv, signal, patientMs).catch((error: unknown) => {
      if (error instanceof JobError) return error;
      throw error;
    });
    // Refused is what stands for a program that is not there.
    if (ran instanceof JobError) return rest(ran.problem.kind === 'refused', ran.message);
    if (ran.code !== 0) {
      const { kind, words } = parseRefusal(ran.errors, calls.style.refusals);
      return rest(kind === 'accountingOff', words);
    }
    const { seen, malformed } = await seenIn(dialect, ran.output);
    if (malformed.length > 0)
      log.warn(`entries of ${dialect.program} left out:\n${malformed.slice(0, 10).join('\n')}`);
    return joinParts(seen);
  };
  const since = (): Date => new Date(clock.now().getTime() - days() * dayMs);
  return {
    isComplete: true,
    since,
    recent: (signal) => ask(dialect.recentArgv(since()), signal),
    of: async (ids, signal) => {
      const found: Seen[] = [];
      for (let at = 0; at < ids.length; at += mostIds) {
        const some = await ask(dialect.jobsArgv(ids.slice(at, at + mostIds)), signal);
        if (!some) return undefined;
        for (const seen of some) found.push(seen);
      }
      return found;
    },
  };
}

/** The jobs of an answer, and why what it holds besides could not be read. */
async function seenIn(
  { read }: HistoryDialect,
  output: string,
): Promise<{ readonly seen: readonly Seen[]; readonly malformed: readonly string[] }> {
  const seen: Seen[] = [];
  const malformed: string[] = [];
  await inTurns(read(output), (one) => {
    if (typeof one === 'string') malformed.push(one);
    else seen.push(one);
  });
  return { seen, malformed };
}
