import type { JobState } from '../../../core/domain/job.js';
import type { Clock } from '../../../core/domain/ports.js';
import { forgotten, isFinal, type Seen } from './seen.js';

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

/**
 * Nothing was cancelled yet. Kept as long as the connection is.
 *
 * @param hasHistory - False: no accounting keeps a trace of any job that was cancelled.
 */
export function cancelsOf(clock: Clock, hasHistory: boolean): Cancels {
  const ids = new Set<string>();
  return {
    add: (id) => {
      ids.add(id);
    },
    told: (seen) => {
      const isOurs = ids.has(seen.id) || ids.has(String(seen.base));
      if (isOurs && !hasHistory && isFinal(seen.state) && seen.exit?.signal !== undefined)
        return { ...seen, state: cancelled };
      if (!isOurs || !(hasHistory ? isTraceless(seen) : isUntold(seen))) return seen;
      const end = clock.now();
      return { ...seen, state: cancelled, start: end, end };
    },
  };
}

const cancelled: JobState = { kind: 'ended', word: 'CANCELLED', outcome: 'stopped' };

/** A task that waits together with others has no record of its own. */
const isTraceless = ({ index, own, state }: Seen): boolean =>
  index !== undefined && own === undefined && (state.kind === 'queued' || state.word === forgotten);

/** The record that a job leaves itself tells of no job that was ended before it could write it. */
const isUntold = ({ state }: Seen): boolean => state.kind === 'queued' || state.word === forgotten;
