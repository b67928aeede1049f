import assert from 'node:assert/strict';
import { RoundLoop } from '../../../../src/core/jobs/roundLoop.js';
import { fakeClock, settle } from '../../../fakes/clock.js';

/** A loop whose rounds wait until they are let go, each followed by a pause of a second. */
function loopOf({ isHeld = false } = {}) {
  const clock = fakeClock();
  const loop = new RoundLoop(clock);
  const stop = new AbortController();
  const state = { isWanted: false, rounds: 0, running: 0, mostRunning: 0, isHeld };
  let release: () => void = () => undefined;
  const deps = {
    isWanted: () => state.isWanted,
    run: async () => {
      state.rounds++;
      state.mostRunning = Math.max(state.mostRunning, ++state.running);
      if (state.isHeld) await new Promise<void>((resolve) => (release = resolve));
      state.running--;
    },
    pauseMs: () => 1000,
  };
  const ended = loop.run(deps, stop.signal).catch((error: unknown) => error);
  return {
    clock,
    loop,
    stop,
    state,
    ended,
    release: () => {
      release();
    },
  };
}

describe('RoundLoop', () => {
  it('runs no round and keeps no timer while none is wanted', async () => {
    const { clock, loop, state } = loopOf();
    loop.wake();
    await clock.advance(10_000);
    assert.equal(state.rounds, 0);
    assert.equal(clock.sleepers(), 0);
  });

  it('runs one round for a request, then rests', async () => {
    const { clock, loop, state } = loopOf();
    await loop.request();
    await clock.advance(10_000);
    assert.equal(state.rounds, 1);
    assert.equal(clock.sleepers(), 0);
  });

  it('runs rounds with the pause between them while they are wanted', async () => {
    const { clock, loop, state } = loopOf();
    state.isWanted = true;
    loop.wake();
    await clock.advance(2500);
    assert.equal(state.rounds, 3);
  });

  it('gives a request during a round a whole round of its own, which does not overlap', async () => {
    const { loop, state, release } = loopOf({ isHeld: true });
    const first = loop.request();
    await settle();
    let isDone = false;
    const second = loop.request().then(() => (isDone = true));
    await settle();
    release();
    await first;
    await settle();
    assert.deepEqual([state.rounds, state.mostRunning, isDone], [2, 1, false]);
    release();
    await second;
    assert.equal(isDone, true);
  });

  it('resolves what is asked for when it ends, and takes no more', async () => {
    const { loop, stop, ended } = loopOf({ isHeld: true });
    const first = loop.request();
    await settle();
    const second = loop.request();
    stop.abort();
    loop.end();
    await second;
    await loop.request();
    assert.equal(loop.isOver, true);
    void first;
    void ended;
  });
});
