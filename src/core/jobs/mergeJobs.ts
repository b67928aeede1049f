import type { Job, JobId } from '../domain/job.js';
import { hasShapeOf, indexOf, regrouped, type JobIndex } from './jobIndex.js';
import { sameJob } from '../domain/sameJob.js';

/** A list, and how it differs from the one before. */
export interface Merged {
  readonly index: JobIndex;
  /** True where jobs of the top came, went or moved. */
  readonly order: boolean;
  /**
   * The jobs that were there before and look different, or whose tasks came, went or moved. Without the tasks of those,
   * which are drawn with them.
   */
  readonly updated: readonly JobId[];
  /** The jobs that are new or look different, in the order of the list. */
  readonly changed: readonly Job[];
}

/** The next list after `old`, with the objects of the jobs that have not changed. */
export function mergeJobs(old: JobIndex, next: readonly Job[]): Merged {
  const updated = new Set<JobId>();
  const changed: Job[] = [];
  const isSame = hasShapeOf(old, next);
  const merged = next.map((job, place) => {
    const before = isSame ? old.all[place] : old.get(job.id);
    if (before && sameJob(before, job)) return before;
    if (before) updated.add(job.id);
    changed.push(job);
    return job;
  });
  const index = indexOf(merged, isSame ? old : undefined);
  for (const id of regrouped(old, index)) updated.add(id);
  const order =
    !isSame &&
    (index.top.length !== old.top.length || index.top.some(({ id }, place) => id !== old.top[place]?.id));
  const isDrawnWithArray = (id: JobId): boolean => {
    const job = index.get(id);
    const array = job && index.parentOf(job);
    return array !== undefined && updated.has(array.id);
  };
  return { index, order, updated: [...updated].filter((id) => !isDrawnWithArray(id)), changed };
}
