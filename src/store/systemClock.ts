import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/domain/ports.js';

/** The machine's time. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};
