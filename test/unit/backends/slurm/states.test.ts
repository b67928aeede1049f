import assert from 'node:assert/strict';
import { isFinalState } from '../../../../src/backends/scheduler/jobs/schedulerJob.js';
import { parseExit, toJobState } from '../../../../src/backends/slurm/states.js';
import { getJobStatus } from '../../../../src/core/domain/job.js';

/** The table of docs/protocols/slurm.md, 10: long name, short name, the extension's state. */
const table = [
  ['PENDING', 'PD', 'queued'],
  ['RUNNING', 'R', 'running'],
  ['SUSPENDED', 'S', 'running'],
  ['COMPLETED', 'CD', 'completed'],
  ['CANCELLED', 'CA', 'stopped'],
  ['FAILED', 'F', 'failed'],
  ['TIMEOUT', 'TO', 'failed'],
  ['NODE_FAIL', 'NF', 'failed'],
  ['PREEMPTED', 'PR', 'stopped'],
  ['BOOT_FAIL', 'BF', 'failed'],
  ['DEADLINE', 'DL', 'failed'],
  ['OUT_OF_MEMORY', 'OOM', 'failed'],
  ['CONFIGURING', 'CF', 'running'],
  ['COMPLETING', 'CG', 'running'],
  ['RESIZING', 'RS', 'running'],
  ['SIGNALING', 'SI', 'running'],
  ['STAGE_OUT', 'SO', 'running'],
  ['STOPPED', 'ST', 'running'],
  ['REQUEUED', 'RQ', 'queued'],
  ['REQUEUE_HOLD', 'RH', 'queued'],
  ['REQUEUE_FED', 'RF', 'queued'],
  ['SPECIAL_EXIT', 'SE', 'queued'],
  ['RESV_DEL_HOLD', 'RD', 'queued'],
  ['REVOKED', 'RV', 'stopped'],
] as const;

describe('a Slurm state', () => {
  for (const [long, short, ours] of table) {
    it(`${long} (${short}) is ${ours}`, () => {
      assert.equal(getJobStatus(toJobState(long)), ours);
      assert.equal(toJobState(long).word, long);
      assert.deepEqual(toJobState(short), toJobState(long));
      assert.equal(isFinalState(toJobState(long)), ['completed', 'failed', 'stopped'].includes(ours));
    });
  }

  it('is the same from every source', () => {
    const cancelled = { kind: 'ended', word: 'CANCELLED', outcome: 'stopped' };
    for (const word of ['CANCELLED', 'CA', 'CANCELLED by 1000', ' CANCELLED by 0\n'])
      assert.deepEqual(toJobState(word), cancelled);
  });

  it('is shown by its own name and counts as active if it is unknown', () => {
    for (const word of ['HIBERNATING', 'toString', 'constructor', '', 'PENDINGX', 'pending'])
      assert.deepEqual(toJobState(word), { kind: 'unknown', word });
    assert.equal(isFinalState(toJobState('HIBERNATING')), false);
  });
});

describe('a Slurm exit code', () => {
  it('is a code or a signal', () => {
    assert.deepEqual(parseExit('0:0'), { code: 0 });
    assert.deepEqual(parseExit('3:0'), { code: 3 });
    assert.deepEqual(parseExit('0:15'), { signal: 'SIGTERM' });
    assert.deepEqual(parseExit('0:9'), { signal: 'SIGKILL' });
    assert.deepEqual(parseExit('1:10'), { signal: 'SIGUSR1' });
    assert.deepEqual(parseExit('0:64'), { signal: 'SIGRTMIN+30' });
    assert.deepEqual(parseExit('0:125'), { signal: '125' });
  });

  it('is unknown if it is missing or malformed', () => {
    for (const text of ['', 'N/A', '3', ':', '0:', '-1:0', '0:0:0'])
      assert.equal(parseExit(text), undefined, text);
  });
});
