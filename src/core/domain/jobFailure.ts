import type { Job } from './job.js';
import type { JobMetadata, StoredFailure } from './jobMetadata.js';

/** True if a job has ended with a failure. */
export const isFailed = ({ state }: Job): boolean => state.kind === 'ended' && state.outcome === 'failed';

/** Identifies a run of a job: a requeued job has the same id, but starts again. In milliseconds since 1970. */
export const getRunStartMs = ({ started, submitted }: Job): number | undefined =>
  (started ?? submitted)?.getTime();

/** Why the last run of a failed job failed; undefined: it did not fail, or its log was not searched yet. */
export function getRunFailure(job: Job, metadata: JobMetadata | undefined): StoredFailure | undefined {
  const failure = metadata?.failure;
  return failure && isFailed(job) && failure.startedMs === getRunStartMs(job) ? failure : undefined;
}
