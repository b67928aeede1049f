import assert from 'node:assert/strict';
import type { Backend } from '../../../../src/core/domain/backend.js';
import type { Change, ConnectionJobs, Ended } from '../../../../src/core/jobs/connectionJobs.js';
import { asJobId, type Job } from '../../../../src/core/domain/job.js';
import { indexOf } from '../../../../src/core/jobs/jobIndex.js';
import { JobList } from '../../../../src/core/jobs/jobList.js';
import { writeJobs } from '../../../../src/core/jobs/knownJobs.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { scriptedBackend } from '../../../fakes/backend.js';
import { fakeClock, settle } from '../../../fakes/clock.js';
import { before, completed, failed, jobOf, queued, running } from '../../../fakes/jobs.js';
import { memoryLog, memoryStore } from '../../../fakes/memoryStore.js';

/** A list over these backends, and what it told. */
function listOver(backends: readonly Backend[], known: Readonly<Record<string, readonly Job[]>> = {}) {
  const clock = fakeClock();
  const log = memoryLog();
  const store = memoryStore(
    Object.fromEntries(Object.entries(known).map(([id, jobs]) => [id, writeJobs(indexOf(jobs))])),
  );
  const list = new JobList({ clock, log, store });
  const changes: Change[] = [];
  const ends: Ended[] = [];
  list.changed((change) => changes.push(change));
  list.ended((ended) => ends.push(ended));
  list.setBackends(backends);
  const only = (): ConnectionJobs => {
    const [jobs] = list.connections();
    assert.ok(jobs);
    return jobs;
  };
  const idsOf = (): readonly string[] => only().jobs.map(({ id }) => id);
  return { list, clock, log, store, changes, ends, only, idsOf };
}

const offline = new JobError({ kind: 'offline', place: 'Local', why: 'connection refused' });
const named = ({ jobs }: Ended): readonly string[] => jobs.map(({ id }) => id);
const other = { id: 'other', kind: 'local', title: 'Other', settings: {} };

describe('JobList: when it looks', () => {
  it('asks nothing while nobody looks or waits', async () => {
    const place = scriptedBackend([jobOf()]);
    const { clock } = listOver([place.backend]);
    await clock.advance(3_600_000);
    assert.deepEqual(place.asked, []);
    assert.equal(clock.sleepers(), 0);
  });

  it('asks once where the first look finds active jobs, whose end is waited for from then on', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock } = listOver([place.backend]);
    list.changed(({ connection }) => {
      list.awaitActive(connection);
    });
    list.watch();
    await clock.advance(0);
    assert.deepEqual(
      place.take().filter((what) => what.startsWith('list')),
      ['list 20'],
    );
  });

  it('leaves no timer as soon as nobody looks any more and no job is active', async () => {
    const place = scriptedBackend([jobOf({ state: completed })]);
    const { list, clock } = listOver([place.backend]);
    const view = list.watch();
    await clock.advance(0);
    assert.equal(clock.sleepers(), 1);
    view.dispose();
    await clock.advance(0);
    assert.equal(clock.sleepers(), 0);
    assert.equal(place.take().filter((what) => what.startsWith('list')).length, 1);
  });

  it('looks as soon as a view is visible, and rests when none is', async () => {
    const place = scriptedBackend([jobOf()], {
      changes: async function* () {
        yield* [];
      },
    });
    const { list, clock } = listOver([place.backend]);
    const view = list.watch();
    await clock.advance(0);
    assert.deepEqual(place.take(), ['list 20']);
    await clock.advance(2500);
    assert.deepEqual(place.take(), ['list 20', 'list 20']);
    view.dispose();
    await clock.advance(60_000);
    assert.deepEqual(place.take(), []);
    assert.equal(clock.sleepers(), 0);
  });

  it('looks no sooner for a second view', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock } = listOver([place.backend]);
    list.watch();
    await clock.advance(500);
    place.take();
    list.watch().dispose();
    await clock.advance(400);
    assert.deepEqual(place.take(), []);
  });

  it('looks often while a job is active and seldom while none is', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock } = listOver([place.backend]);
    list.watch();
    await clock.advance(3500);
    assert.equal(place.take().filter((what) => what === 'list 20').length, 4);
    place.jobs = [jobOf({ state: completed })];
    await clock.advance(25_000);
    assert.equal(place.take().length, 3); // At 4, 14 and 24 s.
  });

  it('looks after a job that is waited for until it has ended, without a view', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock, ends } = listOver([place.backend]);
    list.awaitEnd('local', asJobId('j1'));
    await clock.advance(2000);
    assert.ok(place.take().includes('list 20'));
    place.jobs = [jobOf({ state: completed })];
    await clock.advance(1000);
    assert.deepEqual(ends.map(named), [['j1']]);
    place.take();
    await clock.advance(60_000);
    assert.deepEqual(place.take(), []);
    assert.equal(clock.sleepers(), 0);
  });

  it('stops waiting for a job that is not there', async () => {
    const place = scriptedBackend();
    const { list, clock } = listOver([place.backend]);
    list.awaitEnd('local', asJobId('j9'));
    await clock.advance(60_000);
    assert.deepEqual(
      place.asked.filter((what) => what !== 'hear'),
      ['list 20', 'job j9', 'deaf'],
    );
  });

  it('hears of changes only while it is wanted, and then looks at once', async () => {
    const place = scriptedBackend([jobOf({ state: completed })]);
    const { list, clock } = listOver([place.backend]);
    await settle();
    assert.deepEqual(place.take(), []);
    const view = list.watch();
    await clock.advance(500);
    assert.deepEqual(place.take(), ['hear', 'list 20']);
    place.change();
    await settle();
    assert.deepEqual(place.take(), ['list 20']);
    view.dispose();
    await settle();
    assert.deepEqual(place.take(), ['deaf']);
  });

  it('hears no more once the job that was waited for has ended', async () => {
    const place = scriptedBackend([jobOf({ state: completed })]);
    const { list, clock } = listOver([place.backend]);
    list.awaitEnd('local', asJobId('j1'));
    await clock.advance(500);
    assert.deepEqual(place.take(), ['hear', 'list 20', 'deaf']);
  });

  it('looks at most four times a second however fast changes come', async () => {
    const place = scriptedBackend([jobOf({ state: completed })]);
    const { list, clock } = listOver([place.backend]);
    list.watch();
    await clock.advance(0);
    place.take();
    for (let turn = 0; turn < 100; turn++) {
      place.change();
      await clock.advance(10);
    }
    const rounds = place.take().length;
    assert.ok(rounds >= 3 && rounds <= 5, String(rounds));
  });
});

describe('JobList: refresh', () => {
  it('makes one round even while it rests', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock, idsOf } = listOver([place.backend]);
    await list.refresh();
    assert.deepEqual(place.take(), ['list 20']);
    assert.deepEqual(idsOf(), ['j1']);
    await settle();
    assert.equal(clock.sleepers(), 0);
    await clock.advance(60_000);
    assert.deepEqual(place.take(), []);
  });

  it('makes exactly one more round for all who ask during one', async () => {
    const place = scriptedBackend();
    let finish: () => void = () => undefined;
    const { list } = listOver([place.backend]);
    place.answer = () =>
      new Promise((resolve) => {
        finish = () => {
          resolve({ jobs: [], more: false, malformed: [] });
        };
      });
    const first = list.refresh();
    await settle();
    const later = Promise.all([list.refresh(), list.refresh(), list.refresh('local')]);
    finish();
    await first;
    await settle();
    assert.equal(place.asked.length, 2);
    finish();
    await later;
    await settle();
    assert.equal(place.asked.length, 2);
  });

  it('resolves after a failed round as well, and once the list has ended', async () => {
    const place = scriptedBackend();
    const { list } = listOver([place.backend]);
    place.answer = () => Promise.reject(offline);
    await list.refresh();
    const { refresh } = { refresh: list.connections()[0] };
    list.dispose();
    await refresh?.refresh();
    await settle();
    await refresh?.refresh();
  });

  it('refreshes one connection and leaves the others alone', async () => {
    const one = scriptedBackend();
    const two = scriptedBackend([], { connection: other });
    const { list } = listOver([one.backend, two.backend]);
    await list.refresh('other');
    assert.deepEqual([one.asked, two.asked], [[], ['list 20']]);
  });

  it('asks for 20 more jobs, and goes on asking for them', async () => {
    const place = scriptedBackend(
      Array.from({ length: 50 }, (_, n) => jobOf({ id: `j${String(n)}`, state: completed })),
    );
    const { list, only } = listOver([place.backend]);
    await list.refresh();
    assert.deepEqual([only().jobs.length, only().more], [20, true]);
    await list.more('local');
    assert.deepEqual([only().jobs.length, only().more], [40, true]);
    await list.more('local');
    assert.deepEqual([only().jobs.length, only().more], [50, false]);
    await list.refresh();
    assert.deepEqual(place.asked, ['list 20', 'list 40', 'list 60', 'list 60']);
  });
});

describe('JobList: what it holds', () => {
  it('keeps the objects of jobs that have not changed, and names those that have', async () => {
    const place = scriptedBackend([jobOf({ id: 'b' }), jobOf({ id: 'a', state: completed })]);
    const { list, only, changes } = listOver([place.backend]);
    await list.refresh();
    const [, second] = only().jobs;
    changes.length = 0;
    place.jobs = [
      jobOf({ id: 'b', state: completed, ended: before(0) }),
      jobOf({ id: 'a', state: completed, raw: { polled: 2 } }),
    ];
    await list.refresh();
    assert.deepEqual(changes, [{ connection: 'local', order: false, updated: ['b'] }]);
    assert.equal(only().jobs[1], second);
  });

  it('tells that rows came, went or moved', async () => {
    const [a, b] = [jobOf({ id: 'a' }), jobOf({ id: 'b' })];
    const place = scriptedBackend([a]);
    const { list, changes } = listOver([place.backend]);
    await list.refresh();
    const orders: boolean[] = [];
    for (const jobs of [[b, a], [a, b], [a], [a]]) {
      changes.length = 0;
      place.jobs = jobs;
      await list.refresh();
      orders.push(...changes.map(({ order }) => order));
    }
    assert.deepEqual(orders, [true, true, true, false]);
  });

  it('shows a job that was just submitted at once, and keeps its place while the list is behind', async () => {
    const old = jobOf({ id: 'old', submitted: before(60_000), state: completed });
    const fresh = jobOf({ id: 'fresh', submitted: before(0), state: queued });
    const place = scriptedBackend([old]);
    const { list, idsOf } = listOver([place.backend], { local: [old] });
    await list.refresh();
    list.include('local', fresh);
    assert.deepEqual(idsOf(), ['fresh', 'old']);
    place.answer = () => Promise.resolve({ jobs: [old], more: false, malformed: [] });
    place.jobs = [fresh, old];
    await list.refresh();
    assert.deepEqual(idsOf(), ['fresh', 'old']);
  });

  it('looks at once at a connection with a job that was just submitted', async () => {
    const place = scriptedBackend();
    const { list, clock } = listOver([place.backend]);
    const view = list.watch();
    await clock.advance(0);
    place.take();
    place.jobs = [jobOf()];
    list.include('local', jobOf());
    await clock.advance(0);
    assert.deepEqual(place.take(), ['list 20']);
    view.dispose();
  });

  it('keeps a submitted job that came while an older list was on its way', async () => {
    const fresh = jobOf({ id: 'fresh', state: queued });
    const place = scriptedBackend([fresh]);
    const { list, idsOf } = listOver([place.backend]);
    let answer: () => void = () => undefined;
    place.answer = async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      return { jobs: [], more: false, malformed: [] };
    };
    const done = list.refresh();
    await settle();
    list.include('local', fresh);
    answer();
    await done;
    assert.deepEqual(idsOf(), ['fresh']);
    list.dispose();
  });

  it('keeps a submitted job that came before the last known ones were read', async () => {
    const place = scriptedBackend();
    const { list, idsOf } = listOver([place.backend], { local: [jobOf({ id: 'old' })] });
    list.include('local', jobOf({ id: 'fresh' }));
    await settle();
    assert.deepEqual(idsOf(), ['fresh', 'old']);
  });

  it('keeps looking at an active job that newer ones have pushed out of the list', async () => {
    const newer = Array.from({ length: 20 }, (_, n) => jobOf({ id: `n${String(n)}`, state: completed }));
    const place = scriptedBackend([jobOf({ id: 'long' })]);
    const { list, idsOf, ends } = listOver([place.backend]);
    await list.refresh();
    place.jobs = [...newer, jobOf({ id: 'long' })];
    await list.refresh();
    assert.equal(idsOf().at(-1), 'long');
    await list.refresh();
    assert.deepEqual(place.take(), ['list 20', 'list 20', 'job long', 'list 21']);
    place.jobs = [...newer, jobOf({ id: 'long', state: completed })];
    await list.refresh();
    assert.deepEqual(ends.map(named), [['long']]);
  });

  it('keeps a job as last known where only it cannot be read, and says so once', async () => {
    const place = scriptedBackend([jobOf()], {
      job: () => Promise.reject(new JobError({ kind: 'badAnswer', place: 'Local', what: 'job' })),
    });
    const { list, idsOf, only, log } = listOver([place.backend]);
    await list.refresh();
    place.jobs = [];
    await list.refresh();
    await list.refresh();
    assert.deepEqual(idsOf(), ['j1']);
    assert.equal(only().problem, undefined);
    assert.equal(log.lines.length, 1);
  });

  it('looks up at most 20 jobs in a round, and keeps the others as last known', async () => {
    const old = Array.from({ length: 30 }, (_, n) => jobOf({ id: `a${String(n)}` }));
    const place = scriptedBackend(old);
    const { list, idsOf } = listOver([place.backend], { local: old });
    place.answer = () => Promise.resolve({ jobs: [], more: false, malformed: [] });
    await list.refresh();
    assert.equal(place.take().filter((what) => what.startsWith('job ')).length, 20);
    assert.deepEqual(
      idsOf(),
      old.map(({ id }) => id),
    );
  });

  it('lets go of an active job that is not there any more', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, idsOf, ends } = listOver([place.backend]);
    await list.refresh();
    place.jobs = [];
    await list.refresh();
    assert.deepEqual([idsOf(), ends], [[], []]);
  });

  it('shows a job once that the backend names twice, as it was told of last', async () => {
    const twice = [jobOf(), jobOf({ id: 'j2' }), jobOf({ state: completed })];
    const { list, idsOf, only } = listOver([scriptedBackend(twice).backend]);
    await list.refresh();
    assert.deepEqual(idsOf(), ['j1', 'j2']);
    assert.deepEqual(only().jobs[0]?.state, completed);
  });

  it('says once in the log which entries were left out, and again when others are', async () => {
    const place = scriptedBackend();
    const { list, log } = listOver([place.backend]);
    for (const malformed of [['7: no state'], ['7: no state'], [], ['7: no state'], ['8: no name']]) {
      place.malformed = malformed;
      await list.refresh();
    }
    assert.equal(log.lines.filter((line) => line.includes('7: no state')).length, 2);
    assert.equal(log.lines.filter((line) => line.includes('8: no name')).length, 1);
  });
});

describe('JobList: failures', () => {
  it('keeps the jobs of a connection that fails, as stale, with the problem and the time of the last success', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock, only, idsOf, changes } = listOver([place.backend]);
    await list.refresh();
    const seen = clock.now();
    await clock.advance(5000);
    place.answer = () => Promise.reject(offline);
    changes.length = 0;
    await list.refresh();
    await list.refresh();
    assert.deepEqual(idsOf(), ['j1']);
    assert.deepEqual([only().isStale, only().problem, only().refreshed], [true, offline.problem, seen]);
    assert.deepEqual(
      changes.map(({ order }) => order),
      [true, false],
    );
    place.answer = undefined;
    await list.refresh();
    assert.deepEqual([only().isStale, only().problem], [false, undefined]);
  });

  it('has all rows drawn again when a connection that failed answers as before', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, changes, only } = listOver([place.backend]);
    await list.refresh();
    place.answer = () => Promise.reject(offline);
    await list.refresh();
    place.answer = undefined;
    changes.length = 0;
    await list.refresh();
    assert.equal(only().isStale, false);
    assert.deepEqual(changes, [{ connection: 'local', order: true, updated: [] }]);
  });

  it('takes a round as failed in which the place did not answer for a single job', async () => {
    const place = scriptedBackend([jobOf()], { job: () => Promise.reject(offline) });
    const { list, only, idsOf } = listOver([place.backend]);
    await list.refresh();
    place.jobs = [];
    await list.refresh();
    assert.deepEqual(only().problem, offline.problem);
    assert.equal(only().isStale, true);
    assert.deepEqual(idsOf(), ['j1']);
  });

  it('doubles its waits while it fails, up to five minutes, and then is as quick as ever', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock, log } = listOver([place.backend]);
    const times: number[] = [];
    const begin = clock.now().getTime();
    place.answer = () => {
      times.push((clock.now().getTime() - begin) / 1000);
      return Promise.reject(offline);
    };
    list.watch();
    await clock.advance(2_000_000);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.deepEqual(waits.slice(0, 7), [10, 20, 40, 80, 160, 300, 300]);
    assert.equal(log.lines.length, 1);
    place.answer = undefined;
    await list.refresh();
    place.take();
    await clock.advance(3000);
    assert.equal(place.take().filter((what) => what === 'list 20').length, 3);
  });

  it('counts a round without an answer within 60 s as failed, and stops it', async () => {
    const place = scriptedBackend();
    let stopped: AbortSignal | undefined;
    place.answer = (_, signal) => {
      stopped = signal;
      return new Promise(() => undefined);
    };
    const { list, clock, only } = listOver([place.backend]);
    const done = list.refresh();
    await clock.advance(59_999);
    assert.equal(only().problem, undefined);
    await clock.advance(1);
    await done;
    assert.deepEqual(only().problem, { kind: 'timedOut', place: 'Local', afterMs: 60_000 });
    assert.equal(stopped?.aborted, true);
  });

  it('takes what is no JobError as a wrong answer', async () => {
    const place = scriptedBackend();
    const { list, only } = listOver([place.backend]);
    place.answer = () => Promise.reject(new TypeError('x is undefined'));
    await list.refresh();
    assert.deepEqual(only().problem, {
      kind: 'badAnswer',
      place: 'Local',
      what: 'TypeError: x is undefined',
    });
  });

  it('lets one connection fail without the others', async () => {
    const one = scriptedBackend();
    one.answer = () => new Promise(() => undefined);
    const two = scriptedBackend([jobOf()], { connection: other });
    const { list, clock } = listOver([one.backend, two.backend]);
    list.watch();
    await clock.advance(0);
    assert.deepEqual(
      list.connections().map(({ jobs }) => jobs.length),
      [0, 1],
    );
  });

  it('goes on where a listener fails', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, only, log } = listOver([place.backend]);
    list.changed(() => {
      throw new Error('deaf');
    });
    await list.refresh();
    await list.refresh();
    assert.equal(only().problem, undefined);
    assert.ok(log.lines.every((line) => line.includes('deaf')));
    assert.equal(log.lines.length, 2);
  });

  it('goes on where the store fails', async () => {
    const place = scriptedBackend([jobOf()]);
    const log = memoryLog();
    const broken = {
      read: () => Promise.reject(new Error('no disk')),
      write: () => Promise.reject(new Error('no disk')),
      claim: () => Promise.reject(new Error('no disk')),
    };
    const list = new JobList({ clock: fakeClock(), log, store: broken });
    list.setBackends([place.backend]);
    await list.refresh();
    await settle();
    assert.equal(list.connections()[0]?.jobs.length, 1);
    assert.equal(log.lines.filter((line) => line.startsWith('warn')).length, 2);
  });
});

describe('JobList: ends', () => {
  it('tells of a job that was active and has ended, once', async () => {
    const place = scriptedBackend([jobOf({ id: 'b' }), jobOf({ id: 'a', state: queued })]);
    const { list, ends } = listOver([place.backend]);
    await list.refresh();
    place.jobs = [jobOf({ id: 'b', state: failed }), jobOf({ id: 'a', state: running })];
    await list.refresh();
    await list.refresh();
    assert.deepEqual(ends.map(named), [['b']]);
    assert.equal(ends[0]?.whileAway, false);
  });

  it('does not tell of jobs that had ended when they were first seen', async () => {
    const { list, ends } = listOver([scriptedBackend([jobOf({ state: completed })]).backend]);
    await list.refresh();
    assert.deepEqual(ends, []);
  });

  it('tells of a quick job that had ended when it was first listed, if it was waited for', async () => {
    const place = scriptedBackend([jobOf({ state: completed })]);
    const { list, ends } = listOver([place.backend]);
    list.awaitEnd('local', asJobId('j1'));
    list.include('local', jobOf({ state: completed }));
    await settle();
    assert.deepEqual(ends.map(named), [['j1']]);
    list.awaitEnd('local', asJobId('j1'));
    await list.refresh();
    assert.equal(ends.length, 1);
  });

  it('tells only once of a job that seems to run again after its end', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, ends } = listOver([place.backend]);
    for (const state of [running, completed, running, completed]) {
      place.jobs = [jobOf({ state })];
      await list.refresh();
    }
    assert.deepEqual(ends.map(named), [['j1']]);
  });

  it('does not look after a job whose end was told', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock } = listOver([place.backend]);
    await list.refresh();
    place.jobs = [jobOf({ state: completed })];
    await list.refresh();
    place.take();
    list.awaitEnd('local', asJobId('j1'));
    await clock.advance(1000);
    assert.deepEqual(place.take(), []);
  });

  it('tells apart what ended since the last window saw it', async () => {
    const place = scriptedBackend([
      jobOf({ id: 'new', state: completed }),
      jobOf({ id: 'away', state: failed }),
      jobOf({ id: 'known', state: completed }),
    ]);
    const { list, ends } = listOver([place.backend], {
      local: [jobOf({ id: 'away' }), jobOf({ id: 'known', state: completed })],
    });
    await list.refresh();
    assert.deepEqual(
      ends.map((ended) => [named(ended), ended.whileAway]),
      [[['away'], true]],
    );
  });

  it('tells of an absence only with the first list, not of what ends later', async () => {
    const place = scriptedBackend([jobOf({ id: 'a' })]);
    const { list, ends } = listOver([place.backend], { local: [jobOf({ id: 'a' })] });
    await list.refresh();
    place.jobs = [jobOf({ id: 'a', state: completed })];
    await list.refresh();
    assert.deepEqual(
      ends.map((ended) => [named(ended), ended.whileAway]),
      [[['a'], false]],
    );
  });

  it('tells nothing while it shows only what was last known', async () => {
    const place = scriptedBackend();
    place.answer = () => Promise.reject(offline);
    const { list, ends } = listOver([place.backend], { local: [jobOf()] });
    await list.refresh();
    assert.deepEqual(ends, []);
  });
});

describe('JobList: what is remembered', () => {
  it('shows the last known jobs at once, as stale, without asking anybody', async () => {
    const place = scriptedBackend();
    const { only, idsOf, changes } = listOver([place.backend], { local: [jobOf()] });
    await settle();
    assert.deepEqual(idsOf(), ['j1']);
    assert.equal(only().isStale, true);
    assert.deepEqual(place.asked, []);
    assert.equal(changes.at(-1)?.order, true);
  });

  it('remembers the jobs when they have changed, and only then', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, store } = listOver([place.backend]);
    await list.refresh();
    await settle();
    assert.match(store.written.get('local') ?? '', /"j1"/);
    store.written.clear();
    await list.refresh();
    await settle();
    assert.equal(store.written.size, 0);
    place.jobs = [jobOf({ state: completed })];
    await list.refresh();
    await settle();
    assert.match(store.written.get('local') ?? '', /"ended"/);
  });
});

describe('JobList: connections', () => {
  it('keeps the jobs of a connection that stays, and drops the one that goes', async () => {
    const one = scriptedBackend([jobOf()]);
    const two = scriptedBackend([jobOf()], { connection: other });
    const { list, changes, clock } = listOver([one.backend, two.backend]);
    list.watch();
    await clock.advance(0);
    const [kept] = list.connections();
    changes.length = 0;
    two.take();
    list.setBackends([one.backend]);
    assert.deepEqual(list.connections(), [kept]);
    assert.equal(kept?.jobs.length, 1);
    assert.deepEqual(changes, [{ connection: 'other', order: true, updated: [] }]);
    await clock.advance(60_000);
    assert.deepEqual(two.take(), ['deaf']);
  });

  it('keeps connections in the order they are given, also where one is replaced', () => {
    const one = scriptedBackend();
    const two = scriptedBackend([], { connection: other });
    const { list } = listOver([one.backend, two.backend]);
    const replaced = scriptedBackend().backend;
    list.setBackends([replaced, two.backend]);
    assert.deepEqual(
      list.connections().map(({ backend }) => backend),
      [replaced, two.backend],
    );
    list.dispose();
  });

  it('looks at once at a connection that is added while somebody looks', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock } = listOver([]);
    list.watch();
    list.setBackends([place.backend]);
    await clock.advance(0);
    assert.ok(place.asked.includes('list 20'));
  });

  it('goes on waiting for a job when its connection gets other settings', async () => {
    const [first, second] = [scriptedBackend([jobOf()]), scriptedBackend([jobOf()])];
    const { list, clock, ends } = listOver([first.backend]);
    list.awaitEnd('local', asJobId('j1'));
    await clock.advance(0);
    list.setBackends([second.backend]);
    await clock.advance(0);
    second.jobs = [jobOf({ state: completed })];
    await clock.advance(1000);
    assert.deepEqual(ends.map(named), [['j1']]);
  });

  it('leaves no timer, no listener and no request behind when it ends', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock, changes, log } = listOver([place.backend]);
    list.watch();
    await clock.advance(500);
    place.answer = () => new Promise(() => undefined);
    const done = list.refresh();
    await settle();
    list.dispose();
    await done;
    changes.length = 0;
    await clock.advance(600_000);
    assert.equal(clock.sleepers(), 0);
    assert.equal(place.take().at(-1), 'deaf');
    assert.deepEqual(changes, []);
    assert.deepEqual(log.lines, []);
  });
});
