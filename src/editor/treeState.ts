import type { Backend } from '../core/domain/backend.js';
import type { Listing } from '../core/domain/paging.js';
import type { Job, JobId } from '../core/domain/job.js';
import type { ChildList } from '../core/jobs/childList.js';
import type { JobIndex } from '../core/jobs/jobIndex.js';
import type { Standing } from '../core/presentation/rows.js';

/** Jobs below others, loaded in pages. */
export interface LoadedChildren {
  readonly get: (id: string) => Job | undefined;
  readonly parentOf: (id: JobId) => Job | undefined;
  readonly listOf: (id: JobId) => ChildList | undefined;
  readonly open: (id: JobId) => void;
  readonly close: (id: JobId) => void;
  readonly setConnectionOpen: (isOpen: boolean) => void;
  readonly loadMore: (id: JobId) => Promise<void>;
  readonly retry: (id: JobId) => Promise<void>;
}

/** The tree's data of one connection. */
export interface Shown {
  readonly backend: Backend;
  /** Newest first. */
  readonly index: JobIndex;
  readonly children: LoadedChildren;
  /** What the list omits: older jobs, other active jobs, and malformed entries. */
  readonly listing: Omit<Listing, 'jobs'>;
  readonly standing: Standing;
  /** True while the jobs are in their last known state. */
  readonly stale: boolean;
}

/** The tree's data source. */
export interface Source {
  readonly connections: () => readonly Shown[];
  /** Resolves when the connections match the settings. */
  readonly settled: () => Promise<void>;
}

/** A job of the list, or one loaded below another. */
export const findJob = ({ index, children }: Shown, id: string): Job | undefined =>
  index.get(id) ?? children.get(id);

/** The parent of a job; undefined: it is directly below the connection. */
export const parentOf = ({ index, children }: Shown, job: Job): Job | undefined =>
  children.parentOf(job.id) ?? index.parentOf(job);
