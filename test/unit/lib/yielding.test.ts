import assert from 'node:assert/strict';
import { createYielder, forEachYielding, sortYielding } from '../../../src/lib/yielding.js';

/** Blocks the thread for this many milliseconds. */
function work(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

describe('turns', () => {
  it('are given after other work has waited long enough', async () => {
    const giveTurn = createYielder();
    assert.equal(giveTurn(), undefined);
    work(12);
    const turn = giveTurn();
    assert.ok(turn);
    await turn;
    assert.equal(giveTurn(), undefined);
  });

  it('check the time only every so many calls', () => {
    const giveTurn = createYielder(3);
    work(12);
    assert.deepEqual([giveTurn(), giveTurn()], [undefined, undefined]);
    assert.ok(giveTurn());
  });

  it('let other work run between many steps', async () => {
    let ran = 0;
    const seen: number[] = [];
    setImmediate(() => ran++);
    await forEachYielding([1, 2, 3], () => {
      work(12);
      seen.push(ran);
    });
    assert.equal(seen.length, 3);
    assert.equal(seen[0], 0);
    assert.ok((seen[2] ?? 0) > 0);
  });
});

describe('sorting in turns', () => {
  it('sorts like a synchronous sort, and keeps the order of equal elements', async () => {
    for (const length of [0, 1, 2_047, 2_048, 2_049, 10_000]) {
      const items = Array.from({ length }, (_, at) => ({ key: (at * 7_919) % 101, at }));
      const byKey = (a: { key: number }, b: { key: number }): number => a.key - b.key;
      assert.deepEqual(await sortYielding(items, byKey), [...items].sort(byKey), String(length));
    }
  });
});
