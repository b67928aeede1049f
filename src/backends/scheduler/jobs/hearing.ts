import type { JobQueries } from '../../../core/domain/backend.js';
import type { Clock } from '../../../core/domain/ports.js';
import { waker } from '../../../core/jobs/repeat.js';
import type { Watch } from './watch.js';

/** What the list hears of besides its own rounds. */
export interface Heard {
  readonly changes: NonNullable<JobQueries['changes']>;
  /** True, once, where the list is looked at only because more was learned of jobs that it knows. */
  readonly isOnlyLearned: () => boolean;
}

/** After something was done to jobs the list is looked at after these waits, in milliseconds: what a scheduler does takes a while. */
const stirredMs = [0, 1_000, 2_000, 3_000, 5_000];

/** Tells the list when looking is worth it, between its own rounds. */
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
