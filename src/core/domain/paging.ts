import { isActive, lookName, type Job, type Look, type TaskCounts } from './job.js';

/** One page of a list. */
export interface PageRequest {
  /** How many entries are wanted; a page may hold fewer or, as active jobs are never left out, more. */
  readonly size: number;
  /** {@link Page.next} of the page before; undefined: the first page. */
  readonly token?: string;
  /** Only jobs in these states; undefined: in any. */
  readonly states?: readonly Look[];
}

/** A part of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque: gives the next page. Undefined: this is the last. */
  readonly next?: string;
  /** Number of active jobs that no page gives because the service cannot list them by state. Absent: none. */
  readonly moreActive?: number;
  /** Counts over all jobs of the connection, from the service's own summary. Absent: the items are counted. */
  readonly counts?: TaskCounts;
  /** Entries that could not be understood: a short reason each, for the log. */
  readonly malformed: readonly string[];
}

/** The newest jobs of a service that has no pages: all active ones, and so many in all that there are `count`. */
export interface Listing {
  /** Newest first, each with its tasks. */
  readonly jobs: readonly Job[];
  /** True: there are older ones than these. */
  readonly more: boolean;
  readonly moreActive?: number;
  readonly counts?: TaskCounts;
  readonly malformed: readonly string[];
}

type ListPage = (page: PageRequest, signal: AbortSignal) => Promise<Page<Job>>;

/**
 * Pages of a service that only gives its newest jobs. The first page costs what `listNewest` costs, and holds the active
 * jobs, however old they are; a later one asks for all newer jobs again, and holds the ended ones after the last of the
 * page before.
 */
export const createPages =
  (listNewest: (count: number, signal: AbortSignal) => Promise<Listing>): ListPage =>
  async ({ size, token, states }, signal) => {
    const before = token === undefined ? undefined : readToken(token);
    const count = (before?.count ?? 0) + size;
    const { jobs, more, ...rest } = await listNewest(count, signal);
    const top = jobs.filter(({ parent }) => parent === undefined);
    const last = top.findLast((job) => !isActive(job));
    const chosen = choose(top, before);
    const kept = new Set(
      chosen.filter(({ state }) => states?.includes(lookName(state)) ?? true).map(({ id }) => id),
    );
    const isWhole = kept.size === top.length;
    return {
      ...rest,
      items: isWhole ? jobs : jobs.filter(({ id, parent }) => kept.has(parent ?? id)),
      ...(more ? { next: writeToken({ count, last: last?.id ?? before?.last ?? '' }) } : {}),
    };
  };

/** How many jobs the pages up to here were made of, and the last of them that has ended. */
interface Place {
  readonly count: number;
  readonly last: string;
}

/** Where the last one is not there any more, its number counts. */
function choose(top: readonly Job[], before: Place | undefined): readonly Job[] {
  if (!before) return top;
  const at = top.findIndex(({ id }) => id === before.last);
  return top.slice(at < 0 ? before.count : at + 1).filter((job) => !isActive(job));
}

const writeToken = ({ count, last }: Place): string => `${String(count)} ${last}`;

function readToken(token: string): Place {
  const [, count = '', last = ''] = /^(\d+) (.*)$/s.exec(token) ?? [];
  if (count === '') throw new RangeError('This is no page token of this list.');
  return { count: Number(count), last };
}

/** All entries of a list that has an end, such as the files of a job. */
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
