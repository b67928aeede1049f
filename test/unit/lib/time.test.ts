import assert from 'node:assert/strict';
import { JobError } from '../../../src/core/domain/problem.js';
import { getBackoffMs, waitUpTo, withTimeout } from '../../../src/lib/time.js';
import { fakeClock } from '../../fakes/clock.js';

describe('backoffMs', () => {
  it('doubles up to its maximum', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 50, 5000].map((failures) => getBackoffMs(failures, 1000, 5000)),
      [1000, 1000, 2000, 4000, 5000, 5000, 5000],
    );
  });
});

describe('withTimeout', () => {
  const limit = (clock: ReturnType<typeof fakeClock>) => ({
    ms: 1000,
    clock,
    late: () => new JobError({ kind: 'offline', place: 'there', why: 'late' }),
  });

  it('returns the result in time, and leaves no timer', async () => {
    const clock = fakeClock();
    const done = await withTimeout(() => Promise.resolve('done'), limit(clock), new AbortController().signal);
    assert.equal(done, 'done');
    assert.equal(clock.sleepers(), 0);
  });

  it('aborts a late operation, and does not wait for it', async () => {
    const clock = fakeClock();
    let inner: AbortSignal | undefined;
    const failed = assert.rejects(
      withTimeout(
        (signal) => {
          inner = signal;
          return new Promise(() => undefined);
        },
        limit(clock),
        new AbortController().signal,
      ),
      /late/,
    );
    await clock.advance(1000);
    await failed;
    assert.equal(inner?.aborted, true);
  });

  it('aborts with the outer signal, also if the operation ignores it', async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const failed = assert.rejects(
      withTimeout(() => new Promise(() => undefined), limit(clock), stop.signal),
      { name: 'AbortError' },
    );
    stop.abort();
    await failed;
    assert.equal(clock.sleepers(), 0);
  });

  it('starts nothing if it is already aborted', async () => {
    let begun = 0;
    await assert.rejects(
      withTimeout(() => Promise.resolve(begun++), limit(fakeClock()), AbortSignal.abort()),
      { name: 'AbortError' },
    );
    assert.equal(begun, 0);
  });
});

describe('waitAtMost', () => {
  it('returns the result in time, and leaves no timer', async () => {
    const clock = fakeClock();
    assert.equal(await waitUpTo(Promise.resolve('done'), 1000, clock), 'done');
    assert.equal(clock.sleepers(), 0);
  });

  it('returns undefined after the time limit', async () => {
    const clock = fakeClock();
    const waited = waitUpTo(new Promise<string>(() => undefined), 1000, clock);
    await clock.advance(1000);
    assert.equal(await waited, undefined);
  });

  it('rejects like the awaited promise, and leaves no timer', async () => {
    const clock = fakeClock();
    await assert.rejects(waitUpTo(Promise.reject(new Error('broken')), 1000, clock), /broken/);
    assert.equal(clock.sleepers(), 0);
  });
});
