import assert from 'node:assert/strict';
import type { ConnectionJobs } from '../../../../src/core/jobs/connectionJobs.js';
import { toJobId, type Job } from '../../../../src/core/domain/job.js';
import { JobList } from '../../../../src/core/jobs/jobList.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { scriptedAccount } from '../../../fakes/account.js';
import { scriptedBackend } from '../../../fakes/backend.js';
import { fakeClock, settle } from '../../../fakes/clock.js';
import { jobOf } from '../../../fakes/jobs.js';
import { memoryLog, memoryStore } from '../../../fakes/memoryStore.js';

const signedOut = (): Promise<never> => Promise.reject(new JobError({ kind: 'signedOut', place: 'Hub' }));

/** A watched list for a backend that requires a sign-in and has no change notifications. */
function signedOutList(jobs: readonly Job[] = [jobOf()]) {
  const account = scriptedAccount();
  const place = scriptedBackend(jobs, {
    account: account.account,
    changes: async function* () {
      yield* [];
    },
  });
  place.answer = signedOut;
  const clock = fakeClock();
  const log = memoryLog();
  const list = new JobList({ clock, log, store: memoryStore() });
  list.setBackends([place.backend]);
  const view = list.watch();
  const only = (): ConnectionJobs => {
    const [jobsHere] = list.connections();
    assert.ok(jobsHere);
    return jobsHere;
  };
  return { account, place, clock, log, list, view, only };
}

describe('JobList: while signed out', () => {
  it('sends one request and then waits without a timer', async () => {
    const { place, clock, only } = signedOutList();
    await clock.advance(3_600_000);
    assert.deepEqual(place.take(), ['list 20']);
    assert.equal(clock.sleepers(), 0);
    assert.equal(only().problem?.kind, 'signedOut');
    assert.equal(only().isStale, true);
  });

  it('polls without delay after a sign-in, and then as usual', async () => {
    const { account, place, clock, only } = signedOutList();
    await clock.advance(0);
    place.take();
    place.answer = undefined;
    account.change();
    await clock.advance(0);
    assert.deepEqual(place.take(), ['list 20']);
    assert.equal(only().problem, undefined);
    await clock.advance(1000);
    assert.deepEqual(place.take(), ['list 20']);
  });

  it('waits again if the change was not a sign-in', async () => {
    const { account, place, clock } = signedOutList();
    await clock.advance(0);
    place.take();
    account.change();
    await clock.advance(600_000);
    assert.deepEqual(place.take(), ['list 20']);
    assert.equal(clock.sleepers(), 0);
  });

  it('listens to the account only while signed out, and once', async () => {
    const { account, place, clock, list } = signedOutList();
    assert.equal(account.listeners(), 0);
    await clock.advance(0);
    assert.equal(account.listeners(), 1);
    await list.refresh();
    assert.equal(account.listeners(), 1);
    place.answer = undefined;
    await list.refresh();
    assert.equal(account.listeners(), 0);
  });

  it('polls once more when it is refreshed or becomes visible again', async () => {
    const { place, clock, list, view } = signedOutList();
    await clock.advance(0);
    place.take();
    await list.refresh();
    assert.deepEqual(place.take(), ['list 20']);
    view.dispose();
    list.watch();
    await clock.advance(600_000);
    assert.deepEqual(place.take(), ['list 20']);
  });

  it('sends no request after a sign-in if the list is not visible and no end is awaited', async () => {
    const { account, place, clock, view } = signedOutList();
    await clock.advance(0);
    place.take();
    view.dispose();
    account.change();
    await clock.advance(60_000);
    assert.deepEqual(place.take(), []);
  });

  it('waits even if a job is awaited, and polls for it after a sign-in', async () => {
    const { account, place, clock, list, view } = signedOutList();
    list.watchUntilDone('local', toJobId('j1'));
    view.dispose();
    await clock.advance(600_000);
    assert.equal(clock.sleepers(), 0);
    place.take();
    place.answer = undefined;
    account.change();
    await clock.advance(1500);
    assert.deepEqual(place.take(), ['list 20', 'list 20']);
  });

  it('polls at the usual interval after many attempts while signed out', async () => {
    const { account, place, clock } = signedOutList();
    for (let turn = 0; turn < 10; turn++) {
      account.change();
      await clock.advance(0);
    }
    place.answer = undefined;
    account.change();
    await clock.advance(0);
    place.take();
    await clock.advance(1000);
    assert.deepEqual(place.take(), ['list 20']);
  });

  it('keeps polling if the problem changes', async () => {
    const { account, place, clock } = signedOutList();
    await clock.advance(0);
    place.answer = () => Promise.reject(new JobError({ kind: 'offline', place: 'Hub', why: 'no response' }));
    account.change();
    await clock.advance(0);
    place.take();
    await clock.advance(120_000);
    assert.ok(place.take().length >= 2);
  });

  it('keeps the known jobs when the sign-in expires', async () => {
    const { place, clock, only } = signedOutList();
    place.answer = undefined;
    await clock.advance(0);
    place.answer = signedOut;
    await clock.advance(1000);
    assert.deepEqual([only().problem?.kind, only().jobs.length, only().isStale], ['signedOut', 1, true]);
    assert.ok(only().refreshedAt);
    place.take();
    await clock.advance(600_000);
    assert.deepEqual(place.take(), []);
  });

  it('leaves no listener after it is disposed', async () => {
    const { account, clock, list } = signedOutList();
    await clock.advance(0);
    assert.equal(account.listeners(), 1);
    list.dispose();
    await settle();
    assert.equal(account.listeners(), 0);
    assert.equal(clock.sleepers(), 0);
  });
});

describe('JobList: change notifications', () => {
  const heardFrom = (changes: (signal: AbortSignal) => AsyncIterable<void>) => {
    const place = scriptedBackend([jobOf()], { changes });
    const clock = fakeClock();
    const log = memoryLog();
    const list = new JobList({ clock, log, store: memoryStore() });
    list.setBackends([place.backend]);
    return { place, clock, log, list };
  };

  it('falls back to polling if change notifications fail, and logs it', async () => {
    const { place, clock, log, list } = heardFrom(async function* () {
      yield* [];
      await Promise.reject(new Error('too many watchers'));
    });
    list.watch();
    await clock.advance(2500);
    assert.equal(place.take().length, 3);
    assert.deepEqual(
      log.lines.filter((line) => line.includes('change notifications')),
      ['warn no change notifications from local: Error: too many watchers'],
    );
  });

  it('unsubscribes silently when the list is hidden', async () => {
    let ended = 0;
    const { clock, log, list } = heardFrom(async function* (signal) {
      try {
        yield* [];
        await clock.sleep(3_600_000, signal);
      } finally {
        ended++;
      }
    });
    const view = list.watch();
    await clock.advance(100);
    assert.equal(ended, 0);
    view.dispose();
    await settle();
    assert.equal(ended, 1);
    assert.deepEqual(log.lines, []);
  });
});
