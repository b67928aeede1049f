import assert from 'node:assert/strict';
import { endLine } from '../../../../src/core/logs/endLine.js';
import { before, completed, failed, jobOf, noon, stopped } from '../../../fakes/jobs.js';

describe('endLine', () => {
  const line = (job: Parameters<typeof jobOf>[0]): string => endLine(jobOf(job), noon);
  const ran = { started: before(4200), ended: before(1000) };

  it('says how the job ended, how long it ran, and its exit', () => {
    assert.equal(
      line({ state: completed, ...ran, exit: { code: 0 } }),
      '── Completed in 3.2 s (exit code 0) ──',
    );
    assert.equal(line({ state: stopped }), '── Stopped ──');
  });

  it('says a reason once', () => {
    assert.equal(line({ state: failed, exit: { code: 1 }, reason: 'exit 1' }), '── Failed (exit code 1) ──');
    assert.equal(
      line({ state: failed, exit: { signal: 'SIGKILL' }, reason: 'out of memory' }),
      '── Failed (signal SIGKILL, out of memory) ──',
    );
  });
});
