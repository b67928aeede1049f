import type { Job, JobId } from '../domain/job.js';
import { hasSameShape, createJobIndex, findRegroupedJobs, type JobIndex } from './jobIndex.js';
import { isEqualJob } from '../domain/jobEquality.js';

/** A list of jobs and its differences from the previous one. */
export interface MergedJobs {
  readonly index: JobIndex;
  /** True if top-level jobs were added, removed or moved. */
  readonly isReordered: boolean;
  /**
   * The jobs that were in the previous list and look different, or whose tasks were added, removed or moved.
   * Excludes the tasks of these jobs, which are redrawn with them.
   */
  readonly updated: readonly JobId[];
  /** The jobs that are new or look different, in list order. */
  readonly changed: readonly Job[];
}

/** Merges new jobs into `old`, reusing the objects of unchanged jobs. */
export function mergeJobs(old: JobIndex, next: readonly Job[]): MergedJobs {
  const updated = new Set<JobId>();
  const changed: Job[] = [];
  const isSame = hasSameShape(old, next);
  const merged = next.map((job, place) => {
    const before = isSame ? old.all[place] : old.get(job.id);
    if (before && isEqualJob(before, job)) return before;
    if (before) updated.add(job.id);
    changed.push(job);
    return job;
  });
  const index = createJobIndex(merged, isSame ? old : undefined);
  for (const id of findRegroupedJobs(old, index)) updated.add(id);
  const order =
    !isSame &&
    (index.top.length !== old.top.length || index.top.some(({ id }, place) => id !== old.top[place]?.id));
  const isDrawnWithArray = (id: JobId): boolean => {
    const job = index.get(id);
    const array = job && index.getParent(job);
    return array !== undefined && updated.has(array.id);
  };
  return { index, isReordered: order, updated: [...updated].filter((id) => !isDrawnWithArray(id)), changed };
}
