import type { JobState } from '../../../core/domain/job.js';
import type { Clock } from '../../../core/domain/ports.js';
import { unknownNativeState, isFinalState, type SchedulerJob } from './schedulerJob.js';

/**
 * Cancellations made here. A queued task of an array that is cancelled leaves no trace in the queue or the
 * accounting, so this extension alone knows how it ended. Source: observed with 22.05.
 */
export interface PendingCancellations {
  /** Adds a job, a task, or all tasks of an array. */
  readonly add: (id: string) => void;
  /** A job that left the queue: as cancelled where only this extension knows it, else unchanged. */
  readonly applyTo: (seen: SchedulerJob) => SchedulerJob;
}

/**
 * Cancellations are stored as long as the connection exists.
 *
 * @param hasHistory - False if no accounting keeps a trace of cancelled jobs.
 */
export function createPendingCancellations(clock: Clock, hasHistory: boolean): PendingCancellations {
  const ids = new Set<string>();
  return {
    add: (id) => {
      ids.add(id);
    },
    applyTo: (seen) => {
      const isOurs = ids.has(seen.id) || ids.has(String(seen.base));
      if (isOurs && !hasHistory && isFinalState(seen.state) && seen.exit?.signal !== undefined)
        return { ...seen, state: cancelledState };
      if (!isOurs || !(hasHistory ? isTraceless(seen) : isUnrecorded(seen))) return seen;
      const end = clock.now();
      return { ...seen, state: cancelledState, start: end, end };
    },
  };
}

const cancelledState: JobState = { kind: 'ended', word: 'CANCELLED', outcome: 'stopped' };

/** Tasks that share a row have no records of their own. */
const isTraceless = ({ index, own, state }: SchedulerJob): boolean =>
  index !== undefined && own === undefined && (state.kind === 'queued' || state.word === unknownNativeState);

/** A job that is cancelled before it starts writes no record. */
const isUnrecorded = ({ state }: SchedulerJob): boolean =>
  state.kind === 'queued' || state.word === unknownNativeState;
