import type { Calls } from '../calls.js';
import type { QueueDialect } from '../dialect.js';
import type { Seen } from './seen.js';

/** Adds to listed jobs what the listing leaves out. */
export type AddDetails = (
  jobs: ReadonlyMap<string, Seen>,
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, Seen>>;

/** So many jobs (an array is one) at most are asked for in one round, the newest first. */
const maxAsked = 50;

/**
 * Asks once for each job, or array, of which the listing does not tell what it runs; one that is asked for in vain, or not
 * yet, is as it was, and its turn comes in a later round.
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

/** A number may come again. */
const keyOf = (seen: Seen): string => `${wholeOf(seen)} ${String(seen.submitted?.getTime())}`;
