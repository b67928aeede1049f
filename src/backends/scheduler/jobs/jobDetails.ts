import type { Calls } from '../calls.js';
import type { QueueDialect } from '../dialect.js';
import type { Seen } from './seen.js';

/** Adds to listed jobs what the listing leaves out. */
export type AddDetails = (
  jobs: ReadonlyMap<string, Seen>,
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, Seen>>;

/**
 * Asks once for each job of which the listing does not tell what it runs; a job that is asked for in vain is as it was,
 * and asked for again in the next round.
 */
export function createDetails(calls: Calls, { details }: Pick<QueueDialect, 'details'>): AddDetails {
  if (!details) return (jobs) => Promise.resolve(jobs);
  let known = new Map<string, Partial<Seen>>();
  return async (jobs, signal) => {
    const still = new Map<string, Partial<Seen>>();
    const found = new Map<string, Seen>();
    for (const [id, seen] of jobs) {
      // A number may come again.
      const key = `${id} ${String(seen.submitted?.getTime())}`;
      let more = seen.command === undefined ? known.get(key) : {};
      if (!more) {
        const ran = await calls.ask(details.argv(id), signal);
        if (ran.code === 0) more = details.read(ran.output);
      }
      if (more) still.set(key, more);
      found.set(id, { ...seen, ...more });
    }
    known = still;
    return found;
  };
}
