import type { Page, PageRequest } from '../domain/paging.js';
import type { Job, TaskCounts } from '../domain/job.js';

/** The number of children of a job to list initially, and to add with each *Load More*. */
export const childPageSize = 100;

/** The maximum number of pages read when children are reloaded. */
const maxChildPages = 50;

/** Lists one page of the children of one job. */
export type ChildPageReader = (page: PageRequest, signal: AbortSignal) => Promise<Page<Job>>;

/** Children read from one or more pages. */
export interface ChildPages {
  readonly jobs: readonly Job[];
  /** The token of the next page; undefined if there is none. */
  readonly next: string | undefined;
  /** The number of all children; undefined if unknown. */
  readonly total: number | undefined;
  readonly malformed: readonly string[];
}

/** Reads the first `wanted` children in as few pages as the service allows. */
export async function readFirstChildren(
  list: ChildPageReader,
  wanted: number,
  signal: AbortSignal,
): Promise<ChildPages> {
  let read = await readChildrenAfter(list, undefined, wanted, signal);
  for (let page = 1; page < maxChildPages && read.next !== undefined && read.jobs.length < wanted; page++) {
    const more = await readChildrenAfter(list, read.next, wanted - read.jobs.length, signal);
    read = {
      jobs: [...read.jobs, ...more.jobs],
      next: more.next,
      total: more.total ?? read.total,
      malformed: [...read.malformed, ...more.malformed],
    };
  }
  return read;
}

/** Reads the page of a token; undefined: the first page. */
export async function readChildrenAfter(
  list: ChildPageReader,
  token: string | undefined,
  size: number,
  signal: AbortSignal,
): Promise<ChildPages> {
  const page = await list({ size, ...(token === undefined ? {} : { token }) }, signal);
  const { items, next, counts, malformed } = page;
  const total = counts && sumCounts(counts);
  return { jobs: items, next, total, malformed };
}

/** The number of jobs in all states. */
export const sumCounts = ({ queued, running, completed, failed, stopped }: TaskCounts): number =>
  queued + running + completed + failed + stopped;
