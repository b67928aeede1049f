import type { Calls } from '../calls.js';
import type { QueueDialect } from '../dialect.js';
import type { Seen } from './seen.js';

/** Adds the properties that a listing omits. */
export type AddDetails = (
  jobs: ReadonlyMap<string, Seen>,
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, Seen>>;

/** The maximum number of jobs queried in one round, newest first; an array counts as one. */
const maxAsked = 50;

/**
 * Queries each job or array once whose listing does not contain what it runs. A job whose query failed or is still to
 * come stays unchanged; it is queried in a later round.
 */
export function createDetails(calls: Calls, { details }: Pick<QueueDialect, 'details'>): AddDetails {
  if (!details) return (jobs) => Promise.resolve(jobs);
  let known = new Map<string, Partial<Seen>>();
  return async (jobs, signal) => {
    const still = new Map<string, Partial<Seen>>();
    const unknown = new Map<string, string>();
    for (const seen of jobs.values()) {
      const key = keyOf(seen);
      const more = known.get(key);
      if (more) still.set(key, more);
      else if (seen.command === undefined) unknown.set(key, wholeOf(seen));
    }
    const newest = [...unknown].sort(([, a], [, b]) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
    for (const [key, id] of newest.slice(0, maxAsked)) {
      const ran = await calls.ask(details.argv(id), signal);
      if (ran.code === 0) still.set(key, details.read(ran.output));
    }
    known = still;
    return new Map([...jobs].map(([id, seen]) => [id, { ...seen, ...still.get(keyOf(seen)) }]));
  };
}

const wholeOf = ({ id, base }: Seen): string => (base === undefined ? id : String(base));

/** Numbers can be assigned again. */
const keyOf = (seen: Seen): string => `${wholeOf(seen)} ${String(seen.submitted?.getTime())}`;
