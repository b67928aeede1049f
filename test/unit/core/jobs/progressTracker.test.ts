import assert from 'node:assert/strict';
import { ProgressTracker } from '../../../../src/core/jobs/progressTracker.js';
import { formatProgress } from '../../../../src/core/presentation/progressText.js';
import { before, completed, jobOf, noon, running } from '../../../fakes/jobs.js';

describe('the progress of a job', () => {
  const second = 1_000;
  const minute = 60 * second;
  const job = jobOf({ state: running, started: noon });

  /** Percentages at times after the start; returns the text at the last of them, or later. */
  const text = (steps: readonly (readonly [ms: number, percent: number])[], laterMs = 0): string => {
    let ms = 0;
    const tracker = new ProgressTracker({ now: () => new Date(noon.getTime() + ms) });
    tracker.follow('local/j1');
    for (const [at, percent] of steps) {
      ms = at;
      tracker.add('local/j1', job, percent);
    }
    ms += laterMs;
    const progress = tracker.get('local/j1', job);
    return progress ? formatProgress(progress, new Date(noon.getTime() + ms)) : '';
  };

  it('is shown with the time left, from 2 % on', () => {
    assert.equal(text([[10 * second, 1]]), '1 %');
    assert.equal(text([[minute, 25]]), '25 % · 3 min left');
    assert.equal(text([[minute, 45.7]]), '45 % · 2 min left');
    assert.equal(text([[90 * second, 90]]), '90 % · 10 s left');
    assert.equal(text([[20 * second, 90]]), '90 % · 5 s left');
    assert.equal(text([[60 * minute, 40]]), '40 % · 1 h 30 min left');
    assert.equal(text([[minute, 100]]), '100 %');
  });

  it('counts down between two percentages, and is no estimate once the bar stands still', () => {
    const steps = [[10 * minute, 50]] as const;
    assert.equal(text(steps, 30 * second), '50 % · 10 min left');
    assert.equal(text(steps, 59 * second), '50 %');
    assert.equal(text([[minute, 25]], 20 * second), '25 % · 3 min left');
    assert.equal(text([[minute, 25]], 40 * second), '25 %');
  });

  it('is estimated from the start of a second bar, and not at all with more of them', () => {
    assert.equal(text([[30 * second, 100], [minute, 0], [2 * minute, 50]]), '50 % · 1 min left'); // prettier-ignore
    assert.equal(text([[1, 100], [2, 0], [3, 100], [4, 0], [minute, 50]]), '50 %'); // prettier-ignore
  });

  it('is unknown for other runs, for finished jobs, and a minute after it was read', () => {
    let ms = 0;
    const tracker = new ProgressTracker({ now: () => new Date(noon.getTime() + ms) });
    tracker.add('local/j1', job, 10);
    assert.equal(tracker.get('local/j1', job)?.percent, 10);
    assert.equal(tracker.get('local/j1', jobOf({ state: running, started: before(1) })), undefined);
    assert.equal(tracker.get('local/j1', jobOf({ state: completed, started: noon })), undefined);
    assert.equal(tracker.get('local/j2', job), undefined);
    const following = tracker.follow('local/j1');
    ms = 2 * minute;
    assert.equal(tracker.get('local/j1', job)?.percent, 10);
    following.dispose();
    following.dispose();
    assert.equal(tracker.get('local/j1', job), undefined);
  });

  it('is stored for a bounded number of jobs', () => {
    const tracker = new ProgressTracker({ now: () => noon });
    for (let index = 0; index <= 200; index++) tracker.add(`local/${String(index)}`, job, 1);
    assert.equal(tracker.get('local/0', job), undefined);
    assert.equal(tracker.get('local/200', job)?.percent, 1);
  });
});
