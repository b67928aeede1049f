import assert from 'node:assert/strict';
import { createConnectionRow } from '../../../../src/core/presentation/connectionRow.js';
import { JobListSize } from '../../../../src/core/jobs/jobListSize.js';
import { JobList } from '../../../../src/core/jobs/jobList.js';
import { createMalformedRow, createLoadMoreRow } from '../../../../src/core/presentation/treeRows.js';
import { scriptedBackend } from '../../../fakes/backend.js';
import { fakeClock } from '../../../fakes/clock.js';
import { completed, jobOf, noon, queued, running } from '../../../fakes/jobs.js';
import { memoryLog, memoryStore } from '../../../fakes/memoryStore.js';
import type { JobListResult } from '../../../../src/core/domain/paging.js';

const many = (count: number, state = completed) =>
  Array.from({ length: count }, (_, at) => jobOf({ id: `${state.kind}${String(at)}`, state }));

/** A list for a backend that returns these jobs and other members of the listing. */
function listOver(answer: (most: number) => JobListResult) {
  const place = scriptedBackend();
  place.answer = (most) => Promise.resolve(answer(most));
  const list = new JobList({ clock: fakeClock(), log: memoryLog(), store: memoryStore() });
  list.setBackends([place.backend]);
  const [jobs] = list.connections();
  assert.ok(jobs);
  return { list, place, jobs };
}

describe('the number of requested jobs', () => {
  it('is initially 20, and at least ten finished jobs in addition to the known active ones', () => {
    const asked = new JobListSize();
    assert.equal(asked.next([]), 20);
    assert.equal(asked.next([...many(9, running), ...many(11)]), 20);
    assert.equal(asked.next([...many(40, running), ...many(3)]), 50);
    assert.equal(asked.next([...many(400, running), ...many(3)]), 410);
  });

  it('does not grow if a service lists only active jobs', () => {
    const asked = new JobListSize();
    for (let round = 0; round < 10; round++) assert.equal(asked.next(many(20, running)), 20);
  });

  it('grows with each Load More, and doubles if active jobs are not shown', () => {
    const asked = new JobListSize();
    asked.next([]);
    asked.add(40, 0);
    assert.equal(asked.next([]), 60);
    asked.add(60, 1000);
    assert.equal(asked.next([]), 120);
    asked.add(120, 1000);
    assert.equal(asked.next([]), 240);
  });
});

describe('active jobs that are not listed', () => {
  const counts = { queued: 2_000, running: 31, completed: 5, failed: 0, stopped: 0 };

  it("are included in the count of the connection's row", async () => {
    const { list, place, jobs } = listOver(() => ({
      jobs: many(20, queued),
      hasMore: true,
      moreActive: 2_011,
      counts,
      malformed: [],
    }));
    await list.refresh();
    assert.equal(jobs.listing.moreActive, 2_011);
    const told = { counts: jobs.listing.counts ?? assert.fail() };
    const row = createConnectionRow(place.backend, jobs.index.top, told, noon);
    assert.equal(row.description, '31 running · 2,000 queued');
    const own = createConnectionRow(place.backend, jobs.index.top, {}, noon);
    assert.equal(own.description, '20 queued');
  });

  it('have a row that loads more', async () => {
    const row = createLoadMoreRow('local', 2_011);
    assert.deepEqual([row.label, row.action, row.id], ['2,011 more active · Load', 'more', 'local/more']);
    assert.match(row.ariaLabel, /^2,011 more active jobs are not listed/);
    assert.equal(createLoadMoreRow('local').label, 'Load 20 More…');
    const { list, place } = listOver((most) => ({
      jobs: many(Math.min(most, 100), queued),
      hasMore: most < 100,
      ...(most < 100 ? { moreActive: 100 - most } : {}),
      counts: { ...counts, queued: 100, running: 0 },
      malformed: [],
    }));
    await list.refresh();
    for (let round = 0; round < 3; round++) await list.loadMore('local');
    assert.deepEqual(
      place.take().map((what) => what.split(' ')[1]),
      ['20', '40', '80', '160'],
    );
  });
});

describe('entries that could not be parsed', () => {
  it('have a row with the reason, on one line and without markup', async () => {
    const { list, jobs } = listOver(() => ({
      jobs: many(1),
      hasMore: false,
      malformed: ['7: [x](command:y)\nz'],
    }));
    await list.refresh();
    assert.equal(jobs.index.all.length, 1);
    const row = createMalformedRow('local', jobs.listing.malformed);
    assert.equal(row.label, '1 entry could not be read');
    assert.equal(row.description, '7: [x](command:y) z');
    assert.ok(!row.tooltip?.includes('[x](command'));
    assert.equal(
      createMalformedRow('local', Array(2_000).fill('a')).label,
      '2,000 entries could not be read',
    );
  });
});
