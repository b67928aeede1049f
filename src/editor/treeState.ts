import type { LogTailReader } from '../commands/logTails.js';
import type { Backend } from '../core/domain/backend.js';
import type { JobListResult } from '../core/domain/paging.js';
import type { Job, JobId } from '../core/domain/job.js';
import type { ChildList } from '../core/jobs/childList.js';
import type { JobDetails } from '../core/jobs/jobDetails.js';
import type { JobIndex } from '../core/jobs/jobIndex.js';
import type { ProgressTracker } from '../core/jobs/progressTracker.js';
import type { ConnectionStatus } from '../core/presentation/treeRows.js';

/** Jobs below others, loaded in pages. */
export interface LoadedChildren {
  readonly get: (id: string) => Job | undefined;
  readonly getParent: (id: JobId) => Job | undefined;
  readonly getList: (id: JobId) => ChildList | undefined;
  readonly open: (id: JobId) => void;
  readonly close: (id: JobId) => void;
  readonly setConnectionOpen: (isOpen: boolean) => void;
  readonly loadMore: (id: JobId) => Promise<void>;
  readonly retry: (id: JobId) => Promise<void>;
}

/** The tree's data of one connection. */
export interface TreeState {
  readonly backend: Backend;
  /** Newest first. */
  readonly index: JobIndex;
  readonly children: LoadedChildren;
  /** What the list omits: older jobs, other active jobs, and malformed entries. */
  readonly listing: Omit<JobListResult, 'jobs'>;
  readonly status: ConnectionStatus;
  /** True while the jobs are in their last known state. */
  readonly isStale: boolean;
}

/** The tree's data source. */
export interface TreeSource {
  readonly connections: () => readonly TreeState[];
  /** What is stored about jobs. */
  readonly details: Pick<JobDetails, 'get'>;
  /** The ends of logs, and why jobs failed. */
  readonly logTails: Pick<LogTailReader, 'readLastLines' | 'findFailure' | 'request'>;
  /** The progress of running jobs, as far as it is known. */
  readonly progress: Pick<ProgressTracker, 'get'>;
  /** The setting after how many days finished jobs are hidden; 0: never. */
  readonly getHideAfterDays: () => number;
  /** True while older jobs of a connection are being listed for the filter. */
  readonly isSearching: (connection: string) => boolean;
  /** Resolves when the connections match the settings. */
  readonly whenReady: () => Promise<void>;
}

/** A job of the list, or one loaded below another. */
export const findJob = ({ index, children }: TreeState, id: string): Job | undefined =>
  index.get(id) ?? children.get(id);

/** The parent of a job; undefined: it is directly below the connection. */
export const getParentJob = ({ index, children }: TreeState, job: Job): Job | undefined =>
  children.getParent(job.id) ?? index.getParent(job);
