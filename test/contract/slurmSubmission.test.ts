import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalHost } from '../../src/remote/localHost.js';
import { slurmBackend } from '../fakes/slurmBackend.js';
import type { Backend } from '../../src/core/domain/backend.js';
import { isActive, type Job, type JobId } from '../../src/core/domain/job.js';
import { systemClock as clock } from '../../src/lib/node/systemClock.js';
import { cluster, sshServer, type Cluster } from '../engines/cluster.js';
import { until as soon } from '../engines/daemons.mjs';
import { startSlurm } from '../engines/slurm.mjs';
import { quietLog } from './local.js';
import { behindSsh, placeOn } from './slurm.js';
import { listed, sentenceOf, setMinJobAge, sh, statesUntil } from './slurmFaults.js';
import { linesOf, never, request, submit, wholeLog } from './subject.js';
import {
  getDefaults,
  holdJob,
  listJobs,
  readEvents,
  releaseJob,
  requeueJob,
  sendScript,
} from '../fakes/backendCalls.js';

const hasExit = (job: Job): boolean => job.exit !== undefined;
const isRunning = ({ state }: Job): boolean => state.kind === 'running';

describe('Slurm: the submission matches the script of the user', () => {
  let slurm: Cluster;
  let folder: string;
  let ends: (() => void | Promise<void>)[];
  before(async function () {
    this.timeout(180_000);
    slurm = await cluster('accounting');
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bj-submission-'));
    ends = [];
  });
  afterEach(async () => {
    for (const end of ends) await end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  interface Differences {
    readonly env?: NodeJS.ProcessEnv;
    readonly bin?: string;
    readonly root?: string;
    readonly of?: Cluster;
  }
  /** A window; all of a test share the stored state. */
  const connect = ({ env = {}, bin = '', root = 'jobs', of = slurm }: Differences = {}): Backend => {
    const backend = slurmBackend({
      connection: { id: 'slurm', kind: 'slurm', title: 'Slurm', settings: {} },
      host: createLocalHost('this machine', { ...of.env, ...env }),
      bin,
      root: join(folder, root),
      folder: join(folder, 'notes'),
      keepDays: () => 30,
      historyDays: () => 7,
      clock,
      log: quietLog,
    });
    ends.push(() => backend.dispose?.());
    return backend;
  };
  /** A program in place of sbatch, which finds the real one as `sbatch`. */
  const wrapping = async (text: string): Promise<string> => {
    const bin = join(folder, 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'sbatch'), `#!/bin/sh\nPATH="\${PATH#*:}"\n${text}`, { mode: 0o755 });
    return bin;
  };
  const folders = (): readonly string[] => readdirSync(join(folder, 'jobs'));
  const textOf = async (backend: Backend, id: string): Promise<readonly string[]> =>
    linesOf(await wholeLog(backend, id as Parameters<typeof wholeLog>[1]));

  for (const [what, script, env] of [
    ['its script', sh('#SBATCH --wait -n 1\necho in; sleep 4; exit 3\n'), {}],
    ['its script with short options', sh('#SBATCH -n1 -W\necho in; sleep 4; exit 3\n'), {}],
    ['the environment', sh('echo in; sleep 4; exit 3\n'), { SBATCH_WAIT: '1' }],
  ] as const)
    it(`a job that ${what} makes wait for its end: the submission does not wait, and nothing is lost`, async function () {
      this.timeout(60_000);
      const backend = connect({ env });
      const began = Date.now();
      const id = await submit(backend, script);
      assert.ok(Date.now() - began < 3_000, `${Date.now() - began} ms`);
      assert.ok(isActive((await statesUntil(backend, id, isRunning)).job));
      assert.deepEqual((await statesUntil(backend, id, hasExit)).job.exit, { code: 3 });
      assert.deepEqual(await textOf(backend, id), ['in']);
      assert.equal(folders().length, 1);
    });

  for (const code of [1, 4, 255])
    it(`a site's sbatch that submits and then fails with ${code}: the job exists, with its folder`, async function () {
      this.timeout(60_000);
      const backend = connect({
        bin: await wrapping(`sbatch "$@"\necho "cannot report" >&2\nexit ${code}\n`),
      });
      const id = await submit(backend, sh('echo kept\nexit 5\n'));
      assert.deepEqual((await statesUntil(backend, id, hasExit)).job.exit, { code: 5 });
      assert.deepEqual(await textOf(backend, id), ['kept']);
    });

  it('a site’s sbatch that submits, swallows the response and fails: the job is found by its folder', async function () {
    this.timeout(60_000);
    const backend = connect({ bin: await wrapping('sbatch "$@" > /dev/null\nexit 9\n') });
    const id = await submit(backend, sh('exit 6\n'));
    assert.deepEqual((await statesUntil(backend, id, hasExit)).job.exit, { code: 6 });
  });

  it('a rejection leaves nothing', async () => {
    const backend = connect();
    assert.match(await sentenceOf(submit(backend, sh('#SBATCH -p nope\ntrue\n'))), /Invalid partition/);
    assert.match(await sentenceOf(submit(backend, sh('#SBATCH --tyme=5\ntrue\n'))), /unrecognized option/);
    assert.deepEqual(folders(), []);
  });

  it("another cluster is rejected before anything is sent; the connection's own cluster is accepted by name", async function () {
    this.timeout(60_000);
    const backend = connect();
    for (const line of ['--clusters=other', '-Mother', '-M all'])
      assert.match(
        await sentenceOf(submit(backend, sh(`#SBATCH ${line}\ntrue\n`))),
        /to a cluster that Slurm does not show/,
      );
    const site = connect({ env: { SLURM_CLUSTERS: 'other' } });
    assert.match(await sentenceOf(submit(site, sh('true\n'))), /^SLURM_CLUSTERS=other sends/);
    assert.deepEqual(folders(), []);
    const id = await submit(backend, sh('#SBATCH -M ci\ntrue\n'));
    assert.deepEqual((await statesUntil(backend, id, hasExit)).job.exit, { code: 0 });
  });

  it('a job of another cluster is never confused with the one with the same ID here', async function () {
    this.timeout(60_000);
    const plain = connect();
    const here = await submit(plain, sh('sleep 20\n'));
    const other = connect({ bin: await wrapping(`echo "${here};other"\n`) });
    assert.match(await sentenceOf(submit(other, sh('true\n'))), /to another cluster, other, where its ID is/);
    const job = await listed(plain, here);
    assert.ok(job && isActive(job), job?.state.word);
    await plain.control?.cancel?.(here, never);
  });

  it('a heterogeneous job is one job, with its log, held, released, and cancelled as a whole', async function () {
    this.timeout(60_000);
    const backend = connect();
    const script = sh(
      '#SBATCH -n1 -t5\n#SBATCH hetjob\n#SBATCH -n2 -t5\necho "het $SLURM_JOB_ID"\nsleep 30\n',
    );
    const id = await submit(backend, script, { options: { extra: '--hold' } });
    const states = async (): Promise<readonly string[]> =>
      (await slurm.run(['squeue', '-h', '-t', 'all', '-o', '%T', '-j', id])).stdout.trim().split('\n');
    assert.equal((await listed(backend, id))?.isHeld, true);
    await releaseJob(backend, id, never);
    const { job } = await statesUntil(backend, id, isRunning);
    assert.deepEqual([job.id, job.parent], [id, undefined]);
    assert.equal(
      (await listJobs(backend, 1000, never)).jobs.filter(({ id: one }) => one.startsWith(id)).length,
      1,
    );
    const soFar = async (): Promise<readonly string[]> => {
      const lines: string[] = [];
      for await (const event of readEvents(backend, id, { at: 'start' }, false, never))
        if (event.kind === 'line') lines.push(event.text);
      return lines;
    };
    await soon(async () => (await soFar()).includes(`het ${id}`), 'no log', 10_000);
    await backend.control?.cancel?.(id, never);
    const ended = await statesUntil(backend, id, (one) => !isActive(one));
    assert.equal(ended.job.state.kind === 'ended' && ended.job.state.outcome, 'stopped');
    assert.deepEqual(await textOf(backend, id).then((lines) => lines.slice(0, 1)), [`het ${id}`]);
    assert.deepEqual([...new Set(await states())], ['CANCELLED']);
  });

  it('an ID that the cluster has reused is another job, which is left alone', async function () {
    this.timeout(90_000);
    // A cluster that soon reaches its last ID.
    const numbers = ['FirstJobId=5', 'MaxJobId=8'];
    const small = await startSlurm({ accounting: false, users: ['root'], minJobAge: 2, more: numbers });
    ends.push(() => small.down());
    const backend = connect({ of: small });
    const run = async (argv: readonly string[]): Promise<string> => (await small.run(argv)).stdout.trim();
    const inQueue = (id: string): Promise<string> => run(['squeue', '-h', '-t', 'all', '-o', '%i', '-j', id]);
    const id = await submit(backend, sh('true\n'), { options: { extra: '--hold' } });
    assert.equal((await listed(backend, id))?.state.kind, 'queued');
    await run(['scancel', id]);
    await soon(async () => (await inQueue(id)) === '', 'it is not purged', 40_000);
    const quick = ['sbatch', '--parsable', '--output=/dev/null', '--wrap=true'];
    for (let turn = 0; turn < 20 && (await run([...quick, '--hold'])) !== id; turn++)
      await run(['scancel', '--me']);
    assert.equal(await inQueue(id), id, 'the ID is not reused');
    const cancel = (_: Backend, job: JobId): Promise<void> =>
      backend.control?.cancel?.(job, never) ?? Promise.resolve();
    for (const doing of [cancel, holdJob, releaseJob, requeueJob])
      assert.match(await sentenceOf(doing(backend, id, never)), /now belongs to another job, wrap/);
    const state = (): Promise<string> => run(['squeue', '-h', '-t', 'all', '-o', '%T %r', '-j', id]);
    assert.equal(await state(), 'PENDING JobHeldUser');
    // Once the list shows it, the new job is the intended one.
    assert.equal((await listed(backend, id))?.name, 'wrap');
    await backend.control?.cancel?.(id, never);
    assert.match(await state(), /CANCELLED/);
  });

  it('a log that the script redirects is found by another window after the controller has purged the job', async function () {
    this.timeout(90_000);
    await setMinJobAge(slurm, 2);
    try {
      const first = connect();
      const lines = '#SBATCH -J own --output=logs/%x-%j-100%%.out --error=errors/%u/%j.err\n';
      const id = await submit(first, sh(`${lines}echo out\necho err >&2\n`));
      await statesUntil(first, id, hasExit);
      first.dispose?.();
      const inQueue = async (): Promise<string> =>
        (await slurm.run(['squeue', '-h', '-t', 'all', '-o', '%i'])).stdout;
      await soon(async () => !(await inQueue()).split('\n').includes(id), 'it is not purged', 40_000);
      const later = connect();
      await statesUntil(later, id, hasExit, 30_000);
      assert.deepEqual((await textOf(later, id)).toSorted(), ['err', 'out']);
      const [job = ''] = folders();
      assert.ok(existsSync(join(folder, 'jobs', job, `work/logs/own-${id}-100%.out`)));
    } finally {
      await setMinJobAge(slurm, 300);
    }
  });

  it('a job folder can have any name', async function () {
    this.timeout(60_000);
    for (const root of ['100%j %%', "it's", 'back\\slash']) {
      const backend = connect({ root });
      const id = await submit(backend, sh('echo hi\n'));
      await statesUntil(backend, id, hasExit);
      assert.deepEqual(await textOf(backend, id), ['hi'], root);
    }
  });

  it('directives in the script apply, and environment settings take precedence over them', async function () {
    this.timeout(60_000);
    const script = sh('#SBATCH --job-name=own --time=20 --output=%x.txt\necho hi\n');
    const backend = connect();
    // The name of the script is the one the wizard shows.
    const id = await sendScript(backend, script, request(script.name), never);
    const { job } = await statesUntil(backend, id, hasExit);
    assert.deepEqual([job.name, job.limitMs], ['own', 1_200_000]);
    assert.deepEqual(await textOf(backend, id), ['hi']);
    const named = await submit(backend, script, { name: 'mine' });
    assert.equal((await statesUntil(backend, named, hasExit)).job.name, 'mine');
    assert.deepEqual(await textOf(backend, named), ['hi']);

    const env = {
      SBATCH_TIMELIMIT: '7',
      SBATCH_PARTITION: 'long',
      SBATCH_JOB_NAME: 'site',
      SBATCH_OUTPUT: 's%j',
    };
    const forms = {
      SQUEUE_FORMAT: '%i',
      SACCT_FORMAT: 'JobID',
      SQUEUE_STATES: 'PD',
      SLURM_TIME_FORMAT: 'relative',
    };
    const site = connect({ env: { ...env, ...forms } });
    const work = { kind: 'script', script } as const;
    const defaults = await getDefaults(backend, work, request(script.name), never);
    assert.deepEqual(defaults['limit'], { value: '20 min', source: 'from the script' });
    const its = await getDefaults(site, work, request(script.name), never);
    assert.deepEqual(
      ['limit', 'partition', 'name'].map((name) => its[name]?.source),
      ['from SBATCH_TIMELIMIT', 'from SBATCH_PARTITION', 'from SBATCH_JOB_NAME'],
    );
    const other = await sendScript(site, script, request(script.name), never);
    assert.ok(other);
    const { job: told } = await statesUntil(site, other, hasExit);
    assert.deepEqual([told.name, told.limitMs], ['site', 420_000]);
    assert.ok(told.resources.some(({ value }) => value === 'long'));
    assert.deepEqual(await textOf(site, other), ['hi']);
  });

  it("a site's message when it accepts a job is shown", async () => {
    const backend = connect({ bin: await wrapping('echo "sbatch: 3 h left" >&2\nexec sbatch "$@"\n') });
    const id = await submit(backend, sh('true\n'));
    assert.equal(backend.submit?.getNotice?.(id), '3 h left');
  });
});

describe('Slurm over SSH: the profile of a site', () => {
  it('applies where it sets options, and never breaks parsing', async function () {
    this.timeout(240_000);
    const slurm = await cluster('accounting');
    const ssh = await sshServer(slurm);
    const profile = join(ssh.home, '.bashrc');
    const choosing = ['SBATCH_TIMELIMIT=7', 'SBATCH_PARTITION=long', 'SBATCH_WAIT=1'];
    const forms = ['SQUEUE_FORMAT=%i', 'SQUEUE_STATES=PD', 'SACCT_FORMAT=JobID', 'SINFO_FORMAT=%P'];
    const more = [
      'SLURM_TIME_FORMAT=relative',
      'SLURM_BITSTR_LEN=4',
      'SCANCEL_STATE=PENDING',
      'SBATCH_DEBUG=3',
    ];
    const lines = [...choosing, ...forms, ...more].map((line) => `export ${line}\n`);
    await writeFile(profile, lines.join(''));
    const { backend, end } = await placeOn(behindSsh(ssh), '~/.batch-jobs');
    try {
      const began = Date.now();
      const script = sh('#SBATCH --time=20\necho hi\nsleep 30\n');
      const id = await submit(backend, script);
      assert.ok(Date.now() - began < 20_000, 'it waited for the job');
      const { job } = await statesUntil(backend, id, isRunning);
      assert.deepEqual([job.limitMs, job.resources[0]?.value], [420_000, 'long']);
      const defaults = await getDefaults(backend, { kind: 'script', script }, request(script.name), never);
      assert.deepEqual(defaults['limit'], { value: '7 min', source: 'from SBATCH_TIMELIMIT' });
      // With SCANCEL_STATE it would stay running.
      await backend.control?.cancel?.(id, never);
      const ended = await statesUntil(backend, id, (one) => !isActive(one));
      assert.equal(ended.job.state.word, 'CANCELLED');
      assert.equal(backend.submit?.getNotice?.(id), undefined);
    } finally {
      await end();
      await rm(profile);
    }
  });
});
