import type { Clock } from '../../../core/domain/ports.js';
import { forgotten, type Seen } from './seen.js';
import { stateOf } from '../../slurm/states.js';

/**
 * What was cancelled here. A waiting task of an array that is cancelled leaves no trace, neither in the queue nor in the
 * accounting, so that nobody else can tell how it ended. Source: observed with 22.05.
 */
export interface Cancels {
  /** This job, this task, or the tasks of this array. */
  readonly add: (id: string) => void;
  /** One that has left the queue: as cancelled where only we can know, else as it was. */
  readonly told: (seen: Seen) => Seen;
}

/** Nothing was cancelled yet. Kept as long as the connection is. */
export function cancelsOf(clock: Clock): Cancels {
  const ids = new Set<string>();
  return {
    add: (id) => {
      ids.add(id);
    },
    told: (seen) => {
      const isOurs = ids.has(seen.id) || ids.has(String(seen.base));
      if (!isOurs || !isTraceless(seen)) return seen;
      const end = clock.now();
      return { ...seen, state: 'CANCELLED', start: end, end };
    },
  };
}

/** A task that waits together with others has no record of its own. */
const isTraceless = ({ index, own, state }: Seen): boolean =>
  index !== undefined && own === undefined && (stateOf(state).kind === 'queued' || state === forgotten);
