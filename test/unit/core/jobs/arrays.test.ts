import assert from 'node:assert/strict';
import type { JobsChangedEvent, JobsEndedEvent } from '../../../../src/core/jobs/connectionJobs.js';
import { toJobId, type Job } from '../../../../src/core/domain/job.js';
import { createJobIndex } from '../../../../src/core/jobs/jobIndex.js';
import { JobList } from '../../../../src/core/jobs/jobList.js';
import { serializeJobs } from '../../../../src/core/jobs/jobSerialization.js';
import { scriptedBackend, type ScriptedBackend } from '../../../fakes/backend.js';
import { fakeClock, settle } from '../../../fakes/clock.js';
import { arrayOf, before, completed, failed, jobOf, queued, running } from '../../../fakes/jobs.js';
import { memoryLog, memoryStore } from '../../../fakes/memoryStore.js';
import { startStopwatch } from '../../../fakes/stopwatch.js';

/** A list for a backend, with jobs stored by an earlier session, and the events of the list. */
function listOver(place: ScriptedBackend, known: readonly Job[] = []) {
  const clock = fakeClock();
  const store = memoryStore({ local: serializeJobs(createJobIndex(known)) });
  const list = new JobList({ clock, log: memoryLog(), store });
  const changes: JobsChangedEvent[] = [];
  const ends: JobsEndedEvent[] = [];
  list.onDidChange((change) => changes.push(change));
  list.onDidEnd((ended) => ends.push(ended));
  list.setBackends([place.backend]);
  const shown = (): readonly string[] => list.connections()[0]?.index.top.map(({ id }) => id) ?? [];
  const told = (): readonly (readonly [readonly string[], boolean])[] =>
    ends.map(({ jobs, whileAway }) => [jobs.map(({ id }) => id), whileAway]);
  return { list, clock, store, changes, shown, told };
}

describe('JobList: arrays', () => {
  it('counts an array with all its tasks as one requested job', async () => {
    const array = arrayOf(Array.from({ length: 500 }, () => running));
    const rest = Array.from({ length: 30 }, (_, n) => jobOf({ id: `j${String(n)}`, state: completed }));
    const place = scriptedBackend([...array, ...rest]);
    const { list, shown } = listOver(place);
    await list.refresh();
    await list.refresh();
    assert.deepEqual(place.take(), ['list 20', 'list 20']);
    assert.equal(shown().length, 20);
    assert.equal(list.connections()[0]?.jobs.length, 520);
    await list.loadMore('local');
    assert.deepEqual(place.take(), ['list 40']);
  });

  it('reports the end of an array once, and not the ends of its tasks', async () => {
    const place = scriptedBackend(arrayOf([running, running]));
    const { list, told } = listOver(place);
    await list.refresh();
    place.jobs = arrayOf([failed, running]);
    await list.refresh();
    assert.deepEqual(told(), []);
    place.jobs = arrayOf([failed, completed], { state: failed });
    await list.refresh();
    await list.refresh();
    assert.deepEqual(told(), [[['36'], false]]);
  });

  it('reports arrays, not tasks, that finished while no window was open', async () => {
    const place = scriptedBackend(arrayOf([failed, completed], { state: failed }));
    const { list, told } = listOver(place, arrayOf([running, running]));
    await list.refresh();
    assert.deepEqual(told(), [[['36'], true]]);
  });

  it('awaits an array without awaiting each task', async () => {
    const place = scriptedBackend(arrayOf([running, running, queued]));
    const { list, clock } = listOver(place);
    await list.refresh();
    list.watchActive('local');
    assert.deepEqual(list.connections()[0]?.awaitedIds, ['36']);
    place.jobs = arrayOf([completed, completed, completed], { state: completed });
    await clock.advance(2000);
    assert.deepEqual(list.connections()[0]?.awaitedIds, []);
    assert.equal(clock.sleepers(), 0);
  });

  it('redraws only the array when a task starts', async () => {
    const place = scriptedBackend([jobOf({ id: 'a', state: completed }), ...arrayOf([queued, queued])]);
    const { list, changes } = listOver(place);
    await list.refresh();
    changes.length = 0;
    place.jobs = [jobOf({ id: 'a', state: completed }), ...arrayOf([running, queued])];
    await list.refresh();
    assert.deepEqual(changes, [{ connection: 'local', isReordered: false, updated: ['36'] }]);
  });

  it('keeps the tasks of an active array that is too old for the list, and reads it separately', async () => {
    const array = arrayOf([running, running], { submitted: before(60_000) });
    const newer = jobOf({ id: 'new', state: completed, submitted: before(0) });
    const place = scriptedBackend(array);
    const { list, shown } = listOver(place);
    await list.refresh();
    place.take();
    place.answer = () => Promise.resolve({ jobs: [newer], hasMore: true, malformed: [] });
    await list.refresh();
    assert.deepEqual(
      place.take().filter((what) => what.startsWith('job')),
      ['job 36'],
    );
    assert.deepEqual(shown(), ['new', '36']);
    assert.equal(list.connections()[0]?.index.getTasks(toJobId('36')).length, 2);
    place.jobs = arrayOf([completed, completed], { state: completed, submitted: before(60_000) });
    await list.refresh();
    assert.deepEqual(list.connections()[0]?.index.getTasks(toJobId('36')), []);
  });

  it('stores only some of very many tasks', async () => {
    const place = scriptedBackend(arrayOf(Array.from({ length: 5000 }, () => running)));
    const { list, store } = listOver(place);
    await list.refresh();
    await settle();
    const written = JSON.parse(store.written.get('local') ?? '[]') as readonly unknown[];
    assert.equal(written.length, 201);
  });
});

describe('JobList: a requeued job', () => {
  it('has its second end reported as well, since it was submitted again', async () => {
    const place = scriptedBackend([jobOf({ submitted: before(60_000) })]);
    const { list, told } = listOver(place);
    await list.refresh();
    place.jobs = [jobOf({ submitted: before(60_000), state: failed })];
    await list.refresh();
    place.jobs = [jobOf({ submitted: before(0), state: queued })];
    await list.refresh();
    list.watchActive('local');
    assert.deepEqual(list.connections()[0]?.awaitedIds, ['j1']);
    place.jobs = [jobOf({ submitted: before(0), state: completed })];
    await list.refresh();
    assert.deepEqual(told(), [
      [['j1'], false],
      [['j1'], false],
    ]);
  });
});

describe('JobList: many jobs', () => {
  it('keeps the state of 10,000 jobs that are missing from a list without blocking', async () => {
    const known = Array.from({ length: 10_000 }, (_, n) =>
      jobOf({ id: `j${String(n)}`, submitted: before(n) }),
    );
    const place = scriptedBackend();
    const { list, shown } = listOver(place);
    place.answer = () => Promise.resolve({ jobs: known, hasMore: false, malformed: [] });
    await list.refresh();
    place.answer = () => Promise.resolve({ jobs: known.slice(5000), hasMore: false, malformed: [] });
    place.jobs = known;
    const elapsedMs = startStopwatch();
    await list.refresh();
    assert.ok(elapsedMs() < 1000);
    assert.deepEqual(
      shown(),
      known.map(({ id }) => id),
    );
  });
});
