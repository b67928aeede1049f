import type { Clock } from '../../core/ports.js';
import type { Calls } from './calls.js';
import { shown, withShown, type History } from './history.js';
import { forgotten, type Seen } from './seen.js';
import { isFinal } from './states.js';

/** The jobs that the queue does not tell of any more, and how jobs ended. */
export interface Ends {
  readonly past: ReadonlyMap<string, Seen>;
  /** Jobs that have left the queue. */
  readonly left: (jobs: readonly Seen[]) => void;
  /** Asks how those ended that have, and now and then for the jobs of the last days; true: something may be new. */
  readonly learn: (queue: ReadonlyMap<string, Seen>, signal: AbortSignal) => Promise<boolean>;
}

/** So often at most the accounting is asked for the jobs of the last days, in milliseconds. */
const historyMs = 900_000;

/** So many jobs at most are asked of the controller one by one, each round. */
const mostShown = 10;

/** After so many looks without any word, a job that is gone from the queue counts as forgotten. */
const mostMissed = 4;

/** Nothing is known yet. Source of what is asked: reference slurm.md, 4.4. */
export function endsOf(calls: Calls, history: History, clock: Clock): Ends {
  const past = new Map<string, Seen>();
  const missed = new Map<string, number>();
  let historyAt = -Infinity;

  /** What a user wrote is as the queue told it: the accounting changes quotes and other scripts. */
  const put = (seen: Seen, queue: ReadonlyMap<string, Seen>): void => {
    const { name, command } = queue.get(seen.id) ?? past.get(seen.id) ?? seen;
    past.set(seen.id, { ...seen, name, command });
  };

  /** Those that have ended, without a word on how. */
  const unclear = (queue: ReadonlyMap<string, Seen>): readonly Seen[] =>
    [
      ...[...queue.values()].filter(({ id, state }) => isFinal(state) && past.get(id)?.exit === undefined),
      ...[...past.values()].filter(
        ({ id, state }) => !queue.has(id) && !isFinal(state) && state !== forgotten,
      ),
    ].filter(({ id }) => (missed.get(id) ?? 0) < mostMissed);

  const miss = (id: string, queue: ReadonlyMap<string, Seen>): void => {
    const times = (missed.get(id) ?? 0) + 1;
    missed.set(id, times);
    const seen = past.get(id);
    if (times >= mostMissed && seen && !queue.has(id) && !isFinal(seen.state))
      past.set(id, { ...seen, state: forgotten });
  };

  return {
    past,
    left: (jobs) => {
      for (const seen of jobs) {
        past.set(seen.id, { ...seen, isQueued: false });
        missed.delete(seen.id);
      }
    },
    learn: async (queue, signal) => {
      const isDue = clock.now().getTime() - historyAt >= historyMs;
      if (isDue) {
        historyAt = clock.now().getTime();
        for (const seen of await history.recent(signal)) put(seen, queue);
      }
      const wanted = unclear(queue);
      if (wanted.length === 0) return isDue;
      const ids = new Set(wanted.map(({ id }) => id));
      const told = (seen: Seen): void => {
        if (!isFinal(seen.state)) return;
        put(seen, queue);
        ids.delete(seen.id);
      };
      const bases = new Set(wanted.map(({ id, base }) => (base === undefined ? id : String(base))));
      for (const seen of await history.of([...bases], signal)) told(seen);
      for (const seen of wanted.filter(({ id }) => ids.has(id)).slice(0, mostShown)) {
        const known = await shown(calls, seen.id, seen.name, signal);
        if (known) told({ ...withShown(seen, known), isQueued: false });
      }
      for (const id of ids) miss(id, queue);
      return true;
    },
  };
}
