import assert from 'node:assert/strict';
import { isFinal } from '../../../../src/backends/scheduler/jobs/seen.js';
import { readExit, stateOf } from '../../../../src/backends/slurm/states.js';
import { lookName } from '../../../../src/core/domain/job.js';

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
      assert.equal(lookName(stateOf(long)), ours);
      assert.equal(stateOf(long).word, long);
      assert.deepEqual(stateOf(short), stateOf(long));
      assert.equal(isFinal(stateOf(long)), ['completed', 'failed', 'stopped'].includes(ours));
    });
  }

  it('is the same from every source', () => {
    const cancelled = { kind: 'ended', word: 'CANCELLED', outcome: 'stopped' };
    for (const word of ['CANCELLED', 'CA', 'CANCELLED by 1000', ' CANCELLED by 0\n'])
      assert.deepEqual(stateOf(word), cancelled);
  });

  it('is shown by its own name and counts as active if it is unknown', () => {
    for (const word of ['HIBERNATING', 'toString', 'constructor', '', 'PENDINGX', 'pending'])
      assert.deepEqual(stateOf(word), { kind: 'unknown', word });
    assert.equal(isFinal(stateOf('HIBERNATING')), false);
  });
});

describe('a Slurm exit code', () => {
  it('is a code or a signal', () => {
    assert.deepEqual(readExit('0:0'), { code: 0 });
    assert.deepEqual(readExit('3:0'), { code: 3 });
    assert.deepEqual(readExit('0:15'), { signal: 'SIGTERM' });
    assert.deepEqual(readExit('0:9'), { signal: 'SIGKILL' });
    assert.deepEqual(readExit('1:10'), { signal: 'SIGUSR1' });
    assert.deepEqual(readExit('0:64'), { signal: 'SIGRTMIN+30' });
    assert.deepEqual(readExit('0:125'), { signal: '125' });
  });

  it('is unknown if it is missing or malformed', () => {
    for (const text of ['', 'N/A', '3', ':', '0:', '-1:0', '0:0:0'])
      assert.equal(readExit(text), undefined, text);
  });
});
