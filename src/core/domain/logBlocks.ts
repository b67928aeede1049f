import type { LogEvent } from './log.js';

/**
 * What a log says. Whoever goes through all of it takes its `blocks` where it has them, by {@link blocksOf}: to wait for
 * each line by itself takes longer than all else that is done with a line.
 */
export interface LogEvents extends AsyncIterable<LogEvent> {
  /** The same events, together what came together; in the place of the events themselves, not besides. */
  readonly blocks?: () => AsyncIterable<readonly LogEvent[]>;
}

/** A log that is read in blocks, which reads nothing before it is gone through. */
export const inBlocks = (blocks: () => AsyncIterable<readonly LogEvent[]>): LogEvents => ({
  blocks,
  [Symbol.asyncIterator]: () => eachOf(blocks()),
});

/** The blocks of a log, each event a block of its own where it has none. */
export const blocksOf = (events: LogEvents): AsyncIterable<readonly LogEvent[]> =>
  events.blocks?.() ?? singly(events);

async function* eachOf(blocks: AsyncIterable<readonly LogEvent[]>): AsyncGenerator<LogEvent, void> {
  for await (const block of blocks) yield* block;
}

async function* singly(events: AsyncIterable<LogEvent>): AsyncGenerator<readonly LogEvent[], void> {
  for await (const event of events) yield [event];
}
