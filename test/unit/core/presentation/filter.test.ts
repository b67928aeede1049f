import assert from 'node:assert/strict';
import {
  filterText,
  hiddenCount,
  isOn,
  noFilter,
  passes,
  shownJobs,
  shownTasks,
  type Filter,
} from '../../../../src/core/presentation/filter.js';
import { indexOf } from '../../../../src/core/jobs/jobIndex.js';
import type { Look } from '../../../../src/core/domain/job.js';
import { arrayOf, completed, failed, jobOf, queued, running, stopped } from '../../../fakes/jobs.js';

const states = [queued, running, completed, failed, stopped, { kind: 'unknown', word: 'Odd' } as const];
const shown = (filter: Filter): readonly string[] =>
  states.filter((state) => passes(filter, jobOf({ state }))).map(({ word }) => word);

describe('a filter', () => {
  it('hides nothing while it is inactive', () => {
    assert.equal(isOn(noFilter), false);
    assert.equal(shown(noFilter).length, 6);
  });

  it('shows only the selected states', () => {
    assert.deepEqual(shown({ text: '', states: ['running', 'failed'] }), ['Running', 'Failed']);
    assert.deepEqual(shown({ text: '', states: ['unknown'] }), ['Odd']);
  });

  it('finds text in the name, the id, the command or the state, ignoring case', () => {
    const job = jobOf({ id: 'jr-7', name: 'Fit.jl', command: 'julia --threads=4' });
    for (const text of ['fIT', 'JR-7', 'threads', 'runn']) assert.ok(passes({ text, states: [] }, job), text);
    assert.ok(!passes({ text: 'sweep', states: [] }, job));
  });

  it('requires both the state and the text', () => {
    assert.ok(!passes({ text: 'fit', states: ['failed'] }, jobOf({ state: running })));
  });

  it('has a description', () => {
    assert.equal(filterText({ text: 'fit', states: ['running', 'failed'] }), 'running, failed · "fit"');
    assert.equal(filterText({ text: 'fit', states: [] }), '"fit"');
    const all: readonly Look[] = ['queued', 'running', 'completed', 'failed', 'stopped', 'unknown'];
    assert.equal(filterText({ text: '', states: all }), 'queued, running, completed, failed, stopped, other');
  });

  it('has a description on one line for any input', () => {
    assert.equal(filterText({ text: 'a\nb', states: [] }), '"a␣b"');
  });
});

describe('a filter with arrays', () => {
  const [array, ...tasks] = arrayOf([running, failed, failed, completed]);
  const other = jobOf({ id: 'j1', state: completed });
  const index = indexOf([...(array ? [array] : []), ...tasks, other]);
  const shownBy = (filter: Filter) => {
    assert.ok(array);
    const top = shownJobs(filter, index).map(({ id }) => id);
    return {
      top,
      below: shownTasks(filter, array, index).map(({ id }) => id),
      hidden: hiddenCount(filter, index),
    };
  };

  it('hides nothing while it is inactive', () => {
    assert.deepEqual(shownBy(noFilter), {
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
    const wide = indexOf([{ ...array, command: 'python sweep.py --wide' }, ...tasks, other]);
    const filter: Filter = { text: '--wide', states: [] };
    assert.equal(shownTasks(filter, array, wide).length, 4);
    assert.equal(hiddenCount(filter, wide), 1);
  });

  it('counts a hidden array as one job', () => {
    assert.deepEqual(shownBy({ text: 'fit', states: [] }).top, ['j1']);
    assert.equal(shownBy({ text: 'fit', states: [] }).hidden, 1);
  });
});
