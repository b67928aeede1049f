import type { Clock, Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { Calls } from '../scheduler/calls.js';
import { refusal } from './errors.js';
import { sacctArgs, sacctRecords } from './sacct.js';
import { joinParts, seenReader, type Seen } from '../scheduler/jobs/seen.js';
import { readShowJob, type Shown } from './scontrol.js';
import { isFinal, readExit } from './states.js';
import { readTime } from '../scheduler/times.js';
import { inTurns } from '../../remote/turns.js';

/**
 * How jobs ended, from the accounting. Where a cluster has none, all answers are empty; undefined: it does not answer at
 * the moment.
 */
export interface History {
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

/** @param days - how far back. Source: docs/protocols/slurm.md, 5. */
export function history(calls: Calls, days: () => number, clock: Clock, log: Log): History {
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
      const { kind, words } = refusal(ran.errors);
      return rest(kind === 'accountingOff', words);
    }
    const { seen, malformed } = await seenIn(ran.output);
    if (malformed.length > 0) log.warn(`entries of sacct left out:\n${malformed.slice(0, 10).join('\n')}`);
    return joinParts(seen);
  };
  const since = (): Date => new Date(clock.now().getTime() - days() * 86_400_000);
  return {
    since,
    recent: (signal) => ask(sacctArgs({ since: since() }), signal),
    of: async (ids, signal) => {
      const found: Seen[] = [];
      for (let at = 0; at < ids.length; at += mostIds) {
        const some = await ask(sacctArgs({ ids: ids.slice(at, at + mostIds) }), signal);
        if (!some) return undefined;
        for (const seen of some) found.push(seen);
      }
      return found;
    },
  };
}

/** The jobs of sacct's answer, and why what it holds besides could not be read. */
async function seenIn(
  output: string,
): Promise<{ readonly seen: readonly Seen[]; readonly malformed: readonly string[] }> {
  const all: Seen[] = [];
  const malformed: string[] = [];
  const reader = seenReader();
  await inTurns(sacctRecords(output), (read) => {
    if (typeof read === 'string') malformed.push(read);
    else for (const seen of reader.ofHistory(read)) if (isWhole(seen)) all.push(seen);
  });
  return { seen: all, malformed };
}

/** For a moment the accounting knows that a job has failed, but neither when nor its exit code. Source: observed with 22.05. */
const isWhole = ({ state, end }: Seen): boolean => !isFinal(state) || end !== undefined;

/** What the controller remembers of a job: of an array, a record for each task; empty: nothing. */
export async function allShown(
  calls: Calls,
  id: string,
  name: string | undefined,
  signal: AbortSignal,
): Promise<readonly Shown[]> {
  const ran = await calls.ask(['scontrol', '--oneliner', 'show', 'job', id], signal);
  return ran.code === 0 ? readShowJob(ran.output, name) : [];
}

/** The id of what the controller tells of: `36`, `36_2`; `36+1` of a part that stands for no job of its own. */
export const shownId = ({ JobId = '', ArrayJobId, ArrayTaskId, HetJobId, HetJobOffset }: Shown): string => {
  if (ArrayJobId !== undefined && ArrayTaskId !== undefined) return `${ArrayJobId}_${ArrayTaskId}`;
  if (HetJobId === undefined || HetJobOffset === undefined) return JobId;
  return HetJobOffset === '0' ? HetJobId : `${HetJobId}+${HetJobOffset}`;
};

/** A job that was seen before, with what the controller says of its end. */
export const withShown = (seen: Seen, { JobState, Reason, ExitCode, EndTime, StartTime }: Shown): Seen => ({
  ...seen,
  ...(JobState === undefined ? {} : { state: JobState }),
  ...(Reason === undefined ? {} : { reason: Reason }),
  exit: readExit(ExitCode ?? '') ?? seen.exit,
  start: readTime(StartTime ?? '') ?? seen.start,
  end: readTime(EndTime ?? '') ?? seen.end,
});
