import assert from 'node:assert/strict';
import { filterText, isOn, noFilter, passes, type Filter } from '../../../src/core/filter.js';
import { plainSay } from '../../../src/core/say.js';
import type { Look } from '../../../src/core/state.js';
import { completed, failed, jobOf, queued, running, stopped } from '../../fakes/jobs.js';

const states = [queued, running, completed, failed, stopped, { kind: 'unknown', word: 'Odd' } as const];
const shown = (filter: Filter): readonly string[] =>
  states.filter((state) => passes(filter, jobOf({ state }))).map(({ word }) => word);

describe('a filter', () => {
  it('hides nothing while it is off', () => {
    assert.equal(isOn(noFilter), false);
    assert.equal(shown(noFilter).length, 6);
  });

  it('shows the chosen states alone', () => {
    assert.deepEqual(shown({ text: '', states: ['running', 'failed'] }), ['Running', 'Failed']);
    assert.deepEqual(shown({ text: '', states: ['unknown'] }), ['Odd']);
  });

  it('finds a text in the name, the id, the command or the state, whatever the case', () => {
    const job = jobOf({ id: 'jr-7', name: 'Fit.jl', command: 'julia --threads=4' });
    for (const text of ['fIT', 'JR-7', 'threads', 'runn']) assert.ok(passes({ text, states: [] }, job), text);
    assert.ok(!passes({ text: 'sweep', states: [] }, job));
  });

  it('wants both the state and the text', () => {
    assert.ok(!passes({ text: 'fit', states: ['failed'] }, jobOf({ state: running })));
  });

  it('is said in words', () => {
    assert.equal(
      filterText({ text: 'fit', states: ['running', 'failed'] }, plainSay),
      'running, failed · "fit"',
    );
    assert.equal(filterText({ text: 'fit', states: [] }, plainSay), '"fit"');
    const all: readonly Look[] = ['queued', 'running', 'completed', 'failed', 'stopped', 'unknown'];
    assert.equal(
      filterText({ text: '', states: all }, plainSay),
      'queued, running, completed, failed, stopped, other',
    );
  });

  it('stays on one line whatever was typed', () => {
    assert.equal(filterText({ text: 'a\nb', states: [] }, plainSay), '"a␣b"');
  });
});
