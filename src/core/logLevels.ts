import type { LogEvent } from './log.js';

/** The least level whose lines are shown; `all`: every line. */
export type LeastLevel = 'all' | 'info' | 'warn' | 'error';

/** How weighty the words are that engines use for levels; a word that is not here is shown always. */
const ranks = new Map([
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

/** The events without lines below a level. What a job prints by itself has no level, and stays. */
export async function* fromLevel(
  events: AsyncIterable<LogEvent>,
  least: LeastLevel,
): AsyncGenerator<LogEvent, void> {
  const bound = ranks.get(least) ?? 0;
  let isShown = true;
  for await (const event of events) {
    if (event.kind !== 'line') yield event;
    else {
      if (!event.continues) isShown = (ranks.get(event.level?.toLowerCase() ?? '') ?? bound) >= bound;
      if (isShown) yield event;
    }
  }
}
