import type { Job, JobId } from '../domain/job.js';
import type { Problem } from '../domain/problem.js';
import { sameJob } from '../domain/sameJob.js';
import type { ChildPages } from './childPages.js';

/** The children of one job as they were last loaded. */
export interface ChildList {
  /** In the order of their service. */
  readonly jobs: readonly Job[];
  /** True once a first page came. */
  readonly isLoaded: boolean;
  /** True while the first page, or a further one, is on its way because the user wants it. */
  readonly isLoading: boolean;
  /** The token of the page after these; undefined: all are loaded. */
  readonly next: string | undefined;
  /** Number of children, whether loaded or not; undefined: it is not known. */
  readonly total: number | undefined;
  /** Why the last attempt failed; undefined: it did not. */
  readonly problem: Problem | undefined;
}

/** A list of which nothing is loaded. */
export const unloadedList: ChildList = {
  jobs: [],
  isLoaded: false,
  isLoading: false,
  next: undefined,
  total: undefined,
  problem: undefined,
};

/** The next list of a job's children, and how it differs from the one before. */
export interface MergedChildren {
  readonly list: ChildList;
  /** True where children came, went or moved, or what is said of the list is another. */
  readonly isReordered: boolean;
  /** The children that were there before and look different. */
  readonly updated: readonly JobId[];
}

/** The next list after `old`, with the objects of the children that have not changed. */
export function mergeChildren(old: ChildList, pages: ChildPages): MergedChildren {
  const known = new Map(old.jobs.map((job) => [job.id, job]));
  const updated: JobId[] = [];
  const jobs = pages.jobs.map((job) => {
    const before = known.get(job.id);
    if (before && sameJob(before, job)) return before;
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
