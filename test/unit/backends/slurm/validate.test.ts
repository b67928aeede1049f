import assert from 'node:assert/strict';
import { createSlurmValidation, type SlurmValidationDeps } from '../../../../src/backends/slurm/validate.js';
import { createClusterCheck } from '../../../../src/backends/slurm/clusterCheck.js';
import { createSlurmDefaults } from '../../../../src/backends/slurm/defaults.js';
import type { ClusterCatalog } from '../../../../src/backends/slurm/clusterCatalog.js';
import { parseSinfo, type SlurmPartition } from '../../../../src/backends/slurm/sinfo.js';
import { createValidatedSubmissions } from '../../../../src/backends/slurm/validated.js';
import type { ReviewItem, JobRequest, JobWorkload } from '../../../../src/core/domain/jobSpec.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { never, problemOf } from '../../remote/doubles.js';
import { callsOn, fakeHost } from './world.js';

const line = (...fields: readonly string[]): string => `${fields.join('\u001f')}\n`;
const partitions = parseSinfo(
  line('debug*', 'up', '1:00:00', '10:00', '0/2/0/2', '0/8/0/8', '4', '16000', '(null)') +
    line('shut', 'down', 'infinite', 'n/a', '0/2/0/2', '0/8/0/8', '4', '16000', '(null)'),
).rows;
const offering = (all: () => Promise<readonly SlurmPartition[]>): ClusterCatalog => ({
  listPartitions: all,
  getAssociations: async () => ({
    accounts: [
      { name: 'lab', partitions: [], qos: ['normal'], defaultQos: 'normal' },
      { name: 'big', partitions: [], qos: ['high'], defaultQos: 'high' },
    ],
    defaultAccount: 'lab',
  }),
});

const request = (options: JobRequest['options'] = {}, more: Partial<JobRequest> = {}): JobRequest => ({
  name: 'a.sh',
  args: [],
  env: {},
  options,
  ...more,
});
const depsOf = (
  all: () => Promise<readonly SlurmPartition[]>,
  variables: Record<string, string> = {},
): SlurmValidationDeps => ({
  catalog: offering(all),
  readEnvironment: async () => ({ variables, user: 'al' }),
  clusters: createClusterCheck(callsOn(fakeHost(() => ({ output: 'ClusterName = ci\n' })))),
});
const check = createSlurmValidation(
  depsOf(async () => partitions),
  createValidatedSubmissions(),
);
const script = (text: string, name = 'a.sh'): JobWorkload => ({ kind: 'script', script: { name, text } });
const factsOf = async (work: JobWorkload, asked = request()): Promise<readonly string[]> =>
  (await check(work, asked, never)).items.map(
    ({ label, text, warning }: ReviewItem) => `${warning ? '! ' : ''}${label}: ${text}`,
  );

describe('the checks before a submission to Slurm', () => {
  it('report nothing for a script without requests', async () => {
    assert.deepEqual(await factsOf(script('#!/bin/sh\n')), []);
    assert.deepEqual(await factsOf({ kind: 'bundle', entry: 'a.bin' }), []);
  });

  it('report the requests of the script, and which of them are overridden', async () => {
    const text = '#!/bin/sh\n#SBATCH -n 2 -p debug\n#SBATCH --time=5\n';
    assert.deepEqual(await factsOf(script(text), request({ tasks: '4', cpus: '' }, { limitMs: 60_000 })), [
      'Script directives: --ntasks=2  --partition=debug  --time=5',
      'Overridden by your choices: --ntasks=2  --time=5',
    ]);
  });

  it('report what was fixed', async () => {
    const [fact] = await factsOf({ kind: 'bundle', entry: 'a.sh', text: '#!/bin/sh\r\n' });
    assert.match(fact ?? '', /^! Fixed: .*Line endings converted to LF/);
  });

  it('report that variables might not reach the job', async () => {
    const env = { A: '1' };
    const text = '#!/bin/sh\n#SBATCH --export=NONE\n';
    assert.match(
      (await factsOf(script(text), request({}, { env }))).join(),
      /! Environment: .*--export=NONE/,
    );
    assert.doesNotMatch((await factsOf(script(text))).join(), /Environment/);
    assert.doesNotMatch(
      (await factsOf(script('#!/bin/sh\n#SBATCH --export=ALL,B=1\n'), request({}, { env }))).join(),
      /Environment/,
    );
    for (const extra of ['--export=NONE', '--export NONE'])
      assert.match((await factsOf(script('#!/bin/sh\n'), request({ extra }, { env }))).join(), /Environment/);
  });

  it('report that a partition is closed or does not exist', async () => {
    assert.match((await factsOf(script('#!/bin/sh\n#SBATCH -p shut\n'))).join(), /shut is closed/);
    assert.match(
      (await factsOf(script('#!/bin/sh\n'), request({ partition: 'nope' }))).join(),
      /no partition nope/,
    );
    assert.deepEqual(await factsOf(script('#!/bin/sh\n'), request({ partition: 'debug,shut' })), []);
  });

  it('report that the job requests more time or CPUs than its partition has', async () => {
    const facts = (
      options: JobRequest['options'],
      text = '',
      more: Partial<JobRequest> = {},
    ): Promise<readonly string[]> => factsOf(script(`#!/bin/sh\n${text}`), request(options, more));
    assert.match((await facts({}, '', { limitMs: 3_600_001 })).join(), /debug limits jobs to 1 h/);
    assert.deepEqual(await facts({}, '', { limitMs: 3_600_000 }), []);
    assert.match((await facts({}, '#SBATCH -t 2:00:00\n')).join(), /debug limits jobs to 1 h/);
    assert.match((await facts({}, '#SBATCH -t 0\n')).join(), /debug limits jobs to 1 h/);
    assert.match((await facts({ cpus: '5' })).join(), /No node of debug has 5 CPUs; the largest has 4/);
    assert.deepEqual(await facts({ cpus: '4' }), []);
  });

  it('report what will certainly fail', async () => {
    const problem = await problemOf(check(script('#!/bin/sh\n#SBATCH --comment="x\n'), request(), never));
    assert.ok(problem.kind === 'invalid' && /^Line 2 of a\.sh/.test(problem.why));
  });

  it('run without the cluster if it does not respond, but not if they are aborted', async () => {
    const cut = createSlurmValidation(
      depsOf(() => Promise.reject(new JobError({ kind: 'offline', place: 'x', why: 'y' }))),
      createValidatedSubmissions(),
    );
    assert.equal((await cut(script('#!/bin/sh\n#SBATCH -p nope\n'), request(), never)).items.length, 1);
    const stopped = createSlurmValidation(
      depsOf(() => Promise.reject(new DOMException('', 'AbortError'))),
      createValidatedSubmissions(),
    );
    await assert.rejects(stopped(script(''), request(), never), { name: 'AbortError' });
  });

  it('report that a name of the user replaces the name of the script', async () => {
    const text = '#!/bin/sh\n#SBATCH -J own\n';
    assert.deepEqual(await factsOf(script(text), request({}, { name: 'mine' })), [
      'Script directives: --job-name=own',
      'Overridden by your choices: --job-name=own',
    ]);
    assert.equal((await factsOf(script(text))).length, 1);
  });

  it('report what happens to the folder of the log', async () => {
    const facts = await factsOf(script('#!/bin/sh\n#SBATCH -o logs/%x.out -e logs/%j/err\n'));
    assert.match(facts.join('\n'), /^Log folder: logs is created before the job starts$/m);
    assert.match(facts.join('\n'), /^! Log folder: logs\/%j can only be created once/m);
  });

  it('report that the job would run on another cluster, which blocks the submission', async () => {
    const problem = await problemOf(check(script('#!/bin/sh\n#SBATCH -M other\n'), request(), never));
    assert.ok(problem.kind === 'invalid' && /--clusters=other/.test(problem.why));
    const site = createSlurmValidation(
      depsOf(async () => partitions, { SLURM_CLUSTERS: 'other' }),
      createValidatedSubmissions(),
    );
    assert.equal((await problemOf(site(script('#!/bin/sh\n'), request(), never))).kind, 'invalid');
    assert.equal((await factsOf(script('#!/bin/sh\n#SBATCH -M ci\n'))).length, 1);
  });

  it('report what applies to one component of a heterogeneous job, and which variables do not reach it', async () => {
    const text = '#!/bin/sh\n#SBATCH -n1\n#SBATCH hetjob\n#SBATCH -n1\n';
    const facts = await factsOf(script(text), request({}, { env: { SBATCH_WAIT: '1' } }));
    assert.match(facts.join('\n'), /^! Heterogeneous job: .*first component/m);
    assert.match(facts.join('\n'), /^! Environment: SBATCH_WAIT is omitted/m);
  });
});

describe('the effective values without answers', () => {
  const defaultsOf = async (
    text: string,
    asked: JobRequest = request(),
    variables: Record<string, string> = {},
  ): Promise<Record<string, string>> => {
    const defaults = createSlurmDefaults(depsOf(async () => partitions, variables));
    const all = await defaults(script(`#!/bin/sh\n${text}\n`), asked, never);
    return Object.fromEntries(
      Object.entries(all).map(([id, { value, source }]) => [id, `${value} ${source}`]),
    );
  };
  const site = {
    partition: 'debug cluster default',
    account: 'lab cluster default',
    qos: 'normal cluster default',
    limit: '10 min cluster default',
  };

  it('are the defaults of the cluster', async () => {
    assert.deepEqual(await defaultsOf(''), site);
    assert.equal((await defaultsOf('', request({ partition: 'shut' })))['limit'], 'none cluster default');
    assert.equal((await defaultsOf('#SBATCH -A big'))['qos'], 'high cluster default');
  });

  it('are the values of the script, over the cluster', async () => {
    assert.deepEqual(
      await defaultsOf('#SBATCH -p shut -t 20 -J own -c 2 --mem-per-cpu=2G -a 0-3 -d afterok:7'),
      {
        ...site,
        partition: 'shut from the script',
        limit: '20 min from the script',
        name: 'own from the script',
        cpus: '2 from the script',
        memory: '2G from the script',
        array: '0-3 from the script',
        after: 'afterok:7 from the script',
      },
    );
    assert.equal((await defaultsOf('#SBATCH --time=0'))['limit'], 'none from the script');
    assert.equal((await defaultsOf('#SBATCH --time=soon'))['limit'], 'soon from the script');
  });

  it('are the values of the environment, over the script', async () => {
    const variables = { SBATCH_TIMELIMIT: '5', SBATCH_JOB_NAME: 'site', SBATCH_PARTITION: 'shut' };
    const defaults = await defaultsOf('#SBATCH -p debug -t 20 -J own', request(), variables);
    assert.deepEqual(
      [defaults['limit'], defaults['name'], defaults['partition']],
      ['5 min from SBATCH_TIMELIMIT', 'site from SBATCH_JOB_NAME', 'shut from SBATCH_PARTITION'],
    );
    const own = await defaultsOf('', request({}, { env: { SBATCH_TIMELIMIT: '7' } }), variables);
    assert.equal(own['limit'], '7 min from SBATCH_TIMELIMIT');
  });

  it('have no name if the user entered one', async () => {
    assert.equal((await defaultsOf('#SBATCH -J own', request({}, { name: 'mine' })))['name'], undefined);
  });

  it('are the known ones if the cluster does not respond', async () => {
    const offline = (): Promise<never> =>
      Promise.reject(new JobError({ kind: 'offline', place: 'x', why: 'y' }));
    const defaults = createSlurmDefaults({ ...depsOf(offline), readEnvironment: offline });
    const all = await defaults(script('#!/bin/sh\n#SBATCH -t 20\n'), request(), never);
    assert.deepEqual(all['limit'], { value: '20 min', source: 'from the script' });
  });
});
