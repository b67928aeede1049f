import type { JobQueries } from '../../../core/domain/backend.js';
import type { Clock } from '../../../core/domain/ports.js';
import { createWakeSignal } from '../../../core/jobs/pollLoop.js';
import type { JobWatcher } from './jobWatcher.js';

/** The changes between the list's own rounds. */
export interface ChangeFeed {
  readonly changes: NonNullable<JobQueries['changes']>;
  /** True, once, if the list is refreshed only because of new exits of known jobs. */
  readonly isCompletionsOnly: () => boolean;
}

/** The delays after a change, in milliseconds, after which the list is refreshed: schedulers apply changes late. */
const recheckDelaysMs = [0, 1_000, 2_000, 3_000, 5_000];

/** Fires when the list should be refreshed between its own rounds. */
export function createChangeFeed(watching: JobWatcher, clock: Clock): ChangeFeed {
  let onlyLearned = false;
  async function* changes(signal: AbortSignal): AsyncGenerator<void> {
    const { wake, wait } = createWakeSignal(clock);
    const heard = { next: recheckDelaysMs.length, hasLearned: false };
    const listening = watching.onChanged((what) => {
      if (what === 'stirred') heard.next = 0;
      else heard.hasLearned = true;
      wake();
    });
    try {
      for (;;) {
        await wait(heard.hasLearned ? 0 : recheckDelaysMs[heard.next], signal);
        onlyLearned = heard.hasLearned;
        if (heard.hasLearned) heard.hasLearned = false;
        else if (heard.next < recheckDelaysMs.length) heard.next++;
        else continue;
        yield;
      }
    } finally {
      listening.dispose();
    }
  }
  return {
    changes,
    isCompletionsOnly: () => {
      const was = onlyLearned;
      onlyLearned = false;
      return was;
    },
  };
}
