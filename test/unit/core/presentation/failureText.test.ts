import assert from 'node:assert/strict';
import {
  formatFailurePlace,
  formatFailureReason,
  formatFailureWithPlace,
} from '../../../../src/core/presentation/failureText.js';
import type { StoredFailure } from '../../../../src/core/domain/jobMetadata.js';
import { arrayOf, before, completed, failed, jobOf, running, stopped } from '../../../fakes/jobs.js';

describe('formatFailureReason', () => {
  const reason = (job: Parameters<typeof jobOf>[0], failure?: StoredFailure): string | undefined =>
    formatFailureReason(jobOf({ state: failed, ...job }), failure && { failure });

  it('contains the error of the log, then the exit code', () => {
    const job = { exit: { code: 1 }, reason: 'exit code 1' };
    assert.equal(reason(job, { text: "KeyError: 'lr'", lastLine: 'x' }), "KeyError: 'lr' · exit code 1");
    assert.equal(reason(job), 'exit code 1');
    assert.equal(reason({ exit: { code: 3 } }), 'exit code 3');
    assert.equal(reason({ exit: { signal: 'SIGSEGV' } }), 'signal SIGSEGV');
    assert.equal(reason({}), undefined);
  });

  it('contains the last line of the log if it has no known error', () => {
    const job = { exit: { code: 3 }, reason: 'exit code 3' };
    assert.equal(reason(job, { lastLine: 'no data.csv' }), 'no data.csv · exit code 3');
  });

  it('uses one wording for exit codes, also for jobs of earlier versions', () => {
    assert.equal(reason({ reason: 'exit 3' }), 'exit code 3');
  });

  it("contains the engine's own reason first, and no last line", () => {
    const job = { reason: 'time limit of 1 h reached', exit: { signal: 'SIGKILL' } };
    assert.equal(reason(job, { lastLine: 'epoch 3' }), 'time limit of 1 h reached');
    assert.equal(reason(job, { text: 'KeyboardInterrupt' }), 'time limit of 1 h reached · KeyboardInterrupt');
  });

  it('suspects that memory ran out after SIGKILL, also that of a command in a shell', () => {
    const killed = 'killed (out of memory?)';
    assert.equal(reason({ exit: { signal: 'SIGKILL' }, reason: 'signal SIGKILL' }), killed);
    assert.equal(reason({ exit: { signal: 'KILL' } }, { lastLine: 'epoch 3' }), killed);
    assert.equal(reason({ exit: { code: 137 }, reason: 'exit code 137' }), killed);
    assert.equal(reason({ exit: { signal: 'SIGTERM' }, reason: 'signal SIGTERM' }), 'signal SIGTERM');
    assert.equal(reason({ exit: { signal: 'SIGKILL' }, reason: 'out of memory' }), 'out of memory');
  });

  it('ignores the failure of an earlier run, and jobs that have not failed', () => {
    const failure = { text: 'KeyError', startedMs: before(60_000).getTime() };
    assert.equal(reason({ started: before(60_000) }, failure), 'KeyError');
    assert.equal(reason({ started: before(1_000) }, failure), undefined);
    for (const state of [running, completed, stopped])
      assert.equal(reason({ state, reason: 'exit code 1' }, { text: 'KeyError' }), undefined);
    const [array = jobOf()] = arrayOf([failed], { state: failed, reason: 'exit code 1' });
    assert.equal(formatFailureReason(array, { failure: { text: 'KeyError' } }), undefined);
  });

  it('is one line of a bounded length', () => {
    assert.equal(reason({ exit: { code: 1 } }, { text: 'a\nb\u202e' }), 'a b\u2423 · exit code 1');
    assert.equal((reason({}, { text: 'x'.repeat(500) }) ?? '').length, 80);
  });
});

describe('formatFailurePlace', () => {
  it('contains the file without its folders, and the line', () => {
    assert.equal(formatFailurePlace({ file: '/jobs/j1/fit.py', line: 3 }), 'fit.py:3');
    assert.equal(formatFailurePlace({ file: 'C:\\jobs\\fit.py' }), 'fit.py');
    assert.equal(formatFailurePlace({}), undefined);
    assert.equal(formatFailureWithPlace({ text: 'Bad.', file: 'fit.py', line: 3 }), 'Bad (fit.py:3)');
    assert.equal(formatFailureWithPlace({ text: 'Bad.' }), 'Bad');
  });
});
