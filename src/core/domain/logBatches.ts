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

/** A log that goes on after what may have been lost, for services that cannot resume. `why`: a phrase. */
export async function* markGap(batches: LogBatches, why: string): LogBatches {
  let isMarked = false;
  for await (const batch of batches) {
    if (!isMarked) yield [{ kind: 'gap', cause: 'lost', why }];
    isMarked = true;
    yield batch;
  }
}
