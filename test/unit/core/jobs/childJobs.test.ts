import assert from 'node:assert/strict';
import { toJobId, type Job } from '../../../../src/core/domain/job.js';
import type { Page, PageRequest } from '../../../../src/core/domain/paging.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import type { JobsChangedEvent } from '../../../../src/core/jobs/connectionJobs.js';
import { JobList } from '../../../../src/core/jobs/jobList.js';
import { scriptedBackend } from '../../../fakes/backend.js';
import { fakeClock, settle } from '../../../fakes/clock.js';
import { completed, failed, jobOf, running } from '../../../fakes/jobs.js';
import { memoryLog, memoryStore } from '../../../fakes/memoryStore.js';

const parentJob = (id: string, members: Parameters<typeof jobOf>[0] = {}): Job =>
  jobOf({ id, hasChildren: true, ...members });

const many = (prefix: string, count: number): readonly Job[] =>
  Array.from({ length: count }, (_, n) => jobOf({ id: `${prefix}${String(n)}` }));

/**
 * A watched list for a backend whose child jobs the test sets; page tokens are offsets, pages have at most
 * `maxPage` jobs.
 */
function treeOf(tops: readonly Job[], below: Record<string, readonly Job[]>, maxPage = 1000) {
  const asked: string[] = [];
  const state = { fail: false, running: 0, mostRunning: 0 };
  const children = async (id: string, { size, token }: PageRequest): Promise<Page<Job>> => {
    const from = Number(token ?? 0);
    asked.push(`${id} ${String(size)} from ${String(from)}`);
    state.mostRunning = Math.max(state.mostRunning, ++state.running);
    await Promise.resolve();
    state.running--;
    if (state.fail) throw new JobError({ kind: 'offline', place: 'Local', why: 'no route' });
    const all = below[id] ?? [];
    const to = from + Math.min(size, maxPage);
    return { items: all.slice(from, to), malformed: [], ...(to < all.length ? { next: String(to) } : {}) };
  };
  const place = scriptedBackend(tops, { children });
  const clock = fakeClock();
  const log = memoryLog();
  const list = new JobList({ clock, log, store: memoryStore() });
  const changes: JobsChangedEvent[] = [];
  list.onDidChange((change) => changes.push(change));
  list.setBackends([place.backend]);
  const view = list.watch();
  const only = () => {
    const [jobs] = list.connections();
    assert.ok(jobs);
    return jobs;
  };
  const open = async (...ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      only().children.open(toJobId(id));
      await settle();
    }
  };
  const idsBelow = (id: string) =>
    only()
      .getChildren(toJobId(id))
      .map((job) => job.id);
  const take = () => asked.splice(0);
  return { place, clock, log, list, view, only, open, idsBelow, take, changes, state, below };
}

describe('ChildJobs', () => {
  it('loads nothing until a row is expanded, then its first page', async () => {
    const { clock, open, take, idsBelow, only } = treeOf([parentJob('dag')], { dag: many('n', 3) });
    await clock.advance(5000);
    assert.deepEqual(take(), []);
    await open('dag');
    assert.deepEqual(take(), ['dag 100 from 0']);
    assert.deepEqual(idsBelow('dag'), ['n0', 'n1', 'n2']);
    assert.equal(only().find('n1')?.parent, 'dag');
  });

  it('shows that the first page is loading', async () => {
    const { clock, only } = treeOf([parentJob('dag')], { dag: [] });
    await clock.advance(0);
    only().children.open(toJobId('dag'));
    assert.equal(only().children.getList(toJobId('dag'))?.isLoading, true);
    await settle();
    const list = only().children.getList(toJobId('dag'));
    assert.deepEqual([list?.isLoading, list?.isLoaded, list?.jobs], [false, true, []]);
  });

  it('finds jobs at depth 3 and their parents', async () => {
    const { clock, open, only } = treeOf([parentJob('p')], {
      p: [parentJob('t')],
      t: [parentJob('b')],
      b: [jobOf({ id: 'x', name: 'deep' })],
    });
    await clock.advance(0);
    await open('p', 't', 'b');
    const job = only().find('x');
    assert.equal(job?.name, 'deep');
    const path: string[] = [];
    for (let at: Job | undefined = job; at; at = only().getParent(at)) path.push(at.id);
    assert.deepEqual(path, ['x', 'b', 't', 'p']);
  });

  it('polls only rows that are expanded with all rows above them, and none while the connection is collapsed or hidden', async () => {
    const { clock, open, only, take, view } = treeOf([parentJob('p'), parentJob('q')], {
      p: [parentJob('t')],
      t: many('x', 2),
      q: many('y', 2),
    });
    await clock.advance(0);
    await open('p', 't');
    take();
    await clock.advance(1000);
    assert.deepEqual(take(), ['p 100 from 0', 't 100 from 0']);
    only().children.close(toJobId('p'));
    await clock.advance(3000);
    assert.deepEqual(take(), []);
    await open('p');
    take();
    only().children.setConnectionOpen(false);
    await clock.advance(3000);
    assert.deepEqual(take(), []);
    only().children.setConnectionOpen(true);
    view.dispose();
    await clock.advance(60_000);
    assert.deepEqual(take(), []);
    assert.equal(clock.sleepers(), 0);
  });

  it('polls no children if a job and all its children have finished, until it is refreshed', async () => {
    const { clock, open, take, list } = treeOf([parentJob('p', { state: completed })], {
      p: [jobOf({ id: 'x', state: completed })],
    });
    await clock.advance(0);
    await open('p');
    take();
    await clock.advance(60_000);
    assert.deepEqual(take(), []);
    await list.refresh();
    assert.deepEqual(take(), ['p 100 from 0']);
  });

  it('loads 2,000 children page by page, and polls as many as are shown', async () => {
    const { clock, open, only, take, idsBelow } = treeOf([parentJob('p')], { p: many('x', 2000) }, 500);
    await clock.advance(0);
    await open('p');
    assert.equal(idsBelow('p').length, 100);
    for (let page = 0; page < 19; page++) await only().children.loadMore(toJobId('p'));
    assert.equal(new Set(idsBelow('p')).size, 2000);
    assert.equal(only().children.getList(toJobId('p'))?.next, undefined);
    take();
    await clock.advance(1000);
    assert.deepEqual(take(), ['p 2000 from 0', 'p 1500 from 500', 'p 1000 from 1000', 'p 500 from 1500']);
    assert.equal(idsBelow('p').length, 2000);
  });

  it('keeps the known children if loading fails, backs off, and reloads them on retry', async () => {
    const { clock, open, only, take, state, idsBelow, log } = treeOf([parentJob('p')], { p: many('x', 2) });
    await clock.advance(0);
    await open('p');
    state.fail = true;
    await clock.advance(1000);
    assert.equal(only().children.getList(toJobId('p'))?.problem?.kind, 'offline');
    assert.equal(idsBelow('p').length, 2);
    take();
    await clock.advance(60_000);
    assert.ok(take().length <= 6, 'it waits longer after each failure');
    assert.equal(log.lines.filter((line) => line.includes('could not be loaded')).length, 1);
    state.fail = false;
    await only().children.retry(toJobId('p'));
    assert.equal(only().children.getList(toJobId('p'))?.problem, undefined);
  });

  it('releases a child that disappeared, and everything below it', async () => {
    const { clock, open, only, below, place } = treeOf([parentJob('p')], {
      p: [parentJob('t'), parentJob('u')],
      t: many('x', 2),
    });
    await clock.advance(0);
    await open('p', 't');
    assert.ok(only().find('x0'));
    below['p'] = [parentJob('u')];
    await clock.advance(1000);
    assert.deepEqual([only().find('t'), only().find('x0')], [undefined, undefined]);
    assert.equal(only().children.getList(toJobId('t')), undefined);
    place.jobs = [];
    place.answer = () => Promise.resolve({ jobs: [], hasMore: false, malformed: [] });
    await clock.advance(2000);
    assert.equal(only().find('u'), undefined);
  });

  it('redraws only what changed', async () => {
    const { clock, open, below, changes } = treeOf([parentJob('p')], { p: many('x', 3) });
    await clock.advance(0);
    await open('p');
    changes.length = 0;
    await clock.advance(1000);
    assert.deepEqual(
      changes.flatMap(({ updated }) => updated),
      [],
    );
    below['p'] = [jobOf({ id: 'x0' }), jobOf({ id: 'x1', state: failed }), jobOf({ id: 'x2' })];
    await clock.advance(1000);
    assert.deepEqual(
      changes.flatMap(({ updated }) => updated),
      ['x1'],
    );
    changes.length = 0;
    below['p'] = many('x', 2);
    await clock.advance(1000);
    assert.deepEqual(
      changes.flatMap(({ updated }) => updated),
      ['p'],
    );
  });

  it('never loads a parent twice at the same time', async () => {
    const { clock, open, only, state, list, idsBelow } = treeOf([parentJob('p')], { p: many('x', 300) });
    await clock.advance(0);
    await open('p');
    state.mostRunning = 0;
    const more = only().children.loadMore(toJobId('p'));
    await Promise.all([more, list.refresh(), only().children.loadMore(toJobId('p'))]);
    assert.equal(state.mostRunning, 1);
    assert.ok(idsBelow('p').length >= 200);
  });

  it('skips a child that is elsewhere in the tree, and logs it', async () => {
    const { clock, open, idsBelow, log } = treeOf([parentJob('p'), jobOf({ id: 'q' })], {
      p: [jobOf({ id: 'q' }), jobOf({ id: 'p' }), jobOf({ id: 'x' }), jobOf({ id: 'x' })],
    });
    await clock.advance(0);
    await open('p');
    assert.deepEqual(idsBelow('p'), ['x']);
    assert.ok(log.lines.some((line) => line.includes('q is elsewhere in the tree')));
  });

  it('keeps a loaded child below its parent if its end is awaited while the view is hidden', async () => {
    const { clock, open, list, only, place, view } = treeOf([parentJob('p')], { p: many('x', 1) });
    await clock.advance(0);
    await open('p');
    list.watchUntilDone('local', toJobId('x0'));
    view.dispose();
    place.jobs = [parentJob('p'), jobOf({ id: 'x0', state: completed })];
    place.answer = () => Promise.resolve({ jobs: [parentJob('p')], hasMore: false, malformed: [] });
    await clock.advance(2000);
    assert.deepEqual(
      only().index.top.map(({ id }) => id),
      ['p'],
    );
    assert.equal(only().find('x0')?.state.kind, 'ended');
    assert.deepEqual(only().awaitedIds, []);
    assert.equal(only().find('p')?.state, running);
  });
});
