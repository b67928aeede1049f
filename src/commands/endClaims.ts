import type { CommandDeps } from './commandDeps.js';
import { getRowId, type JobTarget } from './resolveTargets.js';

/** Unique key of a job's end: a requeued job has another submission time. */
export const toEndKey = (target: JobTarget): string => {
  const submitted = target.job.submitted?.getTime();
  return `ended/${getRowId(target)}${submitted === undefined ? '' : `@${String(submitted)}`}`;
};

/**
 * No window notifies the user of this job's end: the user has just caused it. Never rejects, since the job is
 * cancelled anyway.
 */
export async function omitEndNotification(
  target: JobTarget,
  { store, log }: Pick<CommandDeps, 'store' | 'log'>,
): Promise<void> {
  await store.claim(toEndKey(target)).catch((error: unknown) => {
    log.warn(`the end of ${target.job.id} will be reported although it was cancelled: ${String(error)}`);
  });
}
