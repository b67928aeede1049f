import assert from 'node:assert/strict';
import {
  parseShowJob,
  parseShowPartition,
  type ScontrolRecord,
} from '../../../../src/backends/slurm/scontrol.js';
import { hostileName, onelinerOf, random, recorded, versions } from './recorded.js';

/** A job as 26.05 prints it on one line; user-defined texts are parameters. */
const line = (
  name: string,
  { comment = '', submitLine = 'sbatch a.sh', command = '/home/al/a.sh' } = {},
): string =>
  [
    `JobId=36 JobName=${name} UserId=al(1000) GroupId=al(1000) MCS_label=N/A Priority=1 Nice=0 Account=proj`,
    'QOS=normal JobState=RUNNING Reason=None Dependency=(null) Requeue=1 Restarts=0 BatchFlag=1 Reboot=0',
    'ExitCode=0:0 RunTime=00:00:06 TimeLimit=00:10:00 TimeMin=N/A NodeList=n1 NumNodes=1 CPUs/Task=1',
    `Features=(null) Network=(null) Command=${command} SubmitLine=${submitLine} WorkDir=/home/al/my work`,
    ...(comment === '' ? [] : [`Comment=${comment}`]),
    'StdErr= StdIn=/dev/null StdOut=/home/al/my work/fit.out TresPerNode=gres/gpu:1 \n',
  ].join(' ');

function job(text: string, name?: string): ScontrolRecord {
  const jobs = parseShowJob(text, name);
  assert.equal(jobs.length, 1);
  return jobs[0] ?? assert.fail();
}

describe('the output of scontrol', () => {
  it('is parsed with spaces, empty values and keys with special characters', () => {
    const shown = job(line('my fit', { comment: 'a comment' }));
    assert.deepEqual([shown.JobId, shown.JobName, shown.Comment], ['36', 'my fit', 'a comment']);
    assert.deepEqual([shown.WorkDir, shown.StdErr], ['/home/al/my work', '']);
    assert.deepEqual([shown.StdOut, shown['CPUs/Task']], ['/home/al/my work/fit.out', '1']);
    assert.equal(shown.TresPerNode, 'gres/gpu:1');
  });

  it('is not affected by a name, comment or command that looks like keys', () => {
    const evil = 'x JobState=COMPLETED StdOut=/etc/passwd WorkDir=/etc UserId=root(0) Comment=y';
    const { JobName, Comment, Command, SubmitLine, ...rest } = job(line('fit', { comment: 'c' }));
    const { JobName: name, ...others } = job(line(evil, { comment: 'c' }));
    assert.equal(name, evil);
    assert.deepEqual(others, { Comment, Command, SubmitLine, ...rest });
    const { SubmitLine: submitLine, ...same } = job(
      line('fit', { comment: 'c', submitLine: `sbatch -J ${evil}` }),
    );
    assert.deepEqual(same, { JobName, Comment, Command, ...rest });
    assert.equal(submitLine, `sbatch -J ${evil}`);
    for (const text of ['StdOut=/etc/passwd', 'y StdOut=/etc/passwd', 'y StdErr=/x StdIn=/x StdOut=/x'])
      assert.equal(job(line('fit', { comment: text })).StdOut, rest.StdOut);
  });

  it('is not affected by a name that contains the whole header, if the name is known', () => {
    const evil = 'x UserId=root(0) GroupId=root(0) MCS_label=N/A JobState=COMPLETED ExitCode=9:0';
    const { JobName, JobState, ExitCode, UserId } = job(line(evil), evil);
    assert.deepEqual([JobName, JobState, ExitCode, UserId], [evil, 'RUNNING', '0:0', 'al(1000)']);
  });

  it('can be a component of a heterogeneous job', () => {
    const part = (name: string): string =>
      line(name)
        .replace('JobId=36', 'JobId=23 HetJobId=23 HetJobOffset=0')
        .replace(' UserId=al', ' HetJobIdSet=23-24 UserId=al');
    const evil = 'x HetJobIdSet=9 UserId=root(0) JobState=FAILED';
    for (const name of ['het0', evil]) {
      const shown = job(part(name), name);
      assert.deepEqual([shown.JobName, shown.HetJobId, shown.HetJobIdSet], [name, '23', '23-24']);
      assert.deepEqual([shown.JobState, shown.UserId], ['RUNNING', 'al(1000)']);
    }
    assert.equal(job(part('het0')).JobName, 'het0');
  });

  it('contains the output path, for any name', () => {
    const below = random(13);
    for (let round = 0; round < 500; round++) {
      const name = hostileName(below);
      const shown = parseShowJob(line(name), name).find(({ StdOut }) => StdOut !== undefined);
      assert.equal(shown?.StdOut, '/home/al/my work/fit.out');
      if (!name.includes('\nJobId=')) assert.deepEqual([shown.JobName, shown.JobState], [name, 'RUNNING']);
    }
  });

  it('can contain several jobs or none', () => {
    const jobs = parseShowJob(line('a') + line('b'));
    assert.deepEqual(
      jobs.map(({ JobName }) => JobName),
      ['a', 'b'],
    );
    for (const text of ['', 'No jobs in the system\n', 'slurm_load_jobs error: Invalid job id specified'])
      assert.deepEqual(parseShowJob(text), []);
  });
});

describe('the output of a real scontrol', () => {
  for (const version of versions) {
    it(`for jobs is parsed (${version})`, () => {
      const jobs = parseShowJob(onelinerOf(recorded(version, 'scontrol-show-job.txt')));
      const byName = (name: string): ScontrolRecord =>
        jobs.find((one) => one.JobName === name) ?? assert.fail(name);
      assert.equal(jobs.length, 9);
      assert.equal(byName('ok').StdOut, '/tmp/slurm-ci/w/ok.out');
      assert.equal(byName('ok').Comment, 'a comment');
      assert.deepEqual([byName('bad').JobState, byName('bad').ExitCode], ['FAILED', '3:0']);
      assert.deepEqual([byName('waits').ArrayTaskId, byName('waits').ArrayTaskThrottle], ['1-4%2', '2']);
      assert.match(byName('arr').StdOut ?? '', /^\/tmp\/slurm-ci\/w\/arr-\d+_1\.out$/);
      for (const { WorkDir, Partition, UserId } of jobs)
        assert.deepEqual([WorkDir, UserId], ['/tmp/slurm-ci/w', 'root(0)'], Partition);
    });

    it(`for partitions is parsed (${version})`, () => {
      const text = recorded(version, 'scontrol-show-partition.txt');
      const partitions = parseShowPartition(text);
      assert.deepEqual(
        partitions.map(({ PartitionName }) => PartitionName),
        ['debug', 'short', 'long', 'closed'],
      );
      assert.deepEqual(
        partitions.map(({ State }) => State),
        ['UP', 'UP', 'UP', 'DOWN'],
      );
      assert.deepEqual(
        partitions.map(({ MaxTime }) => MaxTime),
        ['UNLIMITED', '00:01:00', '2-00:00:00', 'UNLIMITED'],
      );
      assert.deepEqual([partitions[2]?.DefaultTime, partitions[2]?.Nodes], ['01:00:00', 'n3']);
      assert.deepEqual(parseShowPartition(onelinerOf(text)), partitions);
    });
  }
});
