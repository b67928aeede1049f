import type { Page, PageRequest } from '../domain/paging.js';
import type { Job, TaskCounts } from '../domain/job.js';

/** How many children of a job are asked for at first, and how many more with each *Load More*. */
export const pageOfChildren = 100;

/** At most this many pages are read to have as many children as are shown already. */
const maxPages = 50;

/** Gives one page of the children of one job. */
export type ListChildren = (page: PageRequest, signal: AbortSignal) => Promise<Page<Job>>;

/** Children that were read from the first page on, or after others. */
export interface ChildPages {
  readonly jobs: readonly Job[];
  /** The token of the page after these; undefined: there is none. */
  readonly next: string | undefined;
  /** Number of children that are and are not read; undefined: it is not known. */
  readonly total: number | undefined;
  readonly malformed: readonly string[];
}

/** Reads the first `wanted` children, in as few pages as the service allows. */
export async function readFirst(
  list: ListChildren,
  wanted: number,
  signal: AbortSignal,
): Promise<ChildPages> {
  let read = await readAfter(list, undefined, wanted, signal);
  for (let page = 1; page < maxPages && read.next !== undefined && read.jobs.length < wanted; page++) {
    const more = await readAfter(list, read.next, wanted - read.jobs.length, signal);
    read = {
      jobs: [...read.jobs, ...more.jobs],
      next: more.next,
      total: more.total ?? read.total,
      malformed: [...read.malformed, ...more.malformed],
    };
  }
  return read;
}

/** Reads the page that a token names; undefined: the first. */
export async function readAfter(
  list: ListChildren,
  token: string | undefined,
  size: number,
  signal: AbortSignal,
): Promise<ChildPages> {
  const page = await list({ size, ...(token === undefined ? {} : { token }) }, signal);
  const { items, next, counts, malformed } = page;
  const total = counts && sumCounts(counts);
  return { jobs: items, next, total, malformed };
}

/** Number of jobs in all states. */
export const sumCounts = ({ queued, running, completed, failed, stopped }: TaskCounts): number =>
  queued + running + completed + failed + stopped;
