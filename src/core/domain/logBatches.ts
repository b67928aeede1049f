import type { LogEvent } from './log.js';

/**
 * What a log says, in batches of what came together: to wait for each line by itself takes longer than all else that is
 * done with a line.
 */
export type LogBatches = AsyncIterable<readonly LogEvent[]>;

/** Batches of one event each, for logs of which each line comes by itself. */
export async function* toBatches(events: AsyncIterable<LogEvent>): AsyncGenerator<readonly LogEvent[], void> {
  for await (const event of events) yield [event];
}
