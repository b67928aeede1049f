import assert from 'node:assert/strict';
import {
  formatEndReason,
  isHeldReason,
  toOwnExit,
  formatWaitingReason,
  type JobEndContext,
} from '../../../../src/backends/slurm/reasons.js';
import { parseExit, parseWaitStatus } from '../../../../src/backends/slurm/states.js';

const now = new Date(2026, 10, 20, 13, 0, 0);
const at = (day: number, hour: number, minute: number): Date => new Date(2026, 10, day, hour, minute);
const text = (reason: string, start?: Date): string | undefined =>
  formatWaitingReason(reason, { now, start });

describe('the reason why a job waits', () => {
  it('is in plain words for every documented reason', () => {
    const words = [
      ...['Priority', 'Resources', 'Dependency', 'DependencyNeverSatisfied', 'JobHeldUser', 'JobHeldAdmin'],
      ...['BeginTime', 'PartitionTimeLimit', 'PartitionNodeLimit', 'PartitionDown', 'PartitionInactive'],
      ...['ReqNodeNotAvail', 'Licenses', 'InvalidAccount', 'InvalidQOS', 'BadConstraints', 'Reservation'],
      ...['WaitingForScheduling', 'QOSMaxJobsPerUserLimit', 'QOSGrpCpuLimit', 'AssocMaxJobsLimit'],
      ...['AssocGrpGRES', 'JobArrayTaskLimit'],
    ];
    const told = words.map((word) => text(word));
    for (const [place, sentence] of told.entries()) {
      assert.notEqual(sentence, undefined, words[place]);
      assert.notEqual(sentence, words[place]);
    }
    assert.equal(new Set(told).size, words.length);
  });

  it('includes the expected start time', () => {
    assert.equal(text('Priority', at(20, 14, 3)), 'waiting for priority, may start at 14:03');
    assert.equal(text('Resources', at(21, 9, 5)), 'waiting for resources, may start tomorrow 09:05');
    assert.equal(text('Resources', at(24, 0, 0)), 'waiting for resources, may start 2026-11-24 00:00');
    assert.equal(text('None', at(20, 14, 3)), 'may start at 14:03');
  });

  it('omits a start time that has passed or that Slurm made up', () => {
    assert.equal(text('Priority', at(20, 12, 59)), 'waiting for priority');
    assert.equal(text('Priority', new Date(2027, 10, 20, 13, 0)), 'waiting for priority');
    assert.equal(text('JobHeldUser', at(20, 14, 3)), 'held');
  });

  it('is the time at which it was scheduled', () => {
    assert.equal(text('BeginTime', at(20, 16, 0)), 'starts at 16:00 or later');
    assert.equal(text('BeginTime', at(21, 8, 0)), 'starts tomorrow 08:00 or later');
    assert.equal(text('BeginTime', at(30, 8, 0)), 'starts 2026-11-30 08:00 or later');
    assert.equal(text('BeginTime'), 'waiting for its start time');
  });

  it('is unknown if Slurm reports none', () => {
    for (const reason of ['', 'None', ' ']) assert.equal(text(reason), undefined);
  });

  it('names the missing nodes', () => {
    assert.equal(text('ReqNodeNotAvail, UnavailableNodes:n[1-2]'), 'requested nodes are unavailable: n[1-2]');
    assert.equal(
      text('(ReqNodeNotAvail, May be reserved for other job)'),
      'requested nodes may be reserved for other jobs',
    );
    for (const sentence of [
      'Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions',
      'Nodes_required_for_job_are_DOWN,_DRAINED_or_reserved_for_jobs_in_higher_priority_partitions',
    ])
      assert.equal(text(sentence), 'required nodes are down, drained, or reserved');
  });

  it("is Slurm's own word if it is unknown", () => {
    for (const reason of ['MoonPhase', 'QOSMaxMoons', 'AssocSomething', 'toString', 'Solar flare', 'MaxFun'])
      assert.equal(text(reason), reason);
  });
});

describe('a limit that keeps a job waiting', () => {
  it('is shown with its resource, its owner, and its source', () => {
    const told = [
      ['QOSMaxJobsPerUserLimit', 'limit of the QOS reached: running jobs per user'],
      ['QOSMaxCpuPerUserLimit', 'limit of the QOS reached: CPUs per user'],
      ['QOSMaxSubmitJobPerUserLimit', 'limit of the QOS reached: submitted jobs per user'],
      ['QOSMaxMemoryPerUser', 'limit of the QOS reached: memory per user'],
      ['QOSMaxGRESPerUser', 'limit of the QOS reached: GPUs or other GRES per user'],
      ['QOSMaxNodePerUserLimit', 'limit of the QOS reached: nodes per user'],
      ['QOSMaxCpuPerJobLimit', 'requests more than the QOS allows per job: CPUs'],
      ['QOSMaxWallDurationPerJobLimit', 'requests more than the QOS allows per job: run time'],
      ['QOSMaxCpuPerNode', 'requests more than the QOS allows per node: CPUs'],
      ['QOSMinCpuNotSatisfied', 'requests less than the QOS requires: CPUs'],
      ['QOSMinGRES', 'requests less than the QOS requires: GPUs or other GRES'],
      ['QOSGrpCpuLimit', 'limit of the QOS reached: CPUs in total'],
      ['QOSGrpCPURunMinutesLimit', 'limit of the QOS reached: running CPU minutes in total'],
      ['QOSGrpNodeLimit', 'limit of the QOS reached: nodes in total'],
      ['QOSGrpMemLimit', 'limit of the QOS reached: memory in total'],
      ['QOSGrpWallLimit', 'limit of the QOS reached: run time in total'],
      ['QOSJobLimit', 'limit of the QOS reached: running jobs'],
      ['QOSResourceLimit', 'limit of the QOS reached: resources'],
      ['AssocGrpCpuLimit', 'limit of the account reached: CPUs in total'],
      ['AssocGrpCPUMinutesLimit', 'limit of the account reached: CPU minutes in total'],
      ['AssocGrpGRES', 'limit of the account reached: GPUs or other GRES in total'],
      ['AssocMaxJobsLimit', 'limit of the account reached: running jobs per user'],
      ['AssocMaxWallDurationPerJobLimit', 'requests more than the account allows per job: run time'],
      ['AssociationJobLimit', 'limit of the account reached: running jobs'],
      ['MaxCpuPerAccount', 'limit of the QOS reached: CPUs per account'],
      ['MaxJobsPerAccount', 'limit of the QOS reached: running jobs per account'],
    ] as const;
    assert.deepEqual(
      told.map(([reason]) => [reason, text(reason)]),
      told,
    );
  });

  it('names the QOS and the account if they are known', () => {
    const about = { now, qos: 'long', account: 'proj' };
    assert.equal(
      formatWaitingReason('QOSGrpNodeLimit', about),
      'limit of the QOS long reached: nodes in total',
    );
    assert.equal(
      formatWaitingReason('AssocGrpNodeLimit', about),
      'limit of the account proj reached: nodes in total',
    );
  });
});

describe('a held job', () => {
  it('is identified by its reason', () => {
    for (const reason of ['JobHeldUser', '(JobHeldAdmin)', 'JobHoldMaxRequeue', 'job_requeued_in_held_state'])
      assert.ok(isHeldReason(reason), reason);
    for (const reason of ['', 'None', 'Priority', 'Dependency', 'BeginTime'])
      assert.ok(!isHeldReason(reason), reason);
  });
});

describe("the exit code of a job's own script", () => {
  it('is reported only if the script exited on its own', () => {
    assert.deepEqual(toOwnExit({ state: 'COMPLETED', exit: { code: 0 } }), { code: 0 });
    assert.deepEqual(toOwnExit({ state: 'FAILED', exit: { code: 3 } }), { code: 3 });
    assert.deepEqual(toOwnExit({ state: 'FAILED', exit: { signal: 'SIGKILL' } }), { signal: 'SIGKILL' });
    for (const state of ['CANCELLED by 0', 'TIMEOUT', 'OUT_OF_MEMORY', 'NODE_FAIL', 'PREEMPTED', 'DEADLINE'])
      for (const text of ['0:0', '0:15', '0:125', '1:0'])
        assert.equal(toOwnExit({ state, exit: parseExit(text) }), undefined, state);
    assert.equal(toOwnExit({ state: 'FAILED', exit: parseExit('0:53') }), undefined);
    assert.equal(toOwnExit({ state: 'FAILED', exit: { code: 0 } }), undefined);
    assert.equal(toOwnExit({ state: 'FAILED', exit: { signal: 'SIGHUP' }, hasStarted: false }), undefined);
  });
});

describe('the reason why a job finished', () => {
  const end = (ending: JobEndContext): string | undefined => formatEndReason(ending);

  it('is its exit code or signal', () => {
    assert.equal(end({ state: 'FAILED', reason: 'NonZeroExitCode', exit: { code: 3 } }), 'exit code 3');
    assert.equal(end({ state: 'FAILED', exit: { signal: 'SIGSEGV' } }), 'signal SIGSEGV');
    assert.equal(end({ state: 'FAILED', reason: 'NonZeroExitCode' }), undefined);
  });

  it('is the reason from Slurm', () => {
    assert.equal(
      end({ state: 'TIMEOUT', limitMs: 3_600_000, exit: { signal: 'SIGTERM' } }),
      'time limit of 1 h reached',
    );
    assert.equal(end({ state: 'TIMEOUT' }), 'time limit reached');
    assert.equal(end({ state: 'OUT_OF_MEMORY', exit: { code: 125 } }), 'out of memory');
    assert.equal(end({ state: 'NODE_FAIL' }), 'node failed');
    assert.equal(end({ state: 'BOOT_FAIL' }), 'node failed to boot');
    assert.equal(end({ state: 'DEADLINE' }), 'deadline passed');
    assert.equal(end({ state: 'PREEMPTED' }), 'preempted by another job');
    assert.equal(end({ state: 'FAILED', reason: 'JobLaunchFailure', exit: { code: 0 } }), 'launch failed');
    assert.equal(
      end({ state: 'FAILED', reason: 'JobLaunchFailure', exit: { signal: 'SIGSEGV' } }),
      'signal SIGSEGV',
    );
    assert.equal(
      end({ state: 'FAILED', reason: 'JobLaunchFailure', exit: parseExit('0:53') }),
      'launch failed: its working directory or output folder may not exist',
    );
    assert.equal(end({ state: 'FAILED', reason: 'RaisedSignal:11(Segmentation fault)' }), 'signal SIGSEGV');
    assert.equal(end({ state: 'FAILED', reason: 'SolarFlare' }), 'SolarFlare');
  });

  it('is not the former waiting reason, which sacct still reports', () => {
    for (const reason of ['JobArrayTaskLimit', 'Resources', 'QOSGrpCpuLimit', 'BeginTime', 'None'])
      assert.equal(end({ state: 'FAILED', reason }), undefined);
    assert.equal(end({ state: 'FAILED', reason: 'Priority', exit: { code: 3 } }), 'exit code 3');
    assert.equal(end({ state: 'CANCELLED', reason: 'BadConstraints' }), 'cancelled');
  });

  it('is that a user cancelled it', () => {
    assert.equal(end({ state: 'CANCELLED by 1000', exit: { signal: 'SIGTERM' } }), 'cancelled');
    assert.equal(end({ state: 'CANCELLED', hasStarted: false }), 'cancelled while queued');
    assert.equal(
      end({ state: 'CANCELLED', reason: 'DependencyNeverSatisfied', hasStarted: false }),
      'never started: a dependency failed',
    );
  });

  it('is not a failed launch if only the queue reports it: a signal can have ended the job', () => {
    assert.equal(end({ state: 'FAILED', reason: 'JobLaunchFailure' }), undefined);
    for (const [status, text] of [
      ['9', 'signal SIGKILL'],
      ['139', 'signal SIGSEGV'],
      ['53', 'signal SIGRTMIN+19'],
      ['768', 'exit code 3'],
      ['4021', 'launch failed: its working directory or output folder may not exist'],
    ] as const)
      assert.equal(end({ state: 'FAILED', reason: 'JobLaunchFailure', exit: parseWaitStatus(status) }), text);
  });

  it('is that it never started if it had no node, regardless of the exit code', () => {
    for (const [state, reason, text] of [
      ['FAILED', 'BadConstraints', 'never started: no node matched the request'],
      [
        'FAILED',
        'Requested_node_configuration_is_not_available',
        'never started: no node matched the request',
      ],
      ['FAILED', 'JobLaunchFailure', 'never started: launch failed'],
      ['FAILED', 'None', 'never started'],
      ['DEADLINE', 'DeadLine', 'never started: deadline passed'],
      ['CANCELLED by 1000', 'JobHeldUser', 'cancelled while queued'],
      ['REVOKED', 'None', 'ran on another cluster'],
    ] as const)
      for (const exit of [undefined, { code: 0 }, { code: 1 }, { signal: 'SIGHUP' }])
        assert.equal(end({ state, reason, exit, hasStarted: false }), text);
  });

  it('is missing for a completed job', () => {
    assert.equal(end({ state: 'COMPLETED', reason: 'None', exit: { code: 0 } }), undefined);
  });
});
