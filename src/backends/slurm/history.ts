import type { Clock, Log } from '../../core/domain/ports.js';
import type { Calls } from '../scheduler/calls.js';
import type { QueueDialect, RememberedJob } from '../scheduler/dialect.js';
import { createHistory, type JobHistory } from '../scheduler/jobs/jobHistory.js';
import { isFinal, type Seen } from '../scheduler/jobs/seen.js';
import { seenReader } from './rows.js';
import { sacctArgs, sacctRecords } from './sacct.js';
import { readShowJob, type Shown } from './scontrol.js';
import { readExit, stateOf } from './states.js';
import { readTime } from '../scheduler/times.js';

/**
 * The jobs of the last days from sacct. @param days - The length of the history. Source: docs/protocols/slurm.md, 5.
 */
export const history = (calls: Calls, days: () => number, clock: Clock, log: Log): JobHistory =>
  createHistory(
    calls,
    {
      program: 'sacct',
      recentArgv: (since) => sacctArgs({ since }),
      jobsArgv: (ids) => sacctArgs({ ids }),
      read: readHistory,
    },
    { days, clock, log },
  );

function* readHistory(output: string): Generator<Seen | string> {
  const reader = seenReader();
  for (const read of sacctRecords(output)) {
    if (typeof read === 'string') yield read;
    else for (const seen of reader.ofHistory(read)) if (isWhole(seen)) yield seen;
  }
}

/** The accounting briefly lists a job as failed without its end and exit code. Source: observed with 22.05. */
const isWhole = ({ state, end }: Seen): boolean => !isFinal(state) || end !== undefined;

/** The controller's records of a job: one for each task of an array; empty: none. */
export async function allShown(
  calls: Calls,
  id: string,
  name: string | undefined,
  signal: AbortSignal,
): Promise<readonly Shown[]> {
  const ran = await calls.ask(['scontrol', '--oneliner', 'show', 'job', id], signal);
  return ran.code === 0 ? readShowJob(ran.output, name) : [];
}

/** The ID of a controller's record: `36`, `36_2`; `36+1` for a component that is not a job itself. */
export const shownId = ({ JobId = '', ArrayJobId, ArrayTaskId, HetJobId, HetJobOffset }: Shown): string => {
  if (ArrayJobId !== undefined && ArrayTaskId !== undefined) return `${ArrayJobId}_${ArrayTaskId}`;
  if (HetJobId === undefined || HetJobOffset === undefined) return JobId;
  return HetJobOffset === '0' ? HetJobId : `${HetJobId}+${HetJobOffset}`;
};

/** The controller's data about a job or the tasks of an array, by ID. */
export const slurmRemembered =
  (calls: Calls): NonNullable<QueueDialect['remembered']> =>
  async (id, name, signal) =>
    new Map(
      (await allShown(calls, id, name, signal)).map((record) => [shownId(record), toRemembered(record)]),
    );

function toRemembered(record: Shown): Partial<RememberedJob> {
  const { JobState, Reason, ExitCode, EndTime, StartTime, Restarts, StdOut: output, StdErr: error } = record;
  const exit = readExit(ExitCode ?? '');
  const start = readTime(StartTime ?? '');
  const end = readTime(EndTime ?? '');
  return {
    ...(JobState === undefined ? {} : { state: stateOf(JobState) }),
    ...(Reason === undefined ? {} : { reason: Reason }),
    ...(exit ? { exit } : {}),
    ...(start ? { start } : {}),
    ...(end ? { end } : {}),
    restarts: Number(Restarts ?? 0),
    ...(output?.startsWith('/')
      ? { logs: { output, ...(error === undefined || error === output ? {} : { error }) } }
      : {}),
  };
}
