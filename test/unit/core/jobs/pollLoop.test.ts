import assert from 'node:assert/strict';
import { runPollLoop, createWakeSignal } from '../../../../src/core/jobs/pollLoop.js';
import { fakeClock, settle } from '../../../fakes/clock.js';

describe('repeat', () => {
  it('waits after each round for the time that the round returned', async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const times: number[] = [];
    const begin = clock.now().getTime();
    const done = runPollLoop(
      () => {
        times.push(clock.now().getTime() - begin);
        return Promise.resolve(times.length === 1 ? 1000 : 5000);
      },
      createWakeSignal(clock),
      stop.signal,
    );
    await clock.advance(11_000);
    assert.deepEqual(times, [0, 1000, 6000, 11_000]);
    stop.abort();
    await done;
    assert.equal(clock.sleepers(), 0);
  });

  it('measures the pause from the end of a round, so that rounds never overlap', async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    let running = 0;
    let most = 0;
    let rounds = 0;
    const wake = createWakeSignal(clock);
    void runPollLoop(
      async () => {
        rounds++;
        most = Math.max(most, ++running);
        await clock.sleep(3000, stop.signal);
        running--;
        return 1000;
      },
      wake,
      stop.signal,
    );
    await clock.advance(1000);
    wake.wake();
    await clock.advance(10_999);
    stop.abort();
    assert.equal(most, 1);
    assert.equal(rounds, 4); // At 0, at 3 s (woken), at 7 s and at 11 s.
  });

  it('waits without a timer until woken, and then starts without delay', async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const wake = createWakeSignal(clock);
    let rounds = 0;
    const done = runPollLoop(
      () => {
        rounds++;
        return Promise.resolve(undefined);
      },
      wake,
      stop.signal,
    );
    await clock.advance(3_600_000);
    assert.equal(rounds, 1);
    assert.equal(clock.sleepers(), 0);
    wake.wake();
    await settle();
    assert.equal(rounds, 2);
    stop.abort();
    await done;
  });

  it('runs exactly one more round, regardless of the number of wakes during one', async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const wake = createWakeSignal(clock);
    let rounds = 0;
    void runPollLoop(
      async () => {
        rounds++;
        await clock.sleep(100, stop.signal);
        return undefined;
      },
      wake,
      stop.signal,
    );
    for (let turn = 0; turn < 5; turn++) wake.wake();
    await clock.advance(1000);
    stop.abort();
    assert.equal(rounds, 2);
  });

  it('resolves when aborted, also during a round and while waiting', async () => {
    const clock = fakeClock();
    for (const ms of [undefined, 1000]) {
      const stop = new AbortController();
      const done = runPollLoop(() => Promise.resolve(ms), createWakeSignal(clock), stop.signal);
      await settle();
      stop.abort();
      await done;
    }
    const stop = new AbortController();
    const done = runPollLoop(
      () => clock.sleep(1000, stop.signal).then(() => 1),
      createWakeSignal(clock),
      stop.signal,
    );
    stop.abort();
    await done;
    assert.equal(clock.sleepers(), 0);
  });

  it('rejects if a round rejects', async () => {
    await assert.rejects(
      runPollLoop(
        () => Promise.reject(new Error('broken')),
        createWakeSignal(fakeClock()),
        new AbortController().signal,
      ),
      /broken/,
    );
  });

  it('leaves no listener on the signal', async () => {
    const clock = fakeClock();
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      const options = args[2];
      if (typeof options === 'object') options.signal?.addEventListener('abort', () => listeners--);
      add(...args);
    };
    const wake = createWakeSignal(clock);
    for (let turn = 0; turn < 3; turn++) {
      const waiting = wake.wait(10, signal);
      await clock.advance(10);
      await waiting;
    }
    assert.equal(listeners, 0);
  });
});
