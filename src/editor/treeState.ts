import type { Backend } from '../core/domain/backend.js';
import type { Listing } from '../core/domain/paging.js';
import type { Job, JobId } from '../core/domain/job.js';
import type { ChildList } from '../core/jobs/childList.js';
import type { JobIndex } from '../core/jobs/jobIndex.js';
import type { Standing } from '../core/presentation/rows.js';

/** The jobs that are loaded by pages below others. */
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

/** What the tree shows of one connection. */
export interface Shown {
  readonly backend: Backend;
  /** Newest first. */
  readonly index: JobIndex;
  readonly children: LoadedChildren;
  /** What the list left out: older jobs, active ones among them, entries that could not be read. */
  readonly listing: Omit<Listing, 'jobs'>;
  readonly standing: Standing;
  /** True while the jobs are only as last known. */
  readonly stale: boolean;
}

/** What the tree draws from. */
export interface Source {
  readonly connections: () => readonly Shown[];
  /** Resolves when the connections are those of the settings. */
  readonly settled: () => Promise<void>;
}

/** A job of the list, or one that is loaded below another. */
export const findJob = ({ index, children }: Shown, id: string): Job | undefined =>
  index.get(id) ?? children.get(id);

/** The job below which another stands; undefined: it stands below the connection. */
export const parentOf = ({ index, children }: Shown, job: Job): Job | undefined =>
  children.parentOf(job.id) ?? index.parentOf(job);
