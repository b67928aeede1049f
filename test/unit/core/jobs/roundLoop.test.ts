import assert from 'node:assert/strict';
import { RoundLoop } from '../../../../src/core/jobs/roundLoop.js';
import { fakeClock, settle } from '../../../fakes/clock.js';

/** A loop whose rounds wait until the test continues them, with pauses of a second. */
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
    getPauseMs: () => 1000,
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
  it('runs no round and has no timer while none is needed', async () => {
    const { clock, loop, state } = loopOf();
    loop.wake();
    await clock.advance(10_000);
    assert.equal(state.rounds, 0);
    assert.equal(clock.sleepers(), 0);
  });

  it('runs one round for a request, then waits', async () => {
    const { clock, loop, state } = loopOf();
    await loop.request();
    await clock.advance(10_000);
    assert.equal(state.rounds, 1);
    assert.equal(clock.sleepers(), 0);
  });

  it('runs rounds with pauses while they are needed', async () => {
    const { clock, loop, state } = loopOf();
    state.isWanted = true;
    loop.wake();
    await clock.advance(2500);
    assert.equal(state.rounds, 3);
  });

  it('runs a complete additional round for a request during a round, without overlap', async () => {
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

  it('resolves pending and later requests when it ends', async () => {
    const { loop, stop, ended } = loopOf({ isHeld: true });
    const first = loop.request();
    await settle();
    const second = loop.request();
    stop.abort();
    loop.stop();
    await second;
    await loop.request();
    assert.equal(loop.isOver, true);
    void first;
    void ended;
  });
});
