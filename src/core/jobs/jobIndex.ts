import type { Job, JobId } from '../domain/job.js';
import { lookName } from '../domain/job.js';

/** The jobs of a connection, found by their ids and by the arrays they are part of. Made once for each list. */
export interface JobIndex {
  /** All of them, in the order of the list. */
  readonly all: readonly Job[];
  /** Those with a row of their own below the connection, in the order of the list: not part of another one here. */
  readonly top: readonly Job[];
  readonly get: (id: string) => Job | undefined;
  /** The array it is part of; undefined: none, or none that is here. */
  readonly parentOf: (job: Job) => Job | undefined;
  /** The jobs that are part of another, by its id, each in the order of the list. */
  readonly parts: ReadonlyMap<JobId, readonly Job[]>;
  /** The jobs that are part of this one, in the order in which they are shown. */
  readonly tasksOf: (id: JobId) => readonly Job[];
}

/** Where each job stands in its list, by its id. Lists of the same shape share one. */
const positions = new WeakMap<JobIndex, ReadonlyMap<string, number>>();

/** True where these are the jobs of the index, in its order, each part of the same: only what they say may differ. */
export const hasShapeOf = ({ all }: JobIndex, jobs: readonly Job[]): boolean =>
  all.length === jobs.length &&
  jobs.every(({ id, parent }, at) => id === all[at]?.id && parent === all[at].parent);

/**
 * The index of a list. A part of a part stands for itself: there is one level below the top.
 *
 * @param like - An index of the same shape, whose work need not be done again; undefined: none is known.
 */
export function indexOf(all: readonly Job[], like?: JobIndex): JobIndex {
  const at = (like && positions.get(like)) ?? new Map(all.map(({ id }, place) => [id, place]));
  const get = (id: string): Job | undefined => {
    const place = at.get(id);
    return place === undefined ? undefined : all[place];
  };
  const parentOf = ({ parent }: Job): Job | undefined => {
    const found = parent === undefined ? undefined : get(parent);
    return found && (found.parent === undefined || !at.has(found.parent)) ? found : undefined;
  };
  const top: Job[] = [];
  const parts = new Map<JobId, Job[]>();
  for (const job of all) {
    const parent = parentOf(job);
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
    parentOf,
    parts,
    tasksOf: (id) => {
      const known = shown.get(id) ?? inShownOrder(parts.get(id) ?? []);
      shown.set(id, known);
      return known;
    },
  };
  positions.set(index, at);
  return index;
}

/** What a look at an array is for comes first: what runs, what failed, what is to come; then the rest. */
export function rankOf({ state }: Job): number {
  switch (lookName(state)) {
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

/** The last number in a task's id, by which tasks follow each other: 10 in `36_10`. */
export const numberIn = ({ id }: Job): number => Number(/(?<!\d)(\d+)\D*$/.exec(id)?.[1] ?? 0);

function inShownOrder(tasks: readonly Job[]): readonly Job[] {
  return tasks
    .map((task) => ({ task, rank: rankOf(task), number: numberIn(task) }))
    .sort((a, b) => a.rank - b.rank || a.number - b.number)
    .map(({ task }) => task);
}

/**
 * The jobs whose parts came, went or stand in another order than before: all below them has to be drawn. Parts that are
 * the same object are the same.
 */
export function regrouped(before: JobIndex, after: JobIndex): readonly JobId[] {
  const gone = [...before.parts.keys()].filter((id) => !after.parts.has(id));
  const moved = [...after.parts].filter(([id, parts]) => {
    if (parts.length !== before.parts.get(id)?.length) return true;
    return parts.some((part) => {
      const old = before.get(part.id);
      return old !== part && (!old || old.parent !== part.parent || rankOf(old) !== rankOf(part));
    });
  });
  return [...gone, ...moved.map(([id]) => id)].filter((id) => after.get(id) !== undefined);
}
