import type { SchedulerCalls } from '../schedulerCalls.js';
import type { QueueDialect } from '../dialect.js';
import type { SchedulerJob } from './schedulerJob.js';

/** Adds the properties that a listing omits. */
export type DetailsLoader = (
  jobs: ReadonlyMap<string, SchedulerJob>,
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, SchedulerJob>>;

/** The maximum number of jobs queried in one round, newest first; an array counts as one. */
const maxDetailQueries = 50;

/**
 * Queries each job or array once whose listing does not contain what it runs. A job whose query failed or is still to
 * come stays unchanged; it is queried in a later round.
 */
export function createDetailsLoader(
  calls: SchedulerCalls,
  { details }: Pick<QueueDialect, 'details'>,
): DetailsLoader {
  if (!details) return (jobs) => Promise.resolve(jobs);
  let known = new Map<string, Partial<SchedulerJob>>();
  return async (jobs, signal) => {
    const still = new Map<string, Partial<SchedulerJob>>();
    const unknown = new Map<string, string>();
    for (const seen of jobs.values()) {
      const key = toCacheKey(seen);
      const more = known.get(key);
      if (more) still.set(key, more);
      else if (seen.command === undefined) unknown.set(key, toQueryId(seen));
    }
    const newest = [...unknown].sort(([, a], [, b]) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
    for (const [key, id] of newest.slice(0, maxDetailQueries)) {
      const ran = await calls.query(details.argv(id), signal);
      if (ran.code === 0) still.set(key, details.read(ran.output));
    }
    known = still;
    return new Map([...jobs].map(([id, seen]) => [id, { ...seen, ...still.get(toCacheKey(seen)) }]));
  };
}

const toQueryId = ({ id, base }: SchedulerJob): string => (base === undefined ? id : String(base));

/** Numbers can be assigned again. */
const toCacheKey = (seen: SchedulerJob): string => `${toQueryId(seen)} ${String(seen.submitted?.getTime())}`;
