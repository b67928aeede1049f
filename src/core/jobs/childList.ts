import type { Job, JobId } from '../domain/job.js';
import type { JobProblem } from '../domain/problem.js';
import { isEqualJob } from '../domain/jobEquality.js';
import type { ChildPages } from './childPages.js';

/** The last loaded children of one job. */
export interface ChildList {
  /** In the service's order. */
  readonly jobs: readonly Job[];
  /** True after the first page has loaded. */
  readonly isLoaded: boolean;
  /** True while a page is loading at the user's request. */
  readonly isLoading: boolean;
  /** The token of the next page; undefined if all children are loaded. */
  readonly next: string | undefined;
  /** The number of children, loaded or not; undefined if unknown. */
  readonly total: number | undefined;
  /** Why the last load failed; undefined if it succeeded. */
  readonly problem: JobProblem | undefined;
}

/** The initial list. */
export const emptyChildList: ChildList = {
  jobs: [],
  isLoaded: false,
  isLoading: false,
  next: undefined,
  total: undefined,
  problem: undefined,
};

/** A list of children and its differences from the previous one. */
export interface MergedChildren {
  readonly list: ChildList;
  /** True if children were added, removed or moved, or if the state of the list changed. */
  readonly isReordered: boolean;
  /** Children that were in the previous list and look different. */
  readonly updated: readonly JobId[];
}

/** Merges new children into `old`, reusing the objects of unchanged children. */
export function mergeChildren(old: ChildList, pages: ChildPages): MergedChildren {
  const known = new Map(old.jobs.map((job) => [job.id, job]));
  const updated: JobId[] = [];
  const jobs = pages.jobs.map((job) => {
    const before = known.get(job.id);
    if (before && isEqualJob(before, job)) return before;
    if (before) updated.push(job.id);
    return job;
  });
  const { next, total } = pages;
  const list: ChildList = { jobs, isLoaded: true, isLoading: false, next, total, problem: undefined };
  const isReordered =
    !old.isLoaded ||
    old.isLoading ||
    old.problem !== undefined ||
    old.total !== total ||
    (old.next === undefined) !== (next === undefined) ||
    jobs.length !== old.jobs.length ||
    jobs.some(({ id }, place) => id !== old.jobs[place]?.id);
  return { list, isReordered, updated };
}
