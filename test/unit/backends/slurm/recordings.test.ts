import assert from 'node:assert/strict';
import { parseSlurmFailure } from '../../../../src/backends/slurm/slurmFailures.js';
import { parseDisplayId } from '../../../../src/backends/scheduler/taskIds.js';
import type { AccountRow } from '../../../../src/backends/slurm/sacct.js';
import { parseAssociations } from '../../../../src/backends/slurm/sacctmgr.js';
import { parseShowJob } from '../../../../src/backends/slurm/scontrol.js';
import { parseSinfo } from '../../../../src/backends/slurm/sinfo.js';
import type { QueueRow } from '../../../../src/backends/slurm/squeue.js';
import { toJobState } from '../../../../src/backends/slurm/states.js';
import { recorded, versions } from './recorded.js';
import { readSacct, readSqueue } from './world.js';

/** A job that was submitted for the recording; see test/engines/recordJobs.ts. */
interface Submitted {
  readonly what: string;
  readonly id: string;
  readonly name: string;
}

interface Failure {
  readonly about: string;
  readonly argv: readonly string[];
  readonly code: number;
  readonly stderr: string;
}

// SAFETY: test/engines/record.ts wrote them in this form.
const jobsOf = (version: string) => JSON.parse(recorded(version, 'jobs.json')) as readonly Submitted[];
const failuresOf = (version: string, file: string) =>
  JSON.parse(recorded(version, file)) as readonly Failure[];

/** The states and reasons that the queue reports; `|` separates alternatives that depend on timing. */
const inQueue: Readonly<Record<string, string>> = {
  'time limit': 'TIMEOUT TimeLimit',
  deadline: 'DEADLINE DeadLine',
  completed: 'COMPLETED undefined',
  failed: 'FAILED NonZeroExitCode',
  'not found': 'FAILED NonZeroExitCode',
  'cancelled while it ran': 'CANCELLED undefined',
  'node lost': 'NODE_FAIL NodeDown',
  requeued: 'PENDING BeginTime',
  runs: 'RUNNING undefined',
  suspended: 'SUSPENDED undefined',
  'tasks wait': 'PENDING Dependency',
  'many tasks': 'PENDING JobHeldUser',
  after: 'PENDING Dependency',
  'held by the administrator': 'PENDING JobHeldAdmin',
  held: 'PENDING JobHeldUser',
  'begins later': 'PENDING BeginTime',
  closed: 'PENDING PartitionDown',
  'all of a node': 'RUNNING undefined',
  next: 'PENDING Resources|PENDING Priority',
};

for (const version of versions) {
  describe(`the output of Slurm ${version} for our own commands`, () => {
    const jobs = jobsOf(version);
    const queue = readSqueue(recorded(version, 'squeue.records'));
    const history = readSacct(recorded(version, 'sacct.records'));
    const inQueueOf = ({ id }: Submitted): readonly QueueRow[] =>
      queue.rows.filter(({ own, base }) => String(own) === id || String(base) === id);

    it('is complete', () => {
      assert.deepEqual([queue.malformed, history.malformed], [[], []]);
      assert.ok(queue.rows.length > 60 && history.rows.length > 40);
      for (const row of queue.rows) assert.equal(row.account, 'proj', row.shown);
      for (const row of [...queue.rows, ...history.rows])
        assert.notEqual(toJobState(row.state).kind, 'unknown');
    });

    it('has every job once, with the name it was submitted with', () => {
      for (const job of jobs.filter(({ what }) => what !== 'of root' && what !== 'hostile texts')) {
        const rows = inQueueOf(job);
        assert.ok(rows.length > 0, job.what);
        for (const { name } of rows) assert.equal(name, job.name);
      }
      const owns = queue.rows.map(({ own }) => own);
      assert.equal(new Set(owns).size, owns.length);
    });

    it('has the expected states and reasons', () => {
      for (const [what, expected] of Object.entries(inQueue)) {
        const job = jobs.find((one) => one.what === what) ?? assert.fail(what);
        const [row] = inQueueOf(job);
        const told = `${row?.state ?? ''} ${String(row?.reason)}`;
        assert.ok(expected.split('|').includes(told), `${what}: ${told}`);
      }
    });

    it('separates the tasks of an array and the components of a job', () => {
      const shown = (what: string): readonly string[] =>
        inQueueOf(jobs.find((job) => job.what === what) ?? assert.fail(what)).map((row) => row.shown);
      const tasks = shown('tasks run').map((each) => each.replace(/^\d+_/, ''));
      assert.deepEqual(tasks.sort(), ['0', '1', '2', '3', '[4-9%2]']);
      assert.match(shown('tasks wait').join(), /^\d+_\[1,3,5,7,9,20%2\]$/);
      const many = parseDisplayId(shown('many tasks').join());
      assert.equal(many?.tasks?.count, 60);
      assert.equal(many.tasks.cut, false);
      const { id } = jobs.find(({ what }) => what === 'parts') ?? assert.fail();
      const parts = queue.rows.filter((row) => row.shown.startsWith(`${id}+`)).map((row) => row.shown);
      assert.deepEqual(parts.sort(), [`${id}+0`, `${id}+1`]);
    });

    it('has a history in which names can differ, but no job is missing', () => {
      const rowOf = (what: string): AccountRow => {
        const { id } = jobs.find((job) => job.what === what) ?? assert.fail(what);
        return history.rows.find(({ own }) => String(own) === id) ?? assert.fail(what);
      };
      assert.deepEqual(rowOf('failed').exit, { code: 3 });
      assert.equal(rowOf('time limit').state, 'TIMEOUT');
      assert.equal(rowOf('time limit').limit, 60_000);
      assert.match(rowOf('cancelled while it ran').state, /^CANCELLED by 1500$/);
      assert.equal(rowOf('runs').end, undefined);
      for (const { id, what, name } of jobs.filter(({ what }) => what === 'hostile, completed')) {
        const row = history.rows.find(({ own }) => String(own) === id) ?? assert.fail(`${what} ${name}`);
        assert.equal(toJobState(row.state).kind, 'ended', name);
      }
      // Without an id, scontrol omits jobs that were never ready to run.
      const asked = readSacct(recorded(version, 'sacct-ids.records'));
      assert.deepEqual(asked.malformed, []);
      const { id } = jobs.find(({ what }) => what === 'cancelled while it waited') ?? assert.fail();
      assert.match(asked.rows.find(({ own }) => String(own) === id)?.state ?? '', /^CANCELLED by 0$/);
    });

    it('shows jobs by scontrol, regardless of their texts', () => {
      const shown = parseShowJob(recorded(version, 'show-job-oneliner.txt'));
      for (const { id, what, name } of jobs.filter((job) => job.what.startsWith('hostile, '))) {
        const one = shown.find(({ JobId }) => JobId === id) ?? assert.fail(`${what} ${name}`);
        assert.equal(one['JobName'], name.trimEnd());
        assert.equal(one['JobState'], what === 'hostile, held' ? 'PENDING' : 'COMPLETED');
        assert.match(one['StdOut'] ?? '', /^\/home\/ci\/slurm-\d+\.out$/);
      }
    });

    it('has partitions, an account and a QOS to choose from', () => {
      const { rows, malformed } = parseSinfo(recorded(version, 'sinfo.records'));
      assert.deepEqual(malformed, []);
      assert.deepEqual(
        rows.map(({ name, isDefault, isUp, limit, nodes, cpus }) => [
          ...[name, isDefault, isUp, limit, nodes.total, cpus.total],
        ]),
        [
          ['debug', true, true, 'unlimited', 2, 8],
          ['short', false, true, 60_000, 2, 8],
          ['long', false, true, 2 * 86_400_000, 1, 4],
          ['closed', false, false, 'unlimited', 1, 4],
        ],
      );
      const { accounts } = parseAssociations(recorded(version, 'associations.txt'));
      assert.deepEqual(
        accounts.map(({ name }) => name),
        ['proj'],
      );
    });

    it('has the reasons for rejections', () => {
      for (const { about, argv, code, stderr } of failuresOf(version, 'failures.json')) {
        if (code === 0) continue;
        const { kind } = parseSlurmFailure(stderr);
        const expected =
          about === 'the controller is away' || about === 'munge is away'
            ? 'offline'
            : about === 'slurmdbd is away'
              ? 'accountingDown'
              : about === "somebody else's job"
                ? 'denied'
                : about === 'a job that has ended'
                  ? 'alreadyDone'
                  : undefined;
        if (expected !== undefined) assert.equal(kind, expected, `${argv.join(' ')}: ${stderr}`);
        else assert.notEqual(kind, 'other', `${argv.join(' ')}: ${stderr}`);
      }
      for (const { stderr } of failuresOf(version, 'plain-failures.json'))
        assert.equal(parseSlurmFailure(stderr).kind, 'accountingOff', stderr);
    });
  });
}
