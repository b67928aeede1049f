import type { Clock, Log } from '../../core/domain/ports.js';
import type { SchedulerCalls } from '../scheduler/schedulerCalls.js';
import type { QueueDialect, RememberedJob } from '../scheduler/dialect.js';
import { createHistory, type JobHistory } from '../scheduler/jobs/jobHistory.js';
import { isFinalState, type SchedulerJob } from '../scheduler/jobs/schedulerJob.js';
import { createSlurmRowReader } from './rows.js';
import { toSacctArgs, parseSacct } from './sacct.js';
import { parseShowJob, type ScontrolRecord } from './scontrol.js';
import { parseExit, toJobState } from './states.js';
import { parseTime } from '../scheduler/times.js';

/**
 * The jobs of the last days from sacct. @param days - The length of the history. Source: docs/protocols/slurm.md, 5.
 */
export const createSlurmHistory = (
  calls: SchedulerCalls,
  days: () => number,
  clock: Clock,
  log: Log,
): JobHistory =>
  createHistory(
    calls,
    {
      program: 'sacct',
      recentArgv: (since) => toSacctArgs({ since }),
      jobsArgv: (ids) => toSacctArgs({ ids }),
      read: parseHistory,
    },
    { days, clock, log },
  );

function* parseHistory(output: string): Generator<SchedulerJob | string> {
  const reader = createSlurmRowReader();
  for (const read of parseSacct(output)) {
    if (typeof read === 'string') yield read;
    else for (const seen of reader.fromHistory(read)) if (isCompleteRecord(seen)) yield seen;
  }
}

/** The accounting briefly lists a job as failed without its end and exit code. Source: observed with 22.05. */
const isCompleteRecord = ({ state, end }: SchedulerJob): boolean => !isFinalState(state) || end !== undefined;

/** The controller's records of a job: one for each task of an array; empty: none. */
export async function fetchRecords(
  calls: SchedulerCalls,
  id: string,
  name: string | undefined,
  signal: AbortSignal,
): Promise<readonly ScontrolRecord[]> {
  const ran = await calls.query(['scontrol', '--oneliner', 'show', 'job', id], signal);
  return ran.code === 0 ? parseShowJob(ran.output, name) : [];
}

/** The ID of a controller's record: `36`, `36_2`; `36+1` for a component that is not a job itself. */
export const toDisplayId = ({
  JobId = '',
  ArrayJobId,
  ArrayTaskId,
  HetJobId,
  HetJobOffset,
}: ScontrolRecord): string => {
  if (ArrayJobId !== undefined && ArrayTaskId !== undefined) return `${ArrayJobId}_${ArrayTaskId}`;
  if (HetJobId === undefined || HetJobOffset === undefined) return JobId;
  return HetJobOffset === '0' ? HetJobId : `${HetJobId}+${HetJobOffset}`;
};

/** The controller's data about a job or the tasks of an array, by ID. */
export const createRememberedFetcher =
  (calls: SchedulerCalls): NonNullable<QueueDialect['fetchRemembered']> =>
  async (id, name, signal) =>
    new Map(
      (await fetchRecords(calls, id, name, signal)).map((record) => [
        toDisplayId(record),
        toRememberedJob(record),
      ]),
    );

function toRememberedJob(record: ScontrolRecord): Partial<RememberedJob> {
  const { JobState, Reason, ExitCode, EndTime, StartTime, Restarts, StdOut: output, StdErr: error } = record;
  const exit = parseExit(ExitCode ?? '');
  const start = parseTime(StartTime ?? '');
  const end = parseTime(EndTime ?? '');
  return {
    ...(JobState === undefined ? {} : { state: toJobState(JobState) }),
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
