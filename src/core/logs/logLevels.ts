import type { LogEvent } from '../domain/log.js';
import type { LogBatches } from '../domain/logBatches.js';

/** The minimum level of shown lines; `all`: every line. */
export type MinLogLevel = 'all' | 'info' | 'warn' | 'error';

/** The severities of the level names that engines use. Lines with another name are always shown. */
const levelRanks = new Map([
  ['trace', 0],
  ['debug', 0],
  ['info', 1],
  ['notice', 1],
  ['warn', 2],
  ['warning', 2],
  ['error', 3],
  ['critical', 3],
  ['fatal', 3],
]);

/** Removes the lines below a level. Output that a job prints has no level and is never removed. */
export function filterByLevel(events: LogBatches, least: MinLogLevel): LogBatches {
  const bound = levelRanks.get(least);
  return bound === undefined ? events : filterBatches(events, bound);
}

async function* filterBatches(events: LogBatches, bound: number): AsyncGenerator<readonly LogEvent[], void> {
  let isShown = true;
  for await (const block of events) {
    const shown = block.filter((event) => {
      if (event.kind !== 'line') return true;
      if (!event.continues) isShown = (levelRanks.get(event.level?.toLowerCase() ?? '') ?? bound) >= bound;
      return isShown;
    });
    if (shown.length > 0) yield shown;
  }
}
