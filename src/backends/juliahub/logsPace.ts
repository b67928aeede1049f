import type { Clock } from '../../core/domain/ports.js';
import type { Pages } from './logsPages.js';

/** So many requests may follow each other at once, after a time without any; from then on one a second. */
const maxAtOnce = 20;
const everyMs = 1_000;

/** Resolves when the next request may be made. */
export type Pace = (signal: AbortSignal) => Promise<void>;

/**
 * Bounds the requests of one log that is followed, whatever the server does: at most 20, and one more each second. A
 * clock that jumps back neither stops nor hurries them.
 */
export function createPace(clock: Clock): Pace {
  let left = maxAtOnce;
  let countedMs = clock.now().getTime();
  return async (signal) => {
    const nowMs = clock.now().getTime();
    const passed = Math.floor((nowMs - countedMs) / everyMs);
    if (passed !== 0) {
      left = Math.min(maxAtOnce, left + Math.max(0, passed));
      countedMs = passed > 0 ? countedMs + passed * everyMs : nowMs;
    }
    if (left > 0) left--;
    // The time that is waited counts for this one.
    else {
      await clock.sleep(everyMs, signal);
      countedMs = Math.max(countedMs, clock.now().getTime());
    }
  };
}

/** The same pages, asked for no more often than that. */
export function atPace(pages: Pages, clock: Clock): Pages {
  const pace = createPace(clock);
  return {
    newest: async (signal) => {
      await pace(signal);
      return pages.newest(signal);
    },
    before: async (ref, signal) => {
      await pace(signal);
      return pages.before(ref, signal);
    },
    after: async (ref, signal) => {
      await pace(signal);
      return pages.after(ref, signal);
    },
    largest: pages.largest,
  };
}
