import type { Clock, Log } from '../../core/ports.js';
import type { Calls } from './calls.js';
import { refusal } from './errors.js';
import { sacctArgs, readSacct } from './sacct.js';
import { seenInHistory, type Seen } from './seen.js';
import { readShowJob, type Shown } from './scontrol.js';
import { readExit } from './states.js';
import { readTime } from './times.js';

/** How jobs ended, from the accounting where there is one, else from the controller as long as it remembers. */
export interface History {
  /** The jobs of the last days; empty where there is no accounting. */
  readonly recent: (signal: AbortSignal) => Promise<readonly Seen[]>;
  /** These jobs by their ids, as far as the accounting knows them. */
  readonly of: (ids: readonly string[], signal: AbortSignal) => Promise<readonly Seen[]>;
}

/** The accounting may take its time; nobody waits for it. */
const patientMs = 120_000;

/** It is not asked again for so long where it is off, and where it does not answer, in milliseconds. */
const offMs = 1_800_000;
const downMs = 120_000;

/** Ids of one command line. */
const mostIds = 200;

/** @param days - how far back. Source: reference slurm.md, 5. */
export function history(calls: Calls, days: () => number, clock: Clock, log: Log): History {
  let notBefore = 0;
  const ask = async (argv: readonly string[], signal: AbortSignal): Promise<readonly Seen[]> => {
    if (clock.now().getTime() < notBefore) return [];
    const ran = await calls.ask(argv, signal, patientMs);
    if (ran.code !== 0) {
      const { kind, words } = refusal(ran.errors);
      // Without the accounting everything goes on, from what the controller remembers.
      notBefore = clock.now().getTime() + (kind === 'accountingOff' ? offMs : downMs);
      log.info(`no history of ${calls.place}: ${words}`);
      return [];
    }
    const { rows, malformed } = readSacct(ran.output);
    if (malformed.length > 0) log.warn(`entries of sacct left out:\n${malformed.slice(0, 10).join('\n')}`);
    return seenInHistory(rows);
  };
  return {
    recent: (signal) => {
      const since = new Date(clock.now().getTime() - days() * 86_400_000);
      return ask(sacctArgs({ since }), signal);
    },
    of: async (ids, signal) => {
      const found: Seen[] = [];
      for (let at = 0; at < ids.length; at += mostIds)
        found.push(...(await ask(sacctArgs({ ids: ids.slice(at, at + mostIds) }), signal)));
      return found;
    },
  };
}

/** What the controller remembers of a job; undefined: nothing. Tasks of an array come each by itself. */
export async function shown(
  calls: Calls,
  id: string,
  name: string | undefined,
  signal: AbortSignal,
): Promise<Shown | undefined> {
  const ran = await calls.ask(['scontrol', '--oneliner', 'show', 'job', id], signal);
  if (ran.code !== 0) return undefined;
  return readShowJob(ran.output, name)[0];
}

/** A job that was seen before, with what the controller says of its end. */
export const withShown = (seen: Seen, { JobState, Reason, ExitCode, EndTime, StartTime }: Shown): Seen => ({
  ...seen,
  ...(JobState === undefined ? {} : { state: JobState }),
  ...(Reason === undefined ? {} : { reason: Reason }),
  exit: readExit(ExitCode ?? '') ?? seen.exit,
  start: readTime(StartTime ?? '') ?? seen.start,
  end: readTime(EndTime ?? '') ?? seen.end,
});
