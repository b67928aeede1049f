import assert from 'node:assert/strict';
import type { JobMetadata } from '../../../../src/core/domain/jobMetadata.js';
import { createJobRow } from '../../../../src/core/presentation/jobRow.js';
import { formatRowStatus } from '../../../../src/core/presentation/rowStatus.js';
import { createTooltip } from '../../../../src/core/presentation/tooltip.js';
import { backendOf, completed, failed, jobOf, queued, running, stopped } from '../../../fakes/jobs.js';

const noon = new Date(2026, 0, 2, 12, 0, 0);
const before = (ms: number): Date => new Date(noon.getTime() - ms);
const times = { started: before(125_400), ended: before(120_000) };
const text = (members: Parameters<typeof jobOf>[0], metadata?: JobMetadata): string =>
  formatRowStatus(jobOf(members), noon, { metadata });

describe('formatRowStatus', () => {
  it('begins with the time; only what is not completed has its state after it', () => {
    assert.equal(text({ state: completed, ...times }), '5.4 s · 2 min ago');
    assert.equal(text({ state: running, started: before(250_000) }), '4 min 10 s · running');
    assert.equal(text({ state: stopped, ...times }), '5.4 s · cancelled · 2 min ago');
  });

  it('begins with the state if there is no time', () => {
    assert.equal(text({ state: queued, reason: '1st in queue' }), 'Queued · 1st in queue');
    assert.equal(text({ state: completed }), 'Completed');
    assert.equal(text({ state: stopped, ended: before(120_000) }), 'Cancelled · 2 min ago');
    assert.equal(text({ state: { kind: 'unknown', word: 'SUSPENDED' } }), 'SUSPENDED');
  });

  it('shows why a job failed instead of its state', () => {
    const failure = { text: "KeyError: 'lr'", startedMs: times.started.getTime() };
    assert.equal(
      text({ state: failed, exit: { code: 1 }, ...times }, { failure }),
      "KeyError: 'lr' · exit code 1 · 2 min ago",
    );
    assert.equal(text({ state: failed, ...times }), '5.4 s · failed · 2 min ago');
  });

  it('shows a short result in place of the age, rounded if it is a long number', () => {
    const result = (results: string): string => text({ state: completed, ...times, results });
    assert.equal(result('3.141592653589793'), '5.4 s · 3.14159');
    assert.equal(result('0.25\n'), '5.4 s · 0.25');
    assert.equal(result('"converged"'), '5.4 s · converged');
    assert.equal(result('{"loss": 0.1}'), '5.4 s · {"loss": 0.1}');
    for (const long of ['x'.repeat(40), 'two\nlines', '', '{"a": [1, 2, 3, 4, 5, 6, 7, 8, 9]}'])
      assert.equal(result(long), '5.4 s · 2 min ago');
    assert.equal(text({ state: completed, ...times }, { result: 42 }), '5.4 s · 42');
  });
});

describe('createJobRow: labels and pins', () => {
  const row = (metadata: JobMetadata) =>
    createJobRow(backendOf(), jobOf({ state: completed, ...times, results: '42' }), false, noon, {
      metadata,
    });

  it('shows the label instead of the name, which the accessible label and the tooltip keep', () => {
    const { label, ariaLabel, tooltip } = row({ label: 'best run' });
    assert.equal(label, 'best run');
    assert.equal(ariaLabel, 'best run (fit.jl), Completed · 5.4 s, 2 min ago, result 42, on Local');
    assert.match(tooltip ?? '', /^\*\*best run\*\* {2}\nSubmitted as&#58; fit&#46;jl {2}\n/);
    assert.match(
      createTooltip(backendOf(), jobOf({}), false, noon),
      /^\*\*fit&#46;jl\*\* {2}\n(?!Submitted as)/,
    );
  });

  it('marks a pinned job, and offers to unpin it', () => {
    const { description, context, ariaLabel } = row({ isPinned: true });
    assert.equal(description, '5.4 s · 42 · pinned');
    assert.match(context, / unpin rename$/);
    assert.match(ariaLabel, /, pinned, on Local$/);
    assert.match(row({}).context, / pin rename$/);
  });
});
