import type { Job, JobId } from '../domain/job.js';
import { getJobStatus } from '../domain/job.js';

/** The jobs of a connection, indexed by id and by array. Created for each new list. */
export interface JobIndex {
  /** All jobs, in list order. */
  readonly all: readonly Job[];
  /** The jobs with a row directly below the connection, in list order: those without a parent in the list. */
  readonly top: readonly Job[];
  readonly get: (id: string) => Job | undefined;
  /** The job's array; undefined if it has none in the list. */
  readonly getParent: (job: Job) => Job | undefined;
  /** The tasks of each array, by the array's id, in list order. */
  readonly parts: ReadonlyMap<JobId, readonly Job[]>;
  /** The tasks of an array, in display order. */
  readonly getTasks: (id: JobId) => readonly Job[];
}

/** The position of each job in its list, by id. Lists of the same shape share one map. */
const positions = new WeakMap<JobIndex, ReadonlyMap<string, number>>();

/** True if the list contains the same jobs with the same parents, in the same order as the index. */
export const hasSameShape = ({ all }: JobIndex, jobs: readonly Job[]): boolean =>
  all.length === jobs.length &&
  jobs.every(({ id, parent }, at) => id === all[at]?.id && parent === all[at].parent);

/**
 * Indexes a list. There is one level below the top: a task of a task becomes a top-level job.
 *
 * @param like - An index of the same shape, whose positions are reused; undefined: none.
 */
export function createJobIndex(all: readonly Job[], like?: JobIndex): JobIndex {
  const at = (like && positions.get(like)) ?? new Map(all.map(({ id }, place) => [id, place]));
  const get = (id: string): Job | undefined => {
    const place = at.get(id);
    return place === undefined ? undefined : all[place];
  };
  const findParent = ({ parent }: Job): Job | undefined => {
    const found = parent === undefined ? undefined : get(parent);
    return found && (found.parent === undefined || !at.has(found.parent)) ? found : undefined;
  };
  const top: Job[] = [];
  const parts = new Map<JobId, Job[]>();
  for (const job of all) {
    const parent = findParent(job);
    const known = parent && parts.get(parent.id);
    if (!parent) top.push(job);
    else if (known) known.push(job);
    else parts.set(parent.id, [job]);
  }
  const shown = new Map<JobId, readonly Job[]>();
  const index: JobIndex = {
    all,
    top,
    get,
    getParent: findParent,
    parts,
    getTasks: (id) => {
      const known = shown.get(id) ?? sortTasks(parts.get(id) ?? []);
      shown.set(id, known);
      return known;
    },
  };
  positions.set(index, at);
  return index;
}

/** The display order: running tasks first, then failed, queued, and all other ones. */
export function getTaskRank({ state }: Job): number {
  switch (getJobStatus(state)) {
    case 'running':
    case 'unknown':
      return 0;
    case 'failed':
      return 1;
    case 'queued':
      return 2;
    default:
      return 3;
  }
}

/** The last number in a task's id, by which tasks are sorted: 10 in `36_10`. */
export const getNumericSuffix = ({ id }: Job): number => Number(/(?<!\d)(\d+)\D*$/.exec(id)?.[1] ?? 0);

function sortTasks(tasks: readonly Job[]): readonly Job[] {
  return tasks
    .map((task) => ({ task, rank: getTaskRank(task), number: getNumericSuffix(task) }))
    .sort((a, b) => a.rank - b.rank || a.number - b.number)
    .map(({ task }) => task);
}

/**
 * The jobs whose tasks were added, removed or moved, so everything below them must be redrawn. Tasks that are
 * the same object are unchanged.
 */
export function findRegroupedJobs(before: JobIndex, after: JobIndex): readonly JobId[] {
  const gone = [...before.parts.keys()].filter((id) => !after.parts.has(id));
  const moved = [...after.parts].filter(([id, parts]) => {
    if (parts.length !== before.parts.get(id)?.length) return true;
    return parts.some((part) => {
      const old = before.get(part.id);
      return old !== part && (!old || old.parent !== part.parent || getTaskRank(old) !== getTaskRank(part));
    });
  });
  return [...gone, ...moved.map(([id]) => id)].filter((id) => after.get(id) !== undefined);
}
