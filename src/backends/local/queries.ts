import type { JobListResult } from '../../core/domain/paging.js';
import type { Job } from '../../core/domain/job.js';
import type { Log } from '../../core/domain/ports.js';
import type { JobCatalog } from './catalog.js';
import type { SpoolPaths } from './paths.js';
import { getErrorCode, isUnwritable } from '../../lib/errno.js';
import { listActiveLocalJobs, needsScheduling, writeDispatch, schedule, type ActiveJob } from './queue.js';
import type { RunnerDispatch } from './record.js';

/** Dependencies of listing jobs and scheduling the queue. */
export interface ReconcileDeps {
  readonly spool: SpoolPaths;
  readonly catalog: JobCatalog;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  /** How the next job is started; undefined if a setting is invalid, and nothing is started. */
  readonly dispatch: () => RunnerDispatch | undefined;
}

/** Schedules the queue if needed, so that the next listing is up to date. */
export async function reconcile(looking: ReconcileDeps, signal?: AbortSignal): Promise<readonly ActiveJob[]> {
  const { spool, env, log } = looking;
  const active = await listActiveLocalJobs(spool);
  const dispatch = looking.dispatch();
  if (!dispatch || active.length === 0) return active;
  await writeDispatch(spool, dispatch);
  if (!needsScheduling(active, dispatch.maxRunning)) return active;
  await schedule({ spool, dispatch, env, log, ...(signal ? { signal } : {}) });
  return listActiveLocalJobs(spool);
}

/**
 * The active jobs after scheduling as far as the disk allows: if nothing can be written (full or read-only disk),
 * jobs are listed all the same, and the next listing schedules the queue.
 */
async function reconcileActive(looking: ReconcileDeps, signal: AbortSignal): Promise<readonly ActiveJob[]> {
  try {
    return await reconcile(looking, signal);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    looking.log.warn(`The queue cannot be scheduled: ${getErrorCode(error) ?? ''} in ${looking.spool.jobs}.`);
    return listActiveLocalJobs(looking.spool);
  }
}

/** Positions in the queue, from 1, by the jobs' numbers. */
const getQueuePositions = (active: readonly ActiveJob[]): ReadonlyMap<number, number> =>
  new Map(
    active
      .filter(({ progress }) => progress === undefined)
      .map(({ number }, index) => [number, index + 1] as const),
  );

/** All active jobs and the newest others, newest first. */
export async function listJobs(
  looking: ReconcileDeps,
  most: number,
  signal: AbortSignal,
): Promise<JobListResult> {
  const active = await reconcileActive(looking, signal);
  const numbers = new Set(active.map(({ number }) => number));
  const { entries, more } = await looking.catalog.newest(most, numbers, getQueuePositions(active));
  return {
    jobs: entries.flatMap(({ job }) => (job ? [job] : [])),
    hasMore: more,
    malformed: entries.flatMap(({ malformed }) => (malformed === undefined ? [] : [malformed])),
  };
}

/** One job; undefined if none has this number. */
export async function getLocalJob(
  looking: ReconcileDeps,
  number: number,
  signal: AbortSignal,
): Promise<Job | undefined> {
  const places = getQueuePositions(await reconcileActive(looking, signal));
  return (await looking.catalog.read(number, places.get(number)))?.job;
}
