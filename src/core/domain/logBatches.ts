import type { LogEvent } from './log.js';

/**
 * A log in batches of events that arrived together. Awaiting each line separately would take longer than all
 * other processing of a line.
 */
export type LogBatches = AsyncIterable<readonly LogEvent[]>;

/** Converts single events into batches of one, for logs whose lines arrive one at a time. */
export async function* toBatches(events: AsyncIterable<LogEvent>): AsyncGenerator<readonly LogEvent[], void> {
  for await (const event of events) yield [event];
}

/**
 * Starts with a gap for lines that may have been lost, for services that cannot resume. `why` is a phrase.
 */
export async function* markGap(batches: LogBatches, why: string): LogBatches {
  let isMarked = false;
  for await (const batch of batches) {
    if (!isMarked) yield [{ kind: 'gap', cause: 'lost', why }];
    isMarked = true;
    yield batch;
  }
}
