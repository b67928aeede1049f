import assert from 'node:assert/strict';
import { TimeLimitWatcher, type NearLimit } from '../../../../src/core/jobs/timeLimitWatcher.js';
import type { Job } from '../../../../src/core/domain/job.js';
import { fakeClock } from '../../../fakes/clock.js';
import { arrayOf, before, completed, jobOf, noon, queued, running } from '../../../fakes/jobs.js';

interface Watched {
  readonly job: Job;
}

const minute = 60_000;
const hour = 60 * minute;
const at = (ms: number): Date => new Date(noon.getTime() + ms);

/**
 * A watch for the jobs of `now`, which the test changes, and its reports: the job, and the minutes until its
 * end.
 */
function watching(...jobs: readonly Job[]) {
  const clock = fakeClock(noon);
  const now = { jobs };
  const told: (readonly [string, number])[] = [];
  const stop = new AbortController();
  const watch = new TimeLimitWatcher<Watched>(
    () => now.jobs.map((job) => ({ job })),
    ({ job }) => job.id,
    ({ target, endsAt }: NearLimit<Watched>) =>
      told.push([target.job.id, (endsAt.getTime() - clock.now().getTime()) / minute]),
    clock,
    stop.signal,
  );
  return { clock, now, told, watch, stop };
}

describe('LimitWatch', () => {
  it('reports a job ten minutes before its limit, once', async () => {
    const { clock, told } = watching(jobOf({ started: noon, limitMs: hour }));
    await clock.advance(50 * minute - 1);
    assert.deepEqual(told, []);
    await clock.advance(1);
    assert.deepEqual(told, [['j1', 10]]);
    await clock.advance(2 * hour);
    assert.equal(told.length, 1);
  });

  it('reports a job with a short limit when half of it has passed', async () => {
    const { clock, told } = watching(jobOf({ started: noon, limitMs: 12 * minute }));
    await clock.advance(6 * minute);
    assert.deepEqual(told, [['j1', 6]]);
  });

  it('reports a job that is near its limit when it is first listed', async () => {
    const { clock, told } = watching(jobOf({ started: before(55 * minute), limitMs: hour }));
    await clock.advance(0);
    assert.deepEqual(told, [['j1', 5]]);
  });

  it('does not report jobs that are past their limit, have none, or are not running', async () => {
    const { clock, told } = watching(
      jobOf({ id: 'past', started: before(2 * hour), limitMs: hour }),
      jobOf({ id: 'none', started: before(2 * hour) }),
      jobOf({ id: 'notStarted', limitMs: hour }),
      ...arrayOf([running], { started: before(55 * minute), limitMs: hour }).slice(0, 1),
      jobOf({ id: 'queued', state: queued, started: noon, limitMs: hour }),
      jobOf({ id: 'ended', state: completed, started: noon, limitMs: hour }),
    );
    await clock.advance(24 * hour);
    assert.deepEqual(told, []);
  });

  it('has no timer while no job has a limit, until it is woken', async () => {
    const { clock, now, told, watch } = watching(jobOf());
    await clock.advance(0);
    assert.equal(clock.sleepers(), 0);
    now.jobs = [jobOf({ started: noon, limitMs: hour })];
    await clock.advance(50 * minute);
    assert.deepEqual(told, []);
    watch.wake();
    await clock.advance(0);
    assert.deepEqual(told, [['j1', 10]]);
    assert.equal(clock.sleepers(), 0);
  });

  it('waits for the next of several jobs', async () => {
    const { clock, told } = watching(
      jobOf({ id: 'late', started: noon, limitMs: 2 * hour }),
      jobOf({ id: 'soon', started: noon, limitMs: hour }),
      jobOf({ id: 'last', started: noon, limitMs: 24 * hour }),
    );
    await clock.advance(50 * minute);
    assert.deepEqual(told, [['soon', 10]]);
    await clock.advance(hour);
    assert.deepEqual(told.slice(1), [['late', 10]]);
  });

  it('reports a job again if its limit was extended', async () => {
    const { clock, now, told, watch } = watching(jobOf({ started: noon, limitMs: hour }));
    await clock.advance(55 * minute);
    now.jobs = [jobOf({ started: noon, limitMs: 2 * hour })];
    watch.wake();
    await clock.advance(54 * minute);
    assert.equal(told.length, 1);
    await clock.advance(minute);
    assert.deepEqual(told.slice(1), [['j1', 10]]);
  });

  it('does not report a job again when it is woken repeatedly', async () => {
    const { clock, told, watch } = watching(jobOf({ started: before(55 * minute), limitMs: hour }));
    for (let turn = 0; turn < 5; turn++) {
      watch.wake();
      await clock.advance(1000);
    }
    assert.equal(told.length, 1);
  });

  it('accepts a limit of years without checking continuously', async () => {
    const year = 365 * 24 * hour;
    const { clock, told } = watching(jobOf({ started: noon, limitMs: year }));
    let waits = 0;
    const { sleep } = clock;
    const counting = { ...clock, sleep: (ms: number, signal: AbortSignal) => (waits++, sleep(ms, signal)) };
    new TimeLimitWatcher<Watched>(
      () => [{ job: jobOf({ started: noon, limitMs: year }) }],
      ({ job }) => job.id,
      () => undefined,
      counting,
      new AbortController().signal,
    );
    await clock.advance(year - 10 * minute);
    assert.deepEqual(told, [['j1', 10]]);
    // The maximum delay of a timer is 24.8 days.
    assert.ok(waits >= 14 && waits <= 16, String(waits));
  });

  it('stops when its signal is aborted, leaving no timer', async () => {
    const { clock, told, stop } = watching(jobOf({ started: noon, limitMs: hour }));
    await clock.advance(minute);
    assert.equal(clock.sleepers(), 1);
    stop.abort();
    await clock.advance(hour);
    assert.equal(clock.sleepers(), 0);
    assert.deepEqual(told, []);
  });

  it('reports when the job will be ended', async () => {
    const ends: Date[] = [];
    const clock = fakeClock(noon);
    new TimeLimitWatcher<Watched>(
      () => [{ job: jobOf({ started: before(55 * minute), limitMs: hour }) }],
      ({ job }) => job.id,
      ({ endsAt }) => ends.push(endsAt),
      clock,
      new AbortController().signal,
    );
    await clock.advance(0);
    assert.deepEqual(ends, [at(5 * minute)]);
  });
});
