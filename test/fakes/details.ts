import type { JobMetadata, JobMetadataStore } from '../../src/core/domain/jobMetadata.js';
import { LogTailReader } from '../../src/commands/logTails.js';
import type { ProgressTracker } from '../../src/core/jobs/progressTracker.js';
import { findFailure } from '../../src/languages/failures.js';
import { JobDetails } from '../../src/core/jobs/jobDetails.js';

/** Metadata in memory, by job id, and what was requested from it. */
export function memoryMetadata(known: Readonly<Record<string, JobMetadata>> = {}): JobMetadataStore & {
  readonly entries: Map<string, JobMetadata>;
  readonly reads: string[];
} {
  const entries = new Map(Object.entries(known));
  const reads: string[] = [];
  const get: JobMetadataStore['get'] = ({ job }) => {
    reads.push(job);
    return Promise.resolve(entries.get(job));
  };
  return {
    entries,
    reads,
    get,
    getAll: (keys) => Promise.all(keys.map(get)),
    update: ({ job }, { set = {}, remove = [] }) => {
      const kept = Object.entries(entries.get(job) ?? {}).filter(
        ([name]) => !remove.some((removed) => removed === name),
      );
      entries.set(job, { ...Object.fromEntries(kept), ...set });
      return Promise.resolve([]);
    },
    remove: (job) => {
      entries.delete(job);
      return Promise.resolve();
    },
    putList: () => Promise.reject(new Error('not supported')),
    getList: () => Promise.resolve(undefined),
    removeUnused: () => Promise.resolve(0),
  };
}

/** The details of all connections from one store in memory. */
export const memoryDetails = (store: JobMetadataStore = memoryMetadata()): JobDetails =>
  new JobDetails({
    openStore: () => Promise.resolve(store),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });

/** A reader of the ends of logs that stores what it finds in `details`. */
export const memoryLogTails = (details: JobDetails, progress: ProgressTracker): LogTailReader =>
  new LogTailReader({
    details,
    progress,
    findFailure: (lines) => Promise.resolve(findFailure(lines)),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
