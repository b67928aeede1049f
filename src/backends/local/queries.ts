import type { Listing } from '../../core/domain/paging.js';
import type { Job } from '../../core/domain/job.js';
import type { Log } from '../../core/domain/ports.js';
import type { Catalog } from './catalog.js';
import type { SpoolPaths } from './paths.js';
import { getErrorCode, isUnwritable } from '../../lib/errno.js';
import { activeJobs, needsTending, shareDispatch, tend, type Active } from './queue.js';
import type { Dispatch } from './record.js';

/** Dependencies of listing jobs and scheduling the queue. */
export interface Looking {
  readonly spool: SpoolPaths;
  readonly catalog: Catalog;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  /** How the next job is started; undefined if a setting is invalid, and nothing is started. */
  readonly dispatch: () => Dispatch | undefined;
}

/** Schedules the queue if needed, so that the next listing is up to date. */
export async function settle(looking: Looking, signal?: AbortSignal): Promise<readonly Active[]> {
  const { spool, env, log } = looking;
  const active = await activeJobs(spool);
  const dispatch = looking.dispatch();
  if (!dispatch || active.length === 0) return active;
  await shareDispatch(spool, dispatch);
  if (!needsTending(active, dispatch.maxRunning)) return active;
  await tend({ spool, dispatch, env, log, ...(signal ? { signal } : {}) });
  return activeJobs(spool);
}

/**
 * The active jobs after scheduling as far as the disk allows: if nothing can be written (full or read-only disk),
 * jobs are listed all the same, and the next listing schedules the queue.
 */
async function seenTo(looking: Looking, signal: AbortSignal): Promise<readonly Active[]> {
  try {
    return await settle(looking, signal);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    looking.log.warn(`The queue cannot be seen to: ${getErrorCode(error) ?? ''} in ${looking.spool.jobs}.`);
    return activeJobs(looking.spool);
  }
}

/** Positions in the queue, from 1, by the jobs' numbers. */
const placesOf = (active: readonly Active[]): ReadonlyMap<number, number> =>
  new Map(
    active
      .filter(({ progress }) => progress === undefined)
      .map(({ number }, index) => [number, index + 1] as const),
  );

/** All active jobs and the newest others, newest first. */
export async function listJobs(looking: Looking, most: number, signal: AbortSignal): Promise<Listing> {
  const active = await seenTo(looking, signal);
  const numbers = new Set(active.map(({ number }) => number));
  const { entries, more } = await looking.catalog.newest(most, numbers, placesOf(active));
  return {
    jobs: entries.flatMap(({ job }) => (job ? [job] : [])),
    more,
    malformed: entries.flatMap(({ malformed }) => (malformed === undefined ? [] : [malformed])),
  };
}

/** One job; undefined if none has this number. */
export async function oneJob(
  looking: Looking,
  number: number,
  signal: AbortSignal,
): Promise<Job | undefined> {
  const places = placesOf(await seenTo(looking, signal));
  return (await looking.catalog.read(number, places.get(number)))?.job;
}
