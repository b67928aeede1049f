import type { Exit, JobState } from '../../../core/domain/job.js';
import { rangesText, splitTasks, type TaskRanges } from '../ranges.js';
import { readShownId } from '../taskIds.js';
import type { Span } from '../times.js';

/** A job, or one task of an array, as its scheduler listed it, or as the history has it. */
export interface Seen {
  /** `36`, `36_2`; of a part of a heterogeneous job the number of the whole, which is one job. */
  readonly id: string;
  /** Of a task: the number of the whole. */
  readonly base?: number;
  readonly index?: number;
  /** The part of a heterogeneous job; of parts that were joined, the first. */
  readonly part?: number;
  /** Its own number; undefined for a task that waits together with others. */
  readonly own?: number;
  /** Of tasks that are not told one by one: how many. Their id is that of all of them, `36_[5000-999999]`. */
  readonly tasks?: number;
  readonly name: string;
  readonly state: JobState;
  readonly reason?: string | undefined;
  readonly reasonDetail?: string | undefined;
  /** The queue it was submitted to; empty: not told. */
  readonly partition: string;
  readonly submitted?: Date | undefined;
  /** Of a waiting job: when it is expected to start. */
  readonly start?: Date | undefined;
  readonly end?: Date | undefined;
  readonly limit?: Span | undefined;
  readonly nodes?: number | undefined;
  readonly cpus?: number | undefined;
  readonly memory?: string | undefined;
  readonly gres?: string | undefined;
  readonly nodeList?: string | undefined;
  readonly account?: string | undefined;
  readonly qos?: string | undefined;
  readonly dependency?: string | undefined;
  /** The folder it runs in; empty: not told. */
  readonly workDir: string;
  readonly command?: string | undefined;
  readonly exit?: Exit | undefined;
  /** True: its script was never started, though the scheduler has it as completed. */
  readonly isUnstarted?: true;
  /** True: the scheduler still lists it. */
  readonly isQueued: boolean;
  /** The row as it was read. */
  readonly row: object;
}

/** In the place of the scheduler's word: the job is gone, and nobody told how it ended. */
export const forgotten = 'FORGOTTEN';
export const forgottenState: JobState = { kind: 'unknown', word: forgotten };

/** True: the job will not go on by itself. A word that this version has never met is not final. */
export const isFinal = ({ kind }: JobState): boolean => kind === 'ended';

/** True: it will not go on by itself, or nobody will ever hear of it. */
export const isOver = ({ state }: Seen): boolean => isFinal(state) || state.word === forgotten;

/** How many tasks that wait together are told one by one: of one row, and of all rows of an answer. */
const maxOfRow = 5_000;
const maxOfAnswer = 10_000;

/** Makes jobs of the rows of one answer. */
export interface RowReader {
  /**
   * The jobs of a row, by the id that it shows. Tasks that wait together become one for each; beyond {@link maxOfRow} and
   * {@link maxOfAnswer} the others become one for all of them, with their number.
   *
   * @param own - The number of the row itself, also of a task.
   */
  readonly toJobs: (shown: string, own: number, seen: Omit<Seen, 'id'>) => readonly Seen[];
}

export function createRowReader(): RowReader {
  let left = maxOfAnswer;
  return {
    toJobs: (shown, own, seen) => {
      const { base, index, tasks, part } = readShownId(shown) ?? { base: own };
      if (part !== undefined) return [{ ...seen, id: String(base), own, part }];
      if (index !== undefined) return [{ ...seen, id: taskId(base, index), base, index, own }];
      if (!tasks) return [{ ...seen, id: String(base), own }];
      const { indices, rest } = splitTasks(tasks, Math.min(left, maxOfRow));
      left -= indices.length;
      const single = indices.map((one): Seen => ({ ...seen, id: taskId(base, one), base, index: one }));
      if (!rest) return single;
      const index0 = rest.ranges[0]?.from ?? (indices.at(-1) ?? 0) + 1;
      return [...single, { ...seen, id: rangesId(base, rest), base, index: index0, tasks: rest.count }];
    },
  };
}

const taskId = (base: number, index: number): string => `${String(base)}_${String(index)}`;

/** Longer ids are cut: Slurm takes none that long on its command line, and refuses a cut one. */
const maxId = 200;

function rangesId(base: number, rest: TaskRanges): string {
  const text = rangesText(rest);
  return `${String(base)}_[${text.length > maxId ? `${text.slice(0, maxId)}...` : text}]`;
}

/**
 * One more part of a heterogeneous job. The first part runs the script, so that its number, name, log and exit are the
 * job's; it goes on as long as one of its parts does.
 */
export function joinPart(known: Seen | undefined, seen: Seen): Seen {
  if (known?.part === undefined || seen.part === undefined || known.part === seen.part) return seen;
  const [first, other] = known.part < seen.part ? [known, seen] : [seen, known];
  const goesOn = isFinal(first.state) && !isFinal(other.state);
  const lists = [first.nodeList, other.nodeList].filter((list) => list !== undefined);
  return {
    ...first,
    ...(goesOn ? { state: other.state, reason: other.reason, end: other.end } : {}),
    nodes: sum(first.nodes, other.nodes),
    cpus: sum(first.cpus, other.cpus),
    nodeList: lists.length === 0 ? undefined : lists.join(','),
    isQueued: first.isQueued || other.isQueued,
  };
}

const sum = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : a + b;

/** The parts of heterogeneous jobs as the jobs they are; all else as it is. */
export function joinParts(all: readonly Seen[]): readonly Seen[] {
  if (!all.some(({ part }) => part !== undefined)) return all;
  const jobs = new Map<string, Seen>();
  for (const seen of all) jobs.set(seen.id, joinPart(jobs.get(seen.id), seen));
  return [...jobs.values()];
}

/** What both know: the queue's word counts while it has one, the history adds how it ended. */
export function joined(queued: Seen, history: Seen | undefined): Seen {
  // What an earlier run left says nothing of one that waits or runs again.
  if (!history || !isFinal(queued.state) || isEarlier(history, queued)) return queued;
  const { exit, end, nodeList } = history;
  return {
    ...queued,
    ...(exit === undefined ? {} : { exit }),
    end: queued.end ?? end,
    nodeList: queued.nodeList ?? nodeList,
  };
}

/** The number had another job, or another run of this one. The accounting may be a second off. */
export const isEarlier = (history: Seen, { submitted }: Seen): boolean =>
  history.submitted !== undefined &&
  submitted !== undefined &&
  submitted.getTime() - history.submitted.getTime() > 1_000;
