import assert from 'node:assert/strict';
import type { LogEvent } from '../../../../src/core/domain/log.js';
import { markGap, toBatches, type LogBatches } from '../../../../src/core/domain/logBatches.js';
import { filterByLevel } from '../../../../src/core/logs/logLevels.js';
import { formatLog } from '../../../../src/core/logs/formatLog.js';

const line = (text: string, level?: string): LogEvent => ({
  kind: 'line',
  text,
  next: text,
  ...(level === undefined ? {} : { level }),
});

/** A log with these batches. */
async function* logOf(...batches: readonly (readonly LogEvent[])[]): LogBatches {
  await Promise.resolve();
  yield* batches;
}

const all = async <T>(items: AsyncIterable<T>): Promise<readonly T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

async function* events(...lines: readonly LogEvent[]): AsyncGenerator<LogEvent> {
  await Promise.resolve();
  yield* lines;
}

describe('log batches', () => {
  it('contain one event each if created from single events', async () => {
    const single = events(line('a'), line('b'), line('c'));
    assert.deepEqual(await all(toBatches(single)), [[line('a')], [line('b')], [line('c')]]);
  });

  it('are filtered by level, also for lines that continue in the next batch', async () => {
    const given = [
      [line('a', 'debug'), { ...line('b'), continues: true as const }],
      [{ ...line('c'), continues: true as const }, line('d', 'error')],
    ];
    assert.deepEqual(await all(filterByLevel(logOf(...given), 'warn')), [[line('d', 'error')]]);
  });

  it('are saved one at a time', async () => {
    const given = [[line('a'), line('b')], [{ kind: 'partial', text: 'c' } as const]];
    assert.deepEqual(await all(formatLog(logOf(...given))), ['a\nb\n', 'c']);
  });

  it('of a service that cannot resume start with a gap after a dropped connection, unless nothing follows', async () => {
    const gap = { kind: 'gap', cause: 'lost', why: 'the connection was lost' };
    assert.deepEqual(await all(markGap(logOf([line('c')], [line('d')]), 'the connection was lost')), [
      [gap],
      [line('c')],
      [line('d')],
    ]);
    assert.deepEqual(await all(markGap(logOf(), 'the connection was lost')), []);
  });
});
