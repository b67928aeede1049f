import assert from 'node:assert/strict';
import { toJobId, type Job } from '../../../../src/core/domain/job.js';
import { createJobIndex } from '../../../../src/core/jobs/jobIndex.js';
import { mergeJobs } from '../../../../src/core/jobs/mergeJobs.js';
import { arrayOf, completed, failed, jobOf, queued, running, stopped } from '../../../fakes/jobs.js';
import { startStopwatch } from '../../../fakes/stopwatch.js';

const ids = (jobs: readonly Job[]): readonly string[] => jobs.map(({ id }) => id);
const parent = (id: string): { readonly parent: Job['id'] } => ({ parent: toJobId(id) });

describe('indexOf', () => {
  it('finds jobs by id only', () => {
    const index = createJobIndex([jobOf({ id: 'a' })]);
    assert.equal(index.get('a')?.id, 'a');
    assert.equal(index.get('toString'), undefined);
  });

  it('groups tasks below their array, regardless of their positions in the list', () => {
    const [array, ...tasks] = arrayOf([running, queued]);
    assert.ok(array);
    const index = createJobIndex([...tasks, jobOf({ id: 'z' }), array]);
    assert.deepEqual(ids(index.top), ['z', '36']);
    assert.deepEqual(ids(index.getTasks(array.id)), ['36_0', '36_1']);
    assert.deepEqual(tasks.map(index.getParent), [array, array]);
    assert.equal(index.getParent(array), undefined);
  });

  it('shows running tasks first, then failed, queued and other ones, each by number', () => {
    const odd = { kind: 'unknown', word: '?' } as const;
    const states = [
      completed,
      stopped,
      queued,
      failed,
      running,
      completed,
      queued,
      failed,
      odd,
      queued,
      queued,
    ];
    const index = createJobIndex(arrayOf(states));
    assert.deepEqual(
      ids(index.getTasks(toJobId('36'))).map((id) => Number(id.slice(3))),
      [4, 8, 3, 7, 2, 6, 9, 10, 0, 1, 5],
    );
  });

  it('keeps a task at the top if its array is not listed', () => {
    const index = createJobIndex([jobOf({ id: '36_1', ...parent('36') })]);
    assert.deepEqual(ids(index.top), ['36_1']);
    assert.deepEqual(index.getTasks(toJobId('36')), []);
  });

  it('has one level below the top, and loses no job, regardless of the parents', () => {
    const jobs = [
      jobOf({ id: 'own', ...parent('own') }),
      jobOf({ id: 'a', ...parent('b') }),
      jobOf({ id: 'b', ...parent('a') }),
      jobOf({ id: 'top' }),
      jobOf({ id: 'part', ...parent('top') }),
      jobOf({ id: 'part of part', ...parent('part') }),
    ];
    const index = createJobIndex(jobs);
    assert.deepEqual(ids(index.top), ['own', 'a', 'b', 'top', 'part of part']);
    assert.deepEqual(ids(index.getTasks(toJobId('top'))), ['part']);
  });
});

describe('mergeJobs', () => {
  const merged = (before: readonly Job[], after: readonly Job[]) => mergeJobs(createJobIndex(before), after);

  it('keeps the objects of unchanged jobs', () => {
    const before = arrayOf([running, queued]);
    const { index, isReordered: order, updated } = merged(before, arrayOf([running, queued]));
    assert.deepEqual([order, updated], [false, []]);
    for (const job of before) assert.equal(index.get(job.id), job);
  });

  it('reports an array with a task that changed its state, but not the task, which is redrawn with it', () => {
    const { isReordered: order, updated } = merged(arrayOf([running, queued]), arrayOf([running, running]));
    assert.deepEqual([order, updated], [false, ['36']]);
  });

  it('reports an array whose tasks change places, even with the same counts per state', () => {
    const { isReordered: order, updated } = merged(arrayOf([running, queued]), arrayOf([queued, running]));
    assert.deepEqual([order, updated], [false, ['36']]);
  });

  it('reports only the task if it looks different in the same place', () => {
    const [array, first, second] = arrayOf([running, running]);
    assert.ok(array && first && second);
    const { isReordered: order, updated } = merged(
      [array, first, second],
      [array, first, { ...second, reason: 'n2' }],
    );
    assert.deepEqual([order, updated], [false, ['36_1']]);
  });

  it('reports an array whose tasks were added, removed or replaced, even if its own row is unchanged', () => {
    const [array, first, second] = arrayOf([running, running]);
    assert.ok(array && first && second);
    const all = [array, first, second];
    const other = { ...second, id: toJobId('36_7') };
    for (const next of [[array, first], [array, first, other], [array, ...all.slice(1), other], [array]]) {
      const { isReordered: order, updated } = merged(all, next);
      assert.deepEqual([order, updated], [false, ['36']]);
    }
    assert.deepEqual(merged([array], all).updated, ['36']);
  });

  it('reports a changed order only at the top', () => {
    const array = arrayOf([running, queued]);
    const moved = [...array.slice(0, 1), ...array.slice(1).reverse()];
    assert.equal(merged(array, moved).isReordered, false);
    const plain = jobOf({ id: 'z' });
    assert.equal(merged([...array, plain], [plain, ...array]).isReordered, true);
    assert.equal(merged(array, [...array, plain]).isReordered, true);
  });

  it('reports a changed order if an array groups tasks that had no parent', () => {
    const [array, ...tasks] = arrayOf([running, queued]);
    assert.ok(array);
    assert.equal(merged(tasks, [array, ...tasks]).isReordered, true);
  });
});

describe('10,000 jobs', () => {
  const many = (changed: number): readonly Job[] => {
    const plain = Array.from({ length: 5000 }, (_, n) =>
      jobOf({ id: `p${String(n)}`, state: n < changed ? completed : running }),
    );
    return [
      ...plain,
      ...arrayOf(Array.from({ length: 5000 }, (_, n) => (n < changed ? completed : running))),
    ];
  };

  it('are merged with the next list, with 100 changed jobs, in less than 30 ms', () => {
    const before = createJobIndex(many(0));
    const next = many(50);
    mergeJobs(before, next);
    const times = Array.from({ length: 7 }, () => {
      const elapsedMs = startStopwatch();
      const { updated, index } = mergeJobs(before, next);
      index.getTasks(toJobId('36'));
      assert.equal(updated.length, 51);
      return elapsedMs();
    });
    // The fastest of several runs, since the machine is busy with other work.
    assert.ok(Math.min(...times) < 30, times.join());
  });
});
