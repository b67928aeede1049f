import type { ExitStatus, JobState } from '../../../core/domain/job.js';
import { formatRanges, splitTasks, type TaskRanges } from '../taskRanges.js';
import { parseDisplayId } from '../taskIds.js';
import type { TimeSpan } from '../times.js';

/** A job or one task of an array, as the queue or the history of its scheduler lists it. */
export interface SchedulerJob {
  /** `36`, `36_2`; for a component of a heterogeneous job the number of the whole job. */
  readonly id: string;
  /** Of a task: the number of its array. */
  readonly base?: number;
  readonly index?: number;
  /** The component of a heterogeneous job; the first one where several were joined. */
  readonly part?: number;
  /** The job's own number; undefined for tasks that share a row. */
  readonly own?: number;
  /**
   * How many tasks this row represents, where they are not listed one by one. The ID is that of all of them,
   * `36_[5000-999999]`.
   */
  readonly tasks?: number;
  /** How many tasks of its array run at once; undefined: no limit, or unknown. */
  readonly throttle?: number;
  readonly name: string;
  readonly state: JobState;
  readonly reason?: string | undefined;
  readonly reasonDetail?: string | undefined;
  /** The queue it was submitted to; empty if unknown. */
  readonly partition: string;
  readonly submitted?: Date | undefined;
  /** Of a queued job: the estimated start. */
  readonly start?: Date | undefined;
  readonly end?: Date | undefined;
  readonly limit?: TimeSpan | undefined;
  readonly nodes?: number | undefined;
  readonly cpus?: number | undefined;
  readonly memory?: string | undefined;
  readonly gres?: string | undefined;
  readonly nodeList?: string | undefined;
  readonly account?: string | undefined;
  readonly qos?: string | undefined;
  readonly dependency?: string | undefined;
  /** The working directory; empty if unknown. */
  readonly workDir: string;
  readonly command?: string | undefined;
  readonly exit?: ExitStatus | undefined;
  /** True if the script never started, although the scheduler lists the job as completed. */
  readonly isUnstarted?: true;
  /** True if the scheduler's queue still lists it. */
  readonly isQueued: boolean;
  /** The row as it was read. */
  readonly row: object;
}

/** Replaces the scheduler's state: the job is gone and no source has its exit. */
export const unknownNativeState = 'FORGOTTEN';
export const unknownState: JobState = { kind: 'unknown', word: unknownNativeState };

/** True if the job cannot continue by itself. States that this version does not know are not final. */
export const isFinalState = ({ kind }: JobState): boolean => kind === 'ended';

/** True if the job cannot continue by itself, or no source will ever have its exit. */
export const isFinished = ({ state }: SchedulerJob): boolean =>
  isFinalState(state) || state.word === unknownNativeState;

/** The maximum number of tasks that are listed one by one: of one row, and of all rows of a response. */
const maxTasksPerRow = 5_000;
const maxTasksPerOutput = 10_000;

/** Creates jobs from the rows of one response. */
export interface RowReader {
  /**
   * The jobs of a row, by the ID that it shows. Tasks that share a row become one job each; beyond {@link maxTasksPerRow}
   * and {@link maxTasksPerOutput} the others become one job with their count.
   *
   * @param own - The number of the row itself, also of a task.
   */
  readonly toJobs: (shown: string, own: number, seen: Omit<SchedulerJob, 'id'>) => readonly SchedulerJob[];
}

export function createRowReader(): RowReader {
  let left = maxTasksPerOutput;
  return {
    toJobs: (shown, own, seen) => {
      const { base, index, tasks, part } = parseDisplayId(shown) ?? { base: own };
      if (part !== undefined) return [{ ...seen, id: String(base), own, part }];
      if (index !== undefined) return [{ ...seen, id: toTaskId(base, index), base, index, own }];
      if (!tasks) return [{ ...seen, id: String(base), own }];
      const { indices, rest } = splitTasks(tasks, Math.min(left, maxTasksPerRow));
      left -= indices.length;
      const { throttle } = tasks;
      const shared = throttle === undefined ? seen : { ...seen, throttle };
      const single = indices.map((one): SchedulerJob => ({
        ...shared,
        id: toTaskId(base, one),
        base,
        index: one,
      }));
      if (!rest) return single;
      const index0 = rest.ranges[0]?.from ?? (indices.at(-1) ?? 0) + 1;
      return [...single, { ...shared, id: toRangesId(base, rest), base, index: index0, tasks: rest.count }];
    },
  };
}

const toTaskId = (base: number, index: number): string => `${String(base)}_${String(index)}`;

/** Longer IDs are cut: Slurm does not accept longer ones on its command line, and rejects a cut one. */
const maxIdLength = 200;

function toRangesId(base: number, rest: TaskRanges): string {
  const text = formatRanges(rest);
  return `${String(base)}_[${text.length > maxIdLength ? `${text.slice(0, maxIdLength)}...` : text}]`;
}

/**
 * Adds a component of a heterogeneous job. The first component runs the script, so its number, name, log and exit are
 * those of the job, which runs as long as one of its components does.
 */
export function mergePart(known: SchedulerJob | undefined, seen: SchedulerJob): SchedulerJob {
  if (known?.part === undefined || seen.part === undefined || known.part === seen.part) return seen;
  const [first, other] = known.part < seen.part ? [known, seen] : [seen, known];
  const goesOn = isFinalState(first.state) && !isFinalState(other.state);
  const lists = [first.nodeList, other.nodeList].filter((list) => list !== undefined);
  return {
    ...first,
    ...(goesOn ? { state: other.state, reason: other.reason, end: other.end } : {}),
    nodes: addOptional(first.nodes, other.nodes),
    cpus: addOptional(first.cpus, other.cpus),
    nodeList: lists.length === 0 ? undefined : lists.join(','),
    isQueued: first.isQueued || other.isQueued,
  };
}

const addOptional = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : a + b;

/** Joins the components of heterogeneous jobs; other jobs are unchanged. */
export function mergeParts(all: readonly SchedulerJob[]): readonly SchedulerJob[] {
  if (!all.some(({ part }) => part !== undefined)) return all;
  const jobs = new Map<string, SchedulerJob>();
  for (const seen of all) jobs.set(seen.id, mergePart(jobs.get(seen.id), seen));
  return [...jobs.values()];
}

/**
 * Merges a job of the queue with the same job of the history: the queue's state has priority, the history adds the
 * exit.
 */
export function mergeHistory(queued: SchedulerJob, history: SchedulerJob | undefined): SchedulerJob {
  // The exit of an earlier run does not belong to a job that is queued or runs again.
  if (!history || !isFinalState(queued.state) || isEarlierRun(history, queued)) return queued;
  const { exit, end, nodeList } = history;
  return {
    ...queued,
    ...(exit === undefined ? {} : { exit }),
    end: queued.end ?? end,
    nodeList: queued.nodeList ?? nodeList,
  };
}

/** True if the number belongs to another job or to another run. The times of the accounting can differ by a second. */
export const isEarlierRun = (history: SchedulerJob, { submitted }: SchedulerJob): boolean =>
  history.submitted !== undefined &&
  submitted !== undefined &&
  submitted.getTime() - history.submitted.getTime() > 1_000;
