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

/** The jobs of the last days, from sacct. @param days - How far back. Source: docs/protocols/slurm.md, 5. */
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

/** What the controller remembers of a job, or of the tasks of an array, by their ids. */
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
