import assert from 'node:assert/strict';
import { toJobId, type Job } from '../../../../src/core/domain/job.js';
import { EndTracker } from '../../../../src/core/jobs/endTracker.js';
import { mergeJobs } from '../../../../src/core/jobs/mergeJobs.js';
import { createJobIndex, type JobIndex } from '../../../../src/core/jobs/jobIndex.js';
import { arrayOf, before, completed, failed, jobOf, queued, running } from '../../../fakes/jobs.js';

/** Passes lists to a tracker; each call returns the reported ends, as `id` or `id away`. */
function listsTo(tracker: EndTracker) {
  let old: JobIndex = createJobIndex([]);
  return (jobs: readonly Job[]): readonly string[] => {
    const { index, changed } = mergeJobs(old, jobs);
    const ended = tracker.findFinished(old, index, changed);
    old = index;
    tracker.dropFinished(index);
    return tracker
      .takeUnreported(index, ended)
      .flatMap((ends) => ends.jobs.map(({ id }) => (ends.whileAway ? `${id} away` : id)));
  };
}

describe('EndTracker', () => {
  it('reports an active job that finished, once', () => {
    const list = listsTo(new EndTracker());
    assert.deepEqual(list([jobOf()]), []);
    assert.deepEqual(list([jobOf({ state: completed })]), ['j1']);
    assert.deepEqual(list([jobOf({ state: completed })]), []);
  });

  it('does not report a job that had finished before it was first listed, unless it is awaited', () => {
    const tracker = new EndTracker();
    const list = listsTo(tracker);
    tracker.add(toJobId('b'), undefined);
    assert.deepEqual(list([jobOf({ id: 'a', state: failed }), jobOf({ id: 'b', state: failed })]), ['b']);
  });

  it('awaits a job until it finishes or is dropped', () => {
    const tracker = new EndTracker();
    const list = listsTo(tracker);
    const [one, two] = [toJobId('one'), toJobId('two')];
    assert.equal(tracker.add(one, undefined), true);
    assert.equal(tracker.add(one, undefined), false);
    tracker.add(two, undefined);
    assert.deepEqual(tracker.awaitedIds, [one, two]);
    tracker.drop([two]);
    list([jobOf({ id: 'one', state: completed })]);
    assert.equal(tracker.isWaiting, false);
  });

  it('does not await a job whose end was reported', () => {
    const tracker = new EndTracker();
    const list = listsTo(tracker);
    const ended = jobOf({ state: completed });
    list([jobOf()]);
    list([ended]);
    assert.equal(tracker.add(ended.id, ended), false);
  });

  it('awaits a requeued job again, and reports its second end', () => {
    const tracker = new EndTracker();
    const list = listsTo(tracker);
    list([jobOf({ submitted: before(1000) })]);
    list([jobOf({ submitted: before(1000), state: failed })]);
    const again = jobOf({ submitted: before(0), state: queued });
    list([again]);
    assert.equal(tracker.add(again.id, again), true);
    assert.deepEqual(list([jobOf({ submitted: before(0), state: completed })]), ['j1']);
  });

  it('reports an array without its tasks', () => {
    const list = listsTo(new EndTracker());
    list(arrayOf([running, running]));
    assert.deepEqual(list(arrayOf([completed, failed], { state: failed })), ['36']);
  });

  it('distinguishes jobs that finished in an earlier session, with the first list only', () => {
    const tracker = new EndTracker();
    tracker.setPreviousJobs([jobOf({ id: 'a' }), jobOf({ id: 'b' }), jobOf({ id: 'c', state: completed })]);
    const list = listsTo(tracker);
    const ended = (id: string): Job => jobOf({ id, state: completed });
    assert.deepEqual(list([ended('a'), jobOf({ id: 'b' }), ended('c')]), ['a away']);
    assert.deepEqual(list([ended('a'), ended('b'), ended('c')]), ['b']);
  });
});
