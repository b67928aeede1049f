import assert from 'node:assert/strict';
import {
  formatFilter,
  countHidden,
  isFilterActive,
  emptyFilter,
  matchesFilter,
  filterJobs,
  filterTasks,
  type JobFilter,
} from '../../../../src/core/presentation/jobFilter.js';
import { createJobIndex } from '../../../../src/core/jobs/jobIndex.js';
import type { JobStatus } from '../../../../src/core/domain/job.js';
import { arrayOf, completed, failed, jobOf, queued, running, stopped } from '../../../fakes/jobs.js';

const states = [queued, running, completed, failed, stopped, { kind: 'unknown', word: 'Odd' } as const];
const shown = (filter: JobFilter): readonly string[] =>
  states.filter((state) => matchesFilter(filter, jobOf({ state }))).map(({ word }) => word);

describe('a filter', () => {
  it('hides nothing while it is inactive', () => {
    assert.equal(isFilterActive(emptyFilter), false);
    assert.equal(shown(emptyFilter).length, 6);
  });

  it('shows only the selected states', () => {
    assert.deepEqual(shown({ text: '', states: ['running', 'failed'] }), ['Running', 'Failed']);
    assert.deepEqual(shown({ text: '', states: ['unknown'] }), ['Odd']);
  });

  it('finds text in the name, the id, the command or the state, ignoring case', () => {
    const job = jobOf({ id: 'jr-7', name: 'Fit.jl', command: 'julia --threads=4' });
    for (const text of ['fIT', 'JR-7', 'threads', 'runn'])
      assert.ok(matchesFilter({ text, states: [] }, job), text);
    assert.ok(!matchesFilter({ text: 'sweep', states: [] }, job));
  });

  it('requires both the state and the text', () => {
    assert.ok(!matchesFilter({ text: 'fit', states: ['failed'] }, jobOf({ state: running })));
  });

  it('has a description', () => {
    assert.equal(formatFilter({ text: 'fit', states: ['running', 'failed'] }), 'running, failed · "fit"');
    assert.equal(formatFilter({ text: 'fit', states: [] }), '"fit"');
    const all: readonly JobStatus[] = ['queued', 'running', 'completed', 'failed', 'stopped', 'unknown'];
    assert.equal(
      formatFilter({ text: '', states: all }),
      'queued, running, completed, failed, cancelled, other',
    );
  });

  it('has a description on one line for any input', () => {
    assert.equal(formatFilter({ text: 'a\nb', states: [] }), '"a␣b"');
  });
});

describe('a filter with arrays', () => {
  const [array, ...tasks] = arrayOf([running, failed, failed, completed]);
  const other = jobOf({ id: 'j1', state: completed });
  const index = createJobIndex([...(array ? [array] : []), ...tasks, other]);
  const shownBy = (filter: JobFilter) => {
    assert.ok(array);
    const top = filterJobs(filter, index).map(({ id }) => id);
    return {
      top,
      below: filterTasks(filter, array, index).map(({ id }) => id),
      hidden: countHidden(filter, index),
    };
  };

  it('hides nothing while it is inactive', () => {
    assert.deepEqual(shownBy(emptyFilter), {
      top: ['36', 'j1'],
      below: ['36_0', '36_1', '36_2', '36_3'],
      hidden: 0,
    });
  });

  it('shows an array with a matching task, and only such tasks below it', () => {
    assert.deepEqual(shownBy({ text: '', states: ['failed'] }), {
      top: ['36'],
      below: ['36_1', '36_2'],
      hidden: 3,
    });
  });

  it('shows all tasks if only the array matches', () => {
    assert.ok(array);
    const wide = createJobIndex([{ ...array, command: 'python sweep.py --wide' }, ...tasks, other]);
    const filter: JobFilter = { text: '--wide', states: [] };
    assert.equal(filterTasks(filter, array, wide).length, 4);
    assert.equal(countHidden(filter, wide), 1);
  });

  it('counts a hidden array as one job', () => {
    assert.deepEqual(shownBy({ text: 'fit', states: [] }).top, ['j1']);
    assert.equal(shownBy({ text: 'fit', states: [] }).hidden, 1);
  });
});
