import type { JobQueries } from '../../../core/domain/backend.js';
import type { Clock } from '../../../core/domain/ports.js';
import { waker } from '../../../core/jobs/repeat.js';
import type { Watch } from './watch.js';

/** The changes between the list's own rounds. */
export interface Heard {
  readonly changes: NonNullable<JobQueries['changes']>;
  /** True, once, if the list is refreshed only because of new exits of known jobs. */
  readonly isOnlyLearned: () => boolean;
}

/** The delays after a change, in milliseconds, after which the list is refreshed: schedulers apply changes late. */
const stirredMs = [0, 1_000, 2_000, 3_000, 5_000];

/** Fires when the list should be refreshed between its own rounds. */
export function hearingOf(watching: Watch, clock: Clock): Heard {
  let onlyLearned = false;
  async function* changes(signal: AbortSignal): AsyncGenerator<void> {
    const { wake, wait } = waker(clock);
    const heard = { next: stirredMs.length, hasLearned: false };
    const listening = watching.changed((what) => {
      if (what === 'stirred') heard.next = 0;
      else heard.hasLearned = true;
      wake();
    });
    try {
      for (;;) {
        await wait(heard.hasLearned ? 0 : stirredMs[heard.next], signal);
        onlyLearned = heard.hasLearned;
        if (heard.hasLearned) heard.hasLearned = false;
        else if (heard.next < stirredMs.length) heard.next++;
        else continue;
        yield;
      }
    } finally {
      listening.dispose();
    }
  }
  return {
    changes,
    isOnlyLearned: () => {
      const was = onlyLearned;
      onlyLearned = false;
      return was;
    },
  };
}
