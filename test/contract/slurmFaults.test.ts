import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isActive, type Job, type JobId } from '../../src/core/domain/job.js';
import { cluster, type Cluster } from '../engines/cluster.js';
import { until as soon } from '../engines/daemons.mjs';
import {
  listed,
  sentenceOf,
  setMinJobAge,
  sh,
  statesUntil,
  watched,
  type Watched,
  type WatchedOptions,
} from './slurmFaults.js';
import { linesOf, never, request, submit, wholeLog } from './subject.js';
import { holdJob, listJobs, readEvents, sendScript } from '../fakes/backendCalls.js';

const isOver = (job: Job): boolean => !isActive(job);
const hasExit = (job: Job): boolean => job.exit !== undefined;
const count = (all: readonly string[], program: string): number =>
  all.filter((line) => line.startsWith(`${program} `)).length;

describe('Slurm: when parts of it are down', () => {
  let slurm: Cluster;
  let ends: (() => Promise<void>)[];
  /** Restarts what a test has stopped and not yet restarted. */
  let restart: (() => Promise<void>) | undefined;
  before(async function () {
    this.timeout(180_000);
    slurm = await cluster('accounting');
  });
  beforeEach(() => {
    ends = [];
  });
  afterEach(async () => {
    await restart?.();
    restart = undefined;
    for (const end of ends) await end();
  });
  const connected = async (options?: WatchedOptions, of = slurm): Promise<Watched> => {
    const made = await watched(of.env, options);
    ends.push(made.end);
    return made;
  };
  const isOffline =
    /^Slurm could not be reached: .*(slurm controller|Munge|authentication|Unexpected message)/i;

  it('the controller: an unreachable queue is not an empty list, the log continues, the end is reported once', async function () {
    this.timeout(60_000);
    const to = await connected();
    const { backend } = to;
    const waiting = await submit(backend, sh('true\n'), { options: { extra: '--hold' } });
    const id = await submit(backend, sh('for ((i = 1; i <= 60; i++)); do echo "line $i"; sleep 0.1; done\n'));
    await statesUntil(backend, id, ({ state }) => state.kind === 'running');
    await soon(() => to.folders().length === 2, 'no folders');
    let heard = 0;
    const log = (async () => {
      for await (const event of readEvents(backend, id, { at: 'start' }, true, never))
        if (event.kind === 'line') heard++;
    })();
    const following = log.then(
      () => 'ended',
      () => 'failed',
    );
    await slurm.stopDaemon('slurmctld');
    restart = () => slurm.startDaemon('slurmctld');
    const before = to.ran().length;
    const heardBefore = heard;
    const cancel = backend.control?.cancel;
    assert.ok(cancel);
    const sentences = await Promise.all([
      sentenceOf(listJobs(backend, 20, never)),
      sentenceOf(sendScript(backend, sh('true\n'), request('not'), never)),
      sentenceOf(cancel(waiting, never)),
      sentenceOf(holdJob(backend, waiting, never)),
    ]);
    for (const sentence of sentences) assert.match(sentence, isOffline);
    assert.equal(count(to.ran().slice(before), 'sbatch'), 1, 'it is not retried');
    assert.equal(to.folders().length, 2, 'its folder is deleted');
    assert.ok(heard > heardBefore, 'the log continued meanwhile');
    await restart();
    restart = undefined;

    const { words, job } = await statesUntil(backend, id, hasExit, 30_000);
    assert.equal(words.filter((word) => word === 'COMPLETED').length, 1, words.join());
    assert.deepEqual(job.exit, { code: 0 });
    assert.equal((await listed(backend, waiting))?.state.word, 'PENDING');
    for (let turn = 0; turn < 5; turn++)
      assert.equal((await listed(backend, id))?.state.word, 'COMPLETED', 'it finished once');
    await following;
    assert.equal(linesOf(await wholeLog(backend, id)).length, 60);
    await cancel(waiting, never);
  });

  it('munge: a failure with its message, and normal operation when it is back', async function () {
    this.timeout(60_000);
    const { backend } = await connected();
    const id = await submit(backend, sh('true\n'), { options: { extra: '--hold' } });
    const socket = join(slurm.dir, 'sock/munge.socket');
    renameSync(socket, `${socket}.away`);
    try {
      assert.match(await sentenceOf(listJobs(backend, 20, never)), isOffline);
    } finally {
      renameSync(`${socket}.away`, socket);
    }
    assert.equal((await listed(backend, id))?.state.word, 'PENDING');
    await backend.control?.cancel?.(id, never);
  });

  it('a slow accounting: lists stay fast, and outcomes are known when it responds', async function () {
    this.timeout(90_000);
    const { backend, noted } = await connected();
    await setMinJobAge(slurm, 2);
    const { pid } = slurm.daemon('slurmdbd');
    let id: JobId;
    try {
      id = await submit(backend, sh('sleep 1\nexit 3\n'));
      await statesUntil(backend, id, ({ state }) => state.kind === 'running');
      process.kill(pid, 'SIGSTOP');
      // Long enough for the job to finish and for the controller to purge it.
      let slowest = 0;
      for (const end = Date.now() + 30_000; Date.now() < end;) {
        const began = performance.now();
        await listJobs(backend, 20, never);
        slowest = Math.max(slowest, performance.now() - began);
        await sleep(250);
      }
      assert.ok(slowest < 1_000, `${slowest} ms`);
    } finally {
      process.kill(pid, 'SIGCONT');
      await setMinJobAge(slurm, 300);
    }
    const { job } = await statesUntil(backend, id, hasExit, 20_000);
    assert.deepEqual(job.exit, { code: 3 });
    assert.equal(job.reason, 'exit code 3');
    assert.deepEqual(noted(), []);
  });

  it('no accounting for a while: the queue reports how a job finished, and the reason is logged', async function () {
    this.timeout(60_000);
    const { backend, noted, ran } = await connected();
    await slurm.stopDaemon('slurmdbd');
    try {
      const id = await submit(backend, sh('sleep 0.5\nexit 4\n'));
      const { job } = await statesUntil(backend, id, hasExit, 30_000);
      assert.deepEqual(job.exit, { code: 4 });
      assert.match(noted().join('\n'), /^no history of Slurm: /);
      assert.ok(ran().some((line) => line.startsWith('squeue ') && line.includes(`--jobs=${id} `)));
    } finally {
      await slurm.startDaemon('slurmdbd');
    }
  });

  it('any text is returned exactly, while the job waits and after it finished', async () => {
    const { backend } = await connected();
    const name = `a|b "c" 'd' é 日本 😀 \u001b[31mred\u001b[0m \\ $(touch x) %j`;
    const id = await submit(backend, sh('true\n'), { name, options: { extra: '--hold' } });
    const comment = 'x|y\nz "q" \u001b[1m ü';
    await slurm.run(['scontrol', 'update', `JobId=${id}`, `Comment=${comment}`]);
    const other = await slurm.run(
      ['sbatch', '--parsable', '--hold', '--output=/dev/null', '--chdir=/tmp', '--job-name=two\nlines|x'],
      '#!/bin/sh\n',
    );
    const otherId = other.stdout.trim();
    const check = async (): Promise<void> => {
      const { malformed } = await listJobs(backend, 20, never);
      assert.deepEqual(malformed, []);
      assert.equal((await listed(backend, id))?.name, name);
      assert.equal((await listed(backend, otherId))?.name, 'two\nlines|x');
    };
    await check();
    const raw = (await listed(backend, id))?.raw as { readonly comment?: string };
    assert.equal(raw.comment, comment);
    for (const one of [id, otherId]) await slurm.run(['scontrol', 'release', one]);
    await statesUntil(backend, id, isOver);
    await statesUntil(backend, otherId, hasExit);
    await check();
  });

  it('a job that the controller has purged: the accounting reports its outcome', async function () {
    this.timeout(60_000);
    const { backend } = await connected();
    await setMinJobAge(slurm, 2);
    try {
      const id = await submit(backend, sh('sleep 0.5\nexit 5\n'));
      await statesUntil(backend, id, ({ state }) => state.kind === 'running');
      const inQueue = async (): Promise<string> =>
        (await slurm.run(['squeue', '-h', '-t', 'all', '-o', '%i'])).stdout;
      await soon(async () => !(await inQueue()).split('\n').includes(id), 'it is not purged', 20_000);
      const { job } = await statesUntil(backend, id, hasExit);
      assert.deepEqual(job.exit, { code: 5 });
      const anew = await connected();
      assert.deepEqual((await statesUntil(anew.backend, id, isOver)).job.exit, { code: 5 });
    } finally {
      await setMinJobAge(slurm, 300);
    }
  });

  it('a job that was purged everywhere: its outcome is kept where it was seen, otherwise it is unknown', async function () {
    this.timeout(90_000);
    const plain = await cluster('plain');
    const { backend } = await connected({}, plain);
    await setMinJobAge(plain, 2);
    try {
      const seen = await submit(backend, sh('sleep 0.5\nexit 6\n'));
      assert.deepEqual((await statesUntil(backend, seen, hasExit)).job.exit, { code: 6 });
      const unseen = await submit(backend, sh('sleep 1\nexit 7\n'));
      await statesUntil(backend, unseen, ({ state }) => state.kind === 'running');
      const inQueue = async (): Promise<string> =>
        (await plain.run(['squeue', '-h', '-t', 'all', '-o', '%i'])).stdout;
      await soon(async () => (await inQueue()) === '', 'they are not purged', 20_000);
      const { job } = await statesUntil(backend, unseen, isOver);
      assert.deepEqual([job.state.word, job.reason], ['unknown', 'exit status unknown']);
      assert.deepEqual((await listed(backend, seen))?.exit, { code: 6 });
    } finally {
      await setMinJobAge(plain, 300);
    }
  });

  for (const [what, isHeard] of [
    ['was created: it is found by its folder', true],
    ['was not created: its state is unknown, and its files stay', false],
  ] as const)
    it(`a controller that receives the request of sbatch but does not respond, where a job ${what}`, async () => {
      const bin = await mkdtemp(join(tmpdir(), 'bj-bin-'));
      const real = isHeard ? 'PATH="${PATH#*:}"; sbatch "$@" > /dev/null' : 'true';
      const words = 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation';
      const text = `#!/bin/sh\n${real}\necho "${words}" >&2\nexit 1\n`;
      await writeFile(join(bin, 'sbatch'), text, { mode: 0o755 });
      ends.push(() => rm(bin, { recursive: true }));
      const to = await connected({ bin });
      const submitted = submit(to.backend, sh('exit 8\n'));
      if (isHeard) {
        const id = await submitted;
        assert.deepEqual((await statesUntil(to.backend, id, hasExit)).job.exit, { code: 8 });
      } else {
        assert.match(await sentenceOf(submitted), /^No response from Slurm to the submission/);
        assert.equal(to.folders().length, 1);
      }
      assert.equal(count(to.ran(), 'sbatch'), 1);
    });
});
