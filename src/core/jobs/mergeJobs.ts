import type { Job, JobId } from '../domain/job.js';
import { hasShapeOf, indexOf, regrouped, type JobIndex } from './jobIndex.js';
import { sameJob } from '../domain/sameJob.js';

/** A list of jobs and its differences from the previous one. */
export interface Merged {
  readonly index: JobIndex;
  /** True if top-level jobs were added, removed or moved. */
  readonly order: boolean;
  /**
   * The jobs that were in the previous list and look different, or whose tasks were added, removed or moved.
   * Excludes the tasks of these jobs, which are redrawn with them.
   */
  readonly updated: readonly JobId[];
  /** The jobs that are new or look different, in list order. */
  readonly changed: readonly Job[];
}

/** Merges new jobs into `old`, reusing the objects of unchanged jobs. */
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
