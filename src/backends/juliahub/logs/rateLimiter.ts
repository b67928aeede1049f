import type { Clock } from '../../../core/domain/ports.js';
import type { LogPageReader } from './pageReader.js';

/** Number of requests allowed in immediate succession; after that, one per second. */
const maxBurstRequests = 20;
const requestIntervalMs = 1_000;

/** Resolves when the next request can be made. */
export type RateLimiter = (signal: AbortSignal) => Promise<void>;

/**
 * Limits the requests for one followed log, whatever the server does: 20, plus one more each second. A clock
 * that jumps back does not affect the rate.
 */
export function createRateLimiter(clock: Clock): RateLimiter {
  let left = maxBurstRequests;
  let countedMs = clock.now().getTime();
  return async (signal) => {
    const nowMs = clock.now().getTime();
    const passed = Math.floor((nowMs - countedMs) / requestIntervalMs);
    if (passed !== 0) {
      left = Math.min(maxBurstRequests, left + Math.max(0, passed));
      countedMs = passed > 0 ? countedMs + passed * requestIntervalMs : nowMs;
    }
    if (left > 0) left--;
    // The wait itself accounts for this request.
    else {
      await clock.sleep(requestIntervalMs, signal);
      countedMs = Math.max(countedMs, clock.now().getTime());
    }
  };
}

/** The same pages with a limited request rate. */
export function limitPageRate(pages: LogPageReader, clock: Clock): LogPageReader {
  const pace = createRateLimiter(clock);
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
