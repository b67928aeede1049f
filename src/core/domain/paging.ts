import type { Look, TaskCounts } from './job.js';

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
  /** Counts over all jobs of the list, from the service's own summary. Absent: the items are counted. */
  readonly counts?: TaskCounts;
  /** Entries that could not be understood: a short reason each, for the log. */
  readonly malformed: readonly string[];
}
