import assert from 'node:assert/strict';
import type { LogEvent } from '../../../../src/core/domain/log.js';
import { markGap, toBatches, type LogBatches } from '../../../../src/core/domain/logBatches.js';
import { fromLevel } from '../../../../src/core/logs/logLevels.js';
import { logText } from '../../../../src/core/logs/logText.js';

const line = (text: string, level?: string): LogEvent => ({
  kind: 'line',
  text,
  next: text,
  ...(level === undefined ? {} : { level }),
});

/** A log of these batches. */
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

describe('a log in batches', () => {
  it('is made of single events, an event a batch', async () => {
    const single = events(line('a'), line('b'), line('c'));
    assert.deepEqual(await all(toBatches(single)), [[line('a')], [line('b')], [line('c')]]);
  });

  it('loses its lines below a level, and goes on with what a line goes on with over the end of a batch', async () => {
    const given = [
      [line('a', 'debug'), { ...line('b'), continues: true as const }],
      [{ ...line('c'), continues: true as const }, line('d', 'error')],
    ];
    assert.deepEqual(await all(fromLevel(logOf(...given), 'warn')), [[line('d', 'error')]]);
  });

  it('is saved a batch at a time', async () => {
    const given = [[line('a'), line('b')], [{ kind: 'partial', text: 'c' } as const]];
    assert.deepEqual(await all(logText(logOf(...given))), ['a\nb\n', 'c']);
  });

  it('of a service that cannot resume has a gap before what comes after a drop, and none where nothing comes', async () => {
    const gap = { kind: 'gap', cause: 'lost', why: 'the connection was lost' };
    assert.deepEqual(await all(markGap(logOf([line('c')], [line('d')]), 'the connection was lost')), [
      [gap],
      [line('c')],
      [line('d')],
    ]);
    assert.deepEqual(await all(markGap(logOf(), 'the connection was lost')), []);
  });
});
