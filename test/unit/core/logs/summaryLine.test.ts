import assert from 'node:assert/strict';
import { formatSummaryLine } from '../../../../src/core/logs/summaryLine.js';
import { before, completed, failed, jobOf, noon, stopped } from '../../../fakes/jobs.js';

describe('endLine', () => {
  const line = (job: Parameters<typeof jobOf>[0]): string => formatSummaryLine(jobOf(job), noon);
  const ran = { started: before(4200), ended: before(1000) };

  it('contains the state, the duration and the exit code', () => {
    assert.equal(
      line({ state: completed, ...ran, exit: { code: 0 } }),
      '── Completed in 3.2 s (exit code 0) ──',
    );
    assert.equal(line({ state: stopped }), '── Cancelled ──');
  });

  it('contains a reason once', () => {
    assert.equal(
      line({ state: failed, exit: { code: 1 }, reason: 'exit code 1' }),
      '── Failed (exit code 1) ──',
    );
    assert.equal(
      line({ state: failed, exit: { signal: 'SIGKILL' }, reason: 'out of memory' }),
      '── Failed (signal SIGKILL, out of memory) ──',
    );
  });

  it('suspects that memory ran out if nothing explains SIGKILL', () => {
    assert.equal(
      line({ state: failed, exit: { signal: 'SIGKILL' }, reason: 'signal SIGKILL' }),
      '── Failed (signal SIGKILL, out of memory?) ──',
    );
  });
});
