import assert from 'node:assert/strict';
import type { LogEvent } from '../../../../src/core/domain/log.js';
import { blocksOf, inBlocks } from '../../../../src/core/domain/logBlocks.js';
import { fromLevel } from '../../../../src/core/logs/logLevels.js';
import { logText } from '../../../../src/core/logs/logText.js';
import { plainSay } from '../../../../src/lib/say.js';

const line = (text: string, level?: string): LogEvent => ({
  kind: 'line',
  text,
  next: text,
  ...(level === undefined ? {} : { level }),
});

/** A log of these blocks, which says in `begun` how often it was begun. */
const logOf = (...blocks: readonly (readonly LogEvent[])[]) => {
  const seen = { begun: 0, ended: 0 };
  const log = inBlocks(async function* () {
    seen.begun++;
    try {
      yield* blocks;
    } finally {
      seen.ended++;
    }
  });
  return { log, seen };
};

const all = async <T>(items: AsyncIterable<T>): Promise<readonly T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

const blocks = [[line('a'), line('b')], [], [line('c')]];

describe('a log in blocks', () => {
  it('is given in its blocks, and each event once where it is gone through by itself', async () => {
    assert.deepEqual(await all(blocksOf(logOf(...blocks).log)), blocks);
    assert.deepEqual(await all(logOf(...blocks).log), [line('a'), line('b'), line('c')]);
  });

  it('is not begun before it is gone through, and ends when nobody goes on', async () => {
    const { log, seen } = logOf(...blocks);
    assert.deepEqual(seen, { begun: 0, ended: 0 });
    for await (const _ of log) break;
    assert.deepEqual(seen, { begun: 1, ended: 1 });
  });

  it('is made of a log that has none, an event a block', async () => {
    const single = { [Symbol.asyncIterator]: () => logOf(...blocks).log[Symbol.asyncIterator]() };
    assert.deepEqual(await all(blocksOf(single)), [[line('a')], [line('b')], [line('c')]]);
  });

  it('loses its lines below a level, and goes on with what a line goes on with over the end of a block', async () => {
    const given = [
      [line('a', 'debug'), { ...line('b'), continues: true as const }],
      [{ ...line('c'), continues: true as const }, line('d', 'error')],
    ];
    assert.deepEqual(await all(blocksOf(fromLevel(logOf(...given).log, 'warn'))), [[line('d', 'error')]]);
  });

  it('is saved a block at a time', async () => {
    const given = [[line('a'), line('b')], [{ kind: 'partial', text: 'c' } as const]];
    assert.deepEqual(await all(logText(logOf(...given).log, plainSay)), ['a\nb\n', 'c']);
  });
});
