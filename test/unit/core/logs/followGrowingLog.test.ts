import assert from 'node:assert/strict';
import type { LogEvent } from '../../../../src/core/domain/log.js';
import {
  followGrowingLog,
  type FollowRules,
  type GrowingLog,
} from '../../../../src/core/logs/followGrowingLog.js';

const line = (text: string): LogEvent => ({ kind: 'line', text, next: '' });

/** A log whose reads return these batches; the job finishes with the last one. */
function followed(looks: readonly (readonly string[])[], more: Partial<FollowRules & GrowingLog> = {}) {
  const done: string[] = [];
  let look = 0;
  const log: GrowingLog = {
    read: async function* (isOver) {
      done.push(isOver ? 'last look' : 'look');
      const texts = looks[look++] ?? [];
      if (texts.length > 0) yield texts.map(line);
      return { hasNews: texts.length > 0, isBehind: texts.includes('behind') };
    },
    nextPartial: () => ({ inMs: Infinity }),
    takeRest: () => [line('rest')],
    ...more,
  };
  const rules: FollowRules = {
    isOver: () => Promise.resolve(look >= looks.length - 1),
    isComplete: () => Promise.resolve(true),
    wait: ({ hasNews }) => {
      done.push(hasNews ? 'wait after news' : 'wait');
      return Promise.resolve();
    },
    ...more,
  };
  const all = async (): Promise<readonly string[]> => {
    for await (const block of followGrowingLog(log, rules))
      for (const event of block) done.push(event.kind === 'gap' ? event.cause : event.text);
    return done;
  };
  return all();
}

describe('followLog', () => {
  it('checks for the end before each read, and yields the rest after the last one', async () => {
    assert.deepEqual(await followed([['a'], [], ['b']]), [
      ...['look', 'a', 'wait after news', 'look', 'wait', 'last look', 'b', 'rest'],
    ]);
  });

  it('does not wait while more data is available than one read returns', async () => {
    assert.deepEqual(await followed([['behind'], ['b']]), ['look', 'behind', 'last look', 'b', 'rest']);
  });

  it('reads again after the end until no late data can appear', async () => {
    let times = 0;
    const isComplete = (): Promise<boolean> => Promise.resolve(++times > 1);
    assert.deepEqual(await followed([['a']], { isComplete }), [
      ...['last look', 'a', 'wait after news', 'last look', 'rest'],
    ]);
  });

  it('shows an unfinished line, which counts as new data, and waits no longer than until it can be shown', async () => {
    const due = [{ inMs: 70 }, { event: { kind: 'partial', text: 'half' } as const, inMs: Infinity }];
    const waited: number[] = [];
    const done = await followed([[], [], []], {
      nextPartial: () => due.shift() ?? { inMs: Infinity },
      wait: ({ maxMs, hasNews }) => {
        waited.push(hasNews ? -1 : maxMs);
        return Promise.resolve();
      },
    });
    assert.deepEqual(waited, [70, -1]);
    assert.deepEqual(done, ['look', 'look', 'half', 'last look', 'rest']);
  });

  it('stops when waiting is aborted', async () => {
    const stopped = new DOMException('stopped', 'AbortError');
    await assert.rejects(followed([[], [], []], { wait: () => Promise.reject(stopped) }), stopped);
  });
});
