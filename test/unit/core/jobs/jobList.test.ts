import assert from 'node:assert/strict';
import type { Backend } from '../../../../src/core/domain/backend.js';
import type {
  JobsChangedEvent,
  ConnectionJobs,
  JobsEndedEvent,
} from '../../../../src/core/jobs/connectionJobs.js';
import { toJobId, type Job } from '../../../../src/core/domain/job.js';
import { createJobIndex } from '../../../../src/core/jobs/jobIndex.js';
import { JobList } from '../../../../src/core/jobs/jobList.js';
import { serializeJobs } from '../../../../src/core/jobs/jobSerialization.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { scriptedBackend } from '../../../fakes/backend.js';
import { fakeClock, settle } from '../../../fakes/clock.js';
import { before, completed, failed, jobOf, queued, running } from '../../../fakes/jobs.js';
import { memoryLog, memoryStore } from '../../../fakes/memoryStore.js';

/** A list for these backends, and its events. */
function listOver(backends: readonly Backend[], known: Readonly<Record<string, readonly Job[]>> = {}) {
  const clock = fakeClock();
  const log = memoryLog();
  const store = memoryStore(
    Object.fromEntries(Object.entries(known).map(([id, jobs]) => [id, serializeJobs(createJobIndex(jobs))])),
  );
  const list = new JobList({ clock, log, store });
  const changes: JobsChangedEvent[] = [];
  const ends: JobsEndedEvent[] = [];
  list.onDidChange((change) => changes.push(change));
  list.onDidEnd((ended) => ends.push(ended));
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
const named = ({ jobs }: JobsEndedEvent): readonly string[] => jobs.map(({ id }) => id);
const other = { id: 'other', kind: 'local', title: 'Other', settings: {} };

describe('JobList: polling', () => {
  it('sends no request if the list is not visible and no end is awaited', async () => {
    const place = scriptedBackend([jobOf()]);
    const { clock } = listOver([place.backend]);
    await clock.advance(3_600_000);
    assert.deepEqual(place.asked, []);
    assert.equal(clock.sleepers(), 0);
  });

  it('polls once if the first poll finds active jobs, whose end is then awaited', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock } = listOver([place.backend]);
    list.onDidChange(({ connection }) => {
      list.watchActive(connection);
    });
    list.watch();
    await clock.advance(0);
    assert.deepEqual(
      place.take().filter((what) => what.startsWith('list')),
      ['list 20'],
    );
  });

  it('stops its timer when the list is hidden and no job is active', async () => {
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

  it('polls without delay when a view becomes visible, and stops when none is', async () => {
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

  it('does not poll earlier because of a second view', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock } = listOver([place.backend]);
    list.watch();
    await clock.advance(500);
    place.take();
    list.watch().dispose();
    await clock.advance(400);
    assert.deepEqual(place.take(), []);
  });

  it('polls frequently while a job is active, and rarely otherwise', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock } = listOver([place.backend]);
    list.watch();
    await clock.advance(3500);
    assert.equal(place.take().filter((what) => what === 'list 20').length, 4);
    place.jobs = [jobOf({ state: completed })];
    await clock.advance(25_000);
    assert.equal(place.take().length, 3); // At 4, 14 and 24 s.
  });

  it('polls until an awaited job has finished, without a view', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock, ends } = listOver([place.backend]);
    list.watchUntilDone('local', toJobId('j1'));
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

  it('stops awaiting a job that no longer exists', async () => {
    const place = scriptedBackend();
    const { list, clock } = listOver([place.backend]);
    list.watchUntilDone('local', toJobId('j9'));
    await clock.advance(60_000);
    assert.deepEqual(
      place.asked.filter((what) => what !== 'hear'),
      ['list 20', 'job j9', 'deaf'],
    );
  });

  it('subscribes to changes only while needed, and then polls without delay', async () => {
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

  it('unsubscribes when the awaited job has finished', async () => {
    const place = scriptedBackend([jobOf({ state: completed })]);
    const { list, clock } = listOver([place.backend]);
    list.watchUntilDone('local', toJobId('j1'));
    await clock.advance(500);
    assert.deepEqual(place.take(), ['hear', 'list 20', 'deaf']);
  });

  it('polls at most four times a second, regardless of the number of changes', async () => {
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
  it('polls once, even if polling is not needed', async () => {
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

  it('polls exactly once more for all requests during a poll', async () => {
    const place = scriptedBackend();
    let finish: () => void = () => undefined;
    const { list } = listOver([place.backend]);
    place.answer = () =>
      new Promise((resolve) => {
        finish = () => {
          resolve({ jobs: [], hasMore: false, malformed: [] });
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

  it('resolves after a failed poll, and after the list is disposed', async () => {
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

  it('refreshes only one connection', async () => {
    const one = scriptedBackend();
    const two = scriptedBackend([], { connection: other });
    const { list } = listOver([one.backend, two.backend]);
    await list.refresh('other');
    assert.deepEqual([one.asked, two.asked], [[], ['list 20']]);
  });

  it('lists 20 more jobs from then on', async () => {
    const place = scriptedBackend(
      Array.from({ length: 50 }, (_, n) => jobOf({ id: `j${String(n)}`, state: completed })),
    );
    const { list, only } = listOver([place.backend]);
    await list.refresh();
    assert.deepEqual([only().jobs.length, only().more], [20, true]);
    await list.loadMore('local');
    assert.deepEqual([only().jobs.length, only().more], [40, true]);
    await list.loadMore('local');
    assert.deepEqual([only().jobs.length, only().more], [50, false]);
    await list.refresh();
    assert.deepEqual(place.asked, ['list 20', 'list 40', 'list 60', 'list 60']);
  });
});

describe('JobList: content', () => {
  it('keeps the objects of unchanged jobs, and reports the changed ones', async () => {
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
    assert.deepEqual(changes, [{ connection: 'local', isReordered: false, updated: ['b'] }]);
    assert.equal(only().jobs[1], second);
  });

  it('reports that rows were added, removed or moved', async () => {
    const [a, b] = [jobOf({ id: 'a' }), jobOf({ id: 'b' })];
    const place = scriptedBackend([a]);
    const { list, changes } = listOver([place.backend]);
    await list.refresh();
    const orders: boolean[] = [];
    for (const jobs of [[b, a], [a, b], [a], [a]]) {
      changes.length = 0;
      place.jobs = jobs;
      await list.refresh();
      orders.push(...changes.map(({ isReordered: order }) => order));
    }
    assert.deepEqual(orders, [true, true, true, false]);
  });

  it('shows a submitted job without delay, and keeps its position while the list lags behind', async () => {
    const old = jobOf({ id: 'old', submitted: before(60_000), state: completed });
    const fresh = jobOf({ id: 'fresh', submitted: before(0), state: queued });
    const place = scriptedBackend([old]);
    const { list, idsOf } = listOver([place.backend], { local: [old] });
    await list.refresh();
    list.include('local', fresh);
    assert.deepEqual(idsOf(), ['fresh', 'old']);
    place.answer = () => Promise.resolve({ jobs: [old], hasMore: false, malformed: [] });
    place.jobs = [fresh, old];
    await list.refresh();
    assert.deepEqual(idsOf(), ['fresh', 'old']);
  });

  it('polls a connection without delay after a job was submitted', async () => {
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

  it('keeps a submitted job that was added while an older list was loading', async () => {
    const fresh = jobOf({ id: 'fresh', state: queued });
    const place = scriptedBackend([fresh]);
    const { list, idsOf } = listOver([place.backend]);
    let answer: () => void = () => undefined;
    place.answer = async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      return { jobs: [], hasMore: false, malformed: [] };
    };
    const done = list.refresh();
    await settle();
    list.include('local', fresh);
    answer();
    await done;
    assert.deepEqual(idsOf(), ['fresh']);
    list.dispose();
  });

  it('keeps a submitted job that was added before the stored jobs were read', async () => {
    const place = scriptedBackend();
    const { list, idsOf } = listOver([place.backend], { local: [jobOf({ id: 'old' })] });
    list.include('local', jobOf({ id: 'fresh' }));
    await settle();
    assert.deepEqual(idsOf(), ['fresh', 'old']);
  });

  it('keeps polling an active job that newer ones have displaced from the list', async () => {
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

  it('keeps the last known state of a single job that cannot be read, and logs it once', async () => {
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

  it('reads at most 20 jobs individually per poll, and keeps the last known state of the others', async () => {
    const old = Array.from({ length: 30 }, (_, n) => jobOf({ id: `a${String(n)}` }));
    const place = scriptedBackend(old);
    const { list, idsOf } = listOver([place.backend], { local: old });
    place.answer = () => Promise.resolve({ jobs: [], hasMore: false, malformed: [] });
    await list.refresh();
    assert.equal(place.take().filter((what) => what.startsWith('job ')).length, 20);
    assert.deepEqual(
      idsOf(),
      old.map(({ id }) => id),
    );
  });

  it('removes an active job that no longer exists', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, idsOf, ends } = listOver([place.backend]);
    await list.refresh();
    place.jobs = [];
    await list.refresh();
    assert.deepEqual([idsOf(), ends], [[], []]);
  });

  it('shows a job that the backend lists twice once, with its last state', async () => {
    const twice = [jobOf(), jobOf({ id: 'j2' }), jobOf({ state: completed })];
    const { list, idsOf, only } = listOver([scriptedBackend(twice).backend]);
    await list.refresh();
    assert.deepEqual(idsOf(), ['j1', 'j2']);
    assert.deepEqual(only().jobs[0]?.state, completed);
  });

  it('logs skipped entries once, and again if they change', async () => {
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
  it('keeps the jobs of a failed connection as stale, with the problem and the time of the last success', async () => {
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
    assert.deepEqual([only().isStale, only().problem, only().refreshedAt], [true, offline.problem, seen]);
    assert.deepEqual(
      changes.map(({ isReordered: order }) => order),
      [true, false],
    );
    place.answer = undefined;
    await list.refresh();
    assert.deepEqual([only().isStale, only().problem], [false, undefined]);
  });

  it('redraws all rows when a failed connection recovers', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, changes, only } = listOver([place.backend]);
    await list.refresh();
    place.answer = () => Promise.reject(offline);
    await list.refresh();
    place.answer = undefined;
    changes.length = 0;
    await list.refresh();
    assert.equal(only().isStale, false);
    assert.deepEqual(changes, [{ connection: 'local', isReordered: true, updated: [] }]);
  });

  it('fails a poll if the service did not respond for a single job', async () => {
    const place = scriptedBackend([jobOf()], { job: () => Promise.reject(offline) });
    const { list, only, idsOf } = listOver([place.backend]);
    await list.refresh();
    place.jobs = [];
    await list.refresh();
    assert.deepEqual(only().problem, offline.problem);
    assert.equal(only().isStale, true);
    assert.deepEqual(idsOf(), ['j1']);
  });

  it('doubles its pauses while it fails, up to five minutes, and then polls at the usual interval', async () => {
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

  it('fails and aborts a poll after 60 s without a response', async () => {
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

  it('reports an error that is not a JobError as an unexpected response', async () => {
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

  it('keeps polling the other connections if one fails', async () => {
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

  it('continues if a listener fails', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, only, log } = listOver([place.backend]);
    list.onDidChange(() => {
      throw new Error('deaf');
    });
    await list.refresh();
    await list.refresh();
    assert.equal(only().problem, undefined);
    assert.ok(log.lines.every((line) => line.includes('deaf')));
    assert.equal(log.lines.length, 2);
  });

  it('continues if the store fails', async () => {
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

describe('JobList: finished jobs', () => {
  it('reports an active job that finished, once', async () => {
    const place = scriptedBackend([jobOf({ id: 'b' }), jobOf({ id: 'a', state: queued })]);
    const { list, ends } = listOver([place.backend]);
    await list.refresh();
    place.jobs = [jobOf({ id: 'b', state: failed }), jobOf({ id: 'a', state: running })];
    await list.refresh();
    await list.refresh();
    assert.deepEqual(ends.map(named), [['b']]);
    assert.equal(ends[0]?.whileAway, false);
  });

  it('does not report jobs that had finished when they were first listed', async () => {
    const { list, ends } = listOver([scriptedBackend([jobOf({ state: completed })]).backend]);
    await list.refresh();
    assert.deepEqual(ends, []);
  });

  it('reports a short job that had finished when it was first listed, if it was awaited', async () => {
    const place = scriptedBackend([jobOf({ state: completed })]);
    const { list, ends } = listOver([place.backend]);
    list.watchUntilDone('local', toJobId('j1'));
    list.include('local', jobOf({ state: completed }));
    await settle();
    assert.deepEqual(ends.map(named), [['j1']]);
    list.watchUntilDone('local', toJobId('j1'));
    await list.refresh();
    assert.equal(ends.length, 1);
  });

  it('reports only one end of a job that seems to run again', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, ends } = listOver([place.backend]);
    for (const state of [running, completed, running, completed]) {
      place.jobs = [jobOf({ state })];
      await list.refresh();
    }
    assert.deepEqual(ends.map(named), [['j1']]);
  });

  it('does not await a job whose end was reported', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock } = listOver([place.backend]);
    await list.refresh();
    place.jobs = [jobOf({ state: completed })];
    await list.refresh();
    place.take();
    list.watchUntilDone('local', toJobId('j1'));
    await clock.advance(1000);
    assert.deepEqual(place.take(), []);
  });

  it('distinguishes jobs that finished since the last session', async () => {
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

  it('reports an absence only with the first list', async () => {
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

  it('reports nothing while it shows only the last known state', async () => {
    const place = scriptedBackend();
    place.answer = () => Promise.reject(offline);
    const { list, ends } = listOver([place.backend], { local: [jobOf()] });
    await list.refresh();
    assert.deepEqual(ends, []);
  });
});

describe('JobList: stored jobs', () => {
  it('shows the stored jobs without delay, as stale, without a request', async () => {
    const place = scriptedBackend();
    const { only, idsOf, changes } = listOver([place.backend], { local: [jobOf()] });
    await settle();
    assert.deepEqual(idsOf(), ['j1']);
    assert.equal(only().isStale, true);
    assert.deepEqual(place.asked, []);
    assert.equal(changes.at(-1)?.isReordered, true);
  });

  it('stores the jobs only when they have changed', async () => {
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
  it('keeps the jobs of an unchanged connection, and drops those of a removed one', async () => {
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
    assert.deepEqual(changes, [{ connection: 'other', isReordered: true, updated: [] }]);
    await clock.advance(60_000);
    assert.deepEqual(two.take(), ['deaf']);
  });

  it('keeps connections in order, also if one is replaced', () => {
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

  it('polls an added connection without delay while the list is visible', async () => {
    const place = scriptedBackend([jobOf()]);
    const { list, clock } = listOver([]);
    list.watch();
    list.setBackends([place.backend]);
    await clock.advance(0);
    assert.ok(place.asked.includes('list 20'));
  });

  it('continues to await a job when the settings of its connection change', async () => {
    const [first, second] = [scriptedBackend([jobOf()]), scriptedBackend([jobOf()])];
    const { list, clock, ends } = listOver([first.backend]);
    list.watchUntilDone('local', toJobId('j1'));
    await clock.advance(0);
    list.setBackends([second.backend]);
    await clock.advance(0);
    second.jobs = [jobOf({ state: completed })];
    await clock.advance(1000);
    assert.deepEqual(ends.map(named), [['j1']]);
  });

  it('leaves no timer, listener or request after it is disposed', async () => {
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
