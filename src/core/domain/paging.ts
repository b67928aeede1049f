import { isActive, getJobStatus, type Job, type JobStatus, type TaskCounts } from './job.js';

/** A request for one page of a list. */
export interface PageRequest {
  /**
   * The preferred number of items. A page can contain fewer; a first page can contain more, since it has all
   * active jobs.
   */
  readonly size: number;
  /** {@link Page.next} of the previous page; undefined: the first page. */
  readonly token?: string;
  /** Only jobs in these states; undefined: all. */
  readonly states?: readonly JobStatus[];
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The token of the next page. Opaque, valid for this list only. Undefined: this is the last page. */
  readonly next?: string;
  /**
   * The number of active jobs that no page contains, because the service cannot list jobs by state. Absent:
   * none.
   */
  readonly moreActive?: number;
  /**
   * Counts of all jobs of the connection, if the service reports them. Absent: the listed jobs are counted.
   */
  readonly counts?: TaskCounts;
  /**
   * One short reason for each entry that could not be parsed, for the log. Never reject a whole page because
   * of one entry.
   */
  readonly malformed: readonly string[];
}

/**
 * The newest jobs of a service without pages: all active jobs, and as many finished ones as make up the
 * requested count.
 */
export interface JobListResult {
  /** Newest first, each with its tasks. */
  readonly jobs: readonly Job[];
  /** True: older jobs exist. */
  readonly hasMore: boolean;
  readonly moreActive?: number;
  readonly counts?: TaskCounts;
  readonly malformed: readonly string[];
}

type JobPageReader = (page: PageRequest, signal: AbortSignal) => Promise<Page<Job>>;

/**
 * Creates {@link JobQueries.list} for a service that can only list its newest jobs.
 *
 * The first page costs one call of `listNewest` and contains every active job, however old. Each later page
 * lists all newer jobs again and contains the finished jobs that follow the last one of the previous page.
 *
 * @param listNewest - Lists the newest `count` jobs and all active ones.
 */
export const createPagedList =
  (listNewest: (count: number, signal: AbortSignal) => Promise<JobListResult>): JobPageReader =>
  async ({ size, token, states }, signal) => {
    const before = token === undefined ? undefined : parsePageToken(token);
    const count = (before?.count ?? 0) + size;
    const { jobs, hasMore: more, ...rest } = await listNewest(count, signal);
    const top = jobs.filter(({ parent }) => parent === undefined);
    const last = top.findLast((job) => !isActive(job));
    const chosen = selectPage(top, before);
    const kept = new Set(
      chosen.filter(({ state }) => states?.includes(getJobStatus(state)) ?? true).map(({ id }) => id),
    );
    const isWhole = kept.size === top.length;
    return {
      ...rest,
      items: isWhole ? jobs : jobs.filter(({ id, parent }) => kept.has(parent ?? id)),
      ...(more ? { next: formatPageToken({ count, last: last?.id ?? before?.last ?? '' }) } : {}),
    };
  };

/** The number of jobs in the pages so far, and the id of their last finished job. */
interface PagePosition {
  readonly count: number;
  readonly last: string;
}

/** Falls back to the count if the last job of the previous page no longer exists. */
function selectPage(top: readonly Job[], before: PagePosition | undefined): readonly Job[] {
  if (!before) return top;
  const at = top.findIndex(({ id }) => id === before.last);
  return top.slice(at < 0 ? before.count : at + 1).filter((job) => !isActive(job));
}

const formatPageToken = ({ count, last }: PagePosition): string => `${String(count)} ${last}`;

function parsePageToken(token: string): PagePosition {
  const [, count = '', last = ''] = /^(\d+) (.*)$/s.exec(token) ?? [];
  if (count === '') throw new RangeError('Invalid page token.');
  return { count: Number(count), last };
}

/** Reads all items of a finite list, such as the files of a job. */
export async function readAllPages<T>(
  list: (page: PageRequest, signal: AbortSignal) => Promise<Page<T>>,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await list({ size: 1_000, ...(token === undefined ? {} : { token }) }, signal);
    for (const item of page.items) items.push(item);
    token = page.next;
  } while (token !== undefined);
  return items;
}
