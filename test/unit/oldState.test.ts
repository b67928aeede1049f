import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalBackend } from '../../src/backends/local/backend.js';
import { readProcessIdentity } from '../../src/backends/local/processIdentity.js';
import { removeExpiredJobs } from '../../src/backends/jobFacts/expiredJobs.js';
import { slurmBackend } from '../fakes/slurmBackend.js';
import { createJuliaHubJobStore } from '../../src/backends/juliahub/jobMetadata.js';
import { unpackTar } from '../../src/bundle/unpack.js';
import { createDraft, rememberDraft } from '../../src/commands/submissionDraft.js';
import type { Backend } from '../../src/core/domain/backend.js';
import { toJobId } from '../../src/core/domain/job.js';
import type { StateStore } from '../../src/core/domain/ports.js';
import { JobList } from '../../src/core/jobs/jobList.js';
import { parseRowId } from '../../src/core/presentation/rowIds.js';
import { createJobMetadataStore } from '../../src/store/jobMetadata/store.js';
import { createFileJobStore } from '../../src/store/jobStore.js';
import { createScratchFolders } from '../../src/store/scratchFolders.js';
import { quietLog, runnerProgram } from '../contract/local.js';
import { ended, linesOf, never, until, wholeLog } from '../contract/subject.js';
import { listFiles, listJobs } from '../fakes/backendCalls.js';
import { fakeClock } from '../fakes/clock.js';
import { backendOf, jobOf } from '../fakes/jobs.js';
import mementos from '../fixtures/state-0.1.0/mementos.json' with { type: 'json' };
import names from '../fixtures/state-0.1.0/names.json' with { type: 'json' };
import { problemOf } from './remote/doubles.js';
import { fakeHost, queueLine } from './backends/slurm/world.js';

const fixture = join(import.meta.dirname, '../fixtures/state-0.1.0/globalStorage');

/** State written by version 0.1.0: see `test/fixtures/state-0.1.0/README.md`. Each test has its own copy. */
let storage = '';
const copyState = async (): Promise<void> => {
  storage = await mkdtemp(join(tmpdir(), 'batch-jobs-old-'));
  await cp(fixture, storage, { recursive: true });
  // What the repository does not contain: empty folders and file modes.
  for (const queue of await readdir(join(storage, 'local')))
    for (const job of await readdir(join(storage, 'local', queue, 'jobs')))
      for (const folder of ['control', 'notes', 'results'])
        await mkdir(join(storage, 'local', queue, 'jobs', job, folder), { recursive: true });
  for (const path of await readdir(storage, { recursive: true })) {
    const about = await stat(join(storage, path));
    await chmod(join(storage, path), about.isDirectory() ? 0o700 : 0o600);
  }
};
function useCopy(): void {
  beforeEach(copyState);
  afterEach(() => rm(storage, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
}

const jobFile = (id: string, name: string): string => join(storage, 'local', 'local', 'jobs', id, name);

describe('local jobs of version 0.1.0', () => {
  useCopy();
  let runner: ChildProcess | undefined;
  beforeEach(async () => {
    // Acts as the runner of job 7, which outlived the update: it reads its requests from files.
    runner = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
    await once(runner, 'spawn');
    const state = JSON.parse(await readFile(jobFile('7', 'state.json'), 'utf8')) as object;
    const identity = readProcessIdentity(runner.pid ?? 0);
    assert.ok(identity);
    await writeFile(
      jobFile('7', 'state.json'),
      JSON.stringify({ ...state, runner: identity, main: undefined }),
    );
  });
  afterEach(() => stop());

  async function stop(): Promise<void> {
    if (!runner || runner.exitCode !== null || runner.signalCode !== null) return;
    runner.kill('SIGKILL');
    await once(runner, 'exit');
  }

  const windowOf = async (id = 'local', maxRunning = 1): Promise<Backend> =>
    createLocalBackend({
      connection: { id, kind: 'local', title: id, settings: {} },
      folder: join(storage, 'local', id),
      runner: { program: process.execPath, args: [await runnerProgram(), '--batch-jobs-runner'], env: {} },
      unpack: unpackTar,
      env: process.env,
      settings: () => ({ interpreters: {}, maxRunning, retention: { count: 0, days: 0 }, graceMs: 300 }),
      log: quietLog,
    });

  it('are listed in their states, with the reason, and none of them is malformed', async () => {
    const { jobs, malformed } = await listJobs(await windowOf(), 50, never);
    assert.deepEqual(
      jobs.map(({ id, name, state, reason }) => [id, name, state.word, reason]),
      [
        ['8', 'waits.sh', 'Queued', '1st in queue'],
        ['7', 'runs.sh', 'Running', undefined],
        ['5', 'project', 'Completed', undefined],
        ['4', 'limited.sh', 'TimeLimit', 'time limit of 1.0 s reached'],
        ['3', 'cancelled.sh', 'Stopped', 'cancelled'],
        ['2', 'fails.sh', 'Failed', 'exit 3'],
        ['1', 'results.py', 'Completed', undefined],
      ],
    );
    assert.deepEqual(malformed, []);
    const [, running] = jobs;
    assert.equal(running?.limitMs, 4_200_000);
    assert.deepEqual(jobs.find(({ id }) => id === '1')?.inputs, { SEED: '7' });
  });

  it('are listed for each connection, for any name', async () => {
    const { jobs } = await listJobs(await windowOf('other queue'), 50, never);
    assert.deepEqual(
      jobs.map(({ id, name }) => [id, name]),
      [['1', 'second.sh']],
    );
  });

  it('have their logs', async () => {
    const backend = await windowOf();
    const logs: readonly (readonly [string, readonly string[]])[] = [
      ['1', ['lr=0.1 seed=7', 'a warning']],
      ['2', ['about to fail']],
      ['3', ['begun']],
      ['4', ['begun']],
      ['5', ['from the bundle']],
    ];
    for (const [id, lines] of logs)
      assert.deepEqual(linesOf(await wholeLog(backend, toJobId(id))), lines, id);
  });

  it('have their results, files and scripts', async () => {
    const backend = await windowOf();
    const job = await backend.jobs.get(toJobId('1'), never);
    assert.equal(job?.results, '{"loss": 0.25}');
    const files = await listFiles(backend, toJobId('1'), never);
    const result = files.find(({ kind }) => kind === 'result');
    assert.deepEqual([result?.name, result?.bytes], ['answer.txt', 3]);
    assert.match((await backend.files?.script?.(toJobId('5'), never))?.text ?? '', /cat data\/note\.txt/);
  });

  it('are cancelled: the runner reads the request from a file, and a waiting job finishes immediately', async () => {
    const backend = await windowOf();
    await backend.control?.cancel?.(toJobId('7'), never);
    assert.ok((await stat(jobFile('7', 'control/cancel'))).isFile());
    await backend.control?.cancel?.(toJobId('8'), never);
    assert.equal((await backend.jobs.get(toJobId('8'), never))?.state.word, 'Cancelled');
  });

  it('are extended by the file that the runner reads', async () => {
    await (await windowOf()).control?.extend?.(toJobId('7'), 600_000, never);
    assert.equal(await readFile(jobFile('7', 'control/limit'), 'utf8'), '4800000');
  });

  it('are deleted, and no others', async () => {
    const backend = await windowOf();
    await backend.control?.delete?.(toJobId('2'), never);
    const { jobs } = await listJobs(backend, 50, never);
    assert.deepEqual(
      jobs.map(({ id }) => id),
      ['8', '7', '5', '4', '3', '1'],
    );
    await assert.rejects(stat(jobFile('2', 'job.json')), { code: 'ENOENT' });
  });

  it('are resubmitted with their original submission, under a number that none of them had', async () => {
    const backend = await windowOf();
    const id = await backend.submit?.again?.(toJobId('1'), never);
    assert.equal(id, '9');
    const record = JSON.parse(await readFile(jobFile('9', 'job.json'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual([record['args'], record['env']], [['0.1'], { SEED: '7' }]);
    await backend.control?.cancel?.(toJobId('9'), never);
    await backend.control?.cancel?.(toJobId('8'), never);
  });

  it('continue in order: a waiting job starts when the previous one has finished, as submitted', async () => {
    await stop();
    const subject = { backend: await windowOf(), patienceMs: 15_000 };
    const lost = await until(subject, toJobId('7'), ({ state }) => state.kind === 'ended');
    assert.equal(lost.state.word, 'Lost');
    await ended(subject, toJobId('8'));
    assert.deepEqual(linesOf(await wholeLog(subject.backend, toJobId('8'))), ['at last']);
  });

  it('are removed without a prompt within the limits that the user agreed to', async () => {
    const removed: string[] = [];
    await removeExpiredJobs([{ id: '1', name: 'results.py', hasUnseenResults: false }], {
      folder: join(storage, 'local', 'local', 'retention'),
      ...{ place: 'Local', settings: [], bounds: { count: 200, days: 60 }, nowMs: Date.now(), log: quietLog },
      ask: () => Promise.reject(new Error('asked')),
      remove: ({ id }) => Promise.resolve(void removed.push(id)),
      keep: () => Promise.resolve(),
    });
    assert.deepEqual(removed, ['1']);
  });
});

describe('cluster jobs of version 0.1.0', () => {
  useCopy();
  const ours = (id: string, name: string, submitted = '2026-03-05T12:00:00'): string => {
    const folder = `/home/ada/.batch-jobs/20260305-1200${id}-0123abcd`;
    return queueLine({
      A: id,
      j: name,
      T: 'COMPLETED',
      V: submitted,
      Z: `${folder}/work`,
      o: `${folder}/job.sh`,
    });
  };
  const cluster = (...queue: readonly string[]) => {
    const host = fakeHost(([program = '', , script = '']) => {
      if (program === 'sbatch') return { output: '90\n' };
      if (program === 'squeue') return { output: queue.join('') };
      if (program === 'sacct') return { code: 1, errors: 'Slurm accounting storage is disabled' };
      if (script.includes('id -un')) return { output: 'ada\n' };
      // One file was written to the job's folder.
      if (script.includes('find . -type f ! -newermt')) return { output: '1\n' };
      return script.includes('mkdir -- "$d"') ? { output: '/r/20260305-120090-0123abcd\n' } : undefined;
    });
    const backend = slurmBackend({
      connection: { id: 'hpc', kind: 'slurm', title: 'Cluster', settings: { host: 'hpc' } },
      ...{ host, bin: '', root: '/home/ada/.batch-jobs', folder: join(storage, 'slurm', 'hpc') },
      ...{ keepDays: () => 0, historyDays: () => 7, clock: fakeClock(), log: quietLog },
    });
    return { host, backend };
  };
  const all = [ours('77', 'fit.sh'), ours('78', 'secret.sh'), ours('79', 'deleted.sh')];

  it('have the name of their script and their variables; the deleted one is not shown', async () => {
    const { backend } = cluster(...all);
    const { jobs } = await listJobs(backend, 50, never);
    assert.deepEqual(jobs.map(({ id, script, inputs }) => [id, script, inputs]).sort(), [
      ['77', 'fit.sh', { SEED: '7' }],
      ['78', 'secret.sh', {}],
    ]);
    backend.dispose?.();
  });

  it('have their old metadata in the metadata store after a listing, where no number of jobs drops it', async () => {
    const { backend } = cluster(...all);
    await listJobs(backend, 50, never);
    backend.dispose?.();
    const metadata = createJobMetadataStore(join(storage, 'slurm', 'hpc'), quietLog);
    const fit = await metadata.get({ job: '77', submitted: new Date('2026-03-05T12:00:00Z') });
    assert.deepEqual(fit?.request, {
      ...{ args: ['0.1', 'two words'], env: { SEED: '7' }, limitMs: 600_000 },
      options: { partition: 'debug', memory: '2G' },
    });
    assert.equal(fit.facts?.['folder'], '/home/ada/.batch-jobs/20260305-120077-0123abcd');
    assert.equal((await metadata.get({ job: '79' }))?.facts?.['removed'], 1_772_712_000_000);
  });

  it('are resubmitted with their original submission', async () => {
    const { backend, host } = cluster(...all);
    assert.equal(await backend.submit?.again?.(toJobId('77'), never), '90');
    const sent = host.asked.find(({ argv }) => argv[0] === 'sbatch');
    assert.ok(sent);
    for (const word of ['0.1', 'two words', '--partition=debug', '--mem=2G'])
      assert.ok(sent.argv.includes(word), `${word} in ${sent.argv.join(' ')}`);
    const refused = await problemOf(backend.submit?.again?.(toJobId('78'), never) ?? Promise.resolve());
    assert.match(JSON.stringify(refused), /looks like a secret/);
    backend.dispose?.();
  });

  it('are distinguished from a later job with the same number', async () => {
    const later = queueLine({ A: '79', j: 'deleted.sh', T: 'COMPLETED', V: '2026-04-01T00:00:00' });
    const { backend } = cluster(later);
    assert.deepEqual(
      (await listJobs(backend, 50, never)).jobs.map(({ id }) => id),
      ['79'],
    );
    backend.dispose?.();
  });
});

describe('other state of version 0.1.0', () => {
  useCopy();
  it('adds what the server does not return to JuliaHub jobs', async () => {
    const folder = join(storage, 'juliahub', 'hub');
    const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    const job = jobOf({ id: file.replace('.json', '') });
    const { script, limitMs, cost, resources } = await createJuliaHubJobStore(folder, quietLog).addDetails(
      job,
    );
    assert.deepEqual([script, limitMs, cost], ['fit.jl', 3_600_000, 'at most $0.17']);
    assert.deepEqual(resources, [{ label: 'Node', value: 'm6 · 2 vCPU, 8 GB' }]);
  });

  it('shows the cached jobs of each connection before it responds', async () => {
    const known = { local: 7, 'other queue': 1, hpc: 2, hub: 1 };
    const store = createFileJobStore(storage, quietLog);
    const list = new JobList({ store, clock: fakeClock(), log: quietLog });
    const never = (): Promise<never> => new Promise(() => undefined);
    list.setBackends(
      Object.keys(known).map((id) =>
        backendOf({ connection: { id, kind: 'local', title: id, settings: {} }, list: never }),
      ),
    );
    const counts = (): Readonly<Record<string, number>> =>
      Object.fromEntries(list.connections().map(({ backend, jobs }) => [backend.connection.id, jobs.length]));
    const giveUp = Date.now() + 5_000;
    while (Object.values(counts()).includes(0) && Date.now() < giveUp)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(counts(), known);
    list.dispose();
  });

  it('does not announce an end a second time', async () => {
    const store = createFileJobStore(storage, quietLog);
    assert.equal(await store.claim('end:local/1'), false);
    assert.equal(await store.claim('end:local/2'), true);
    // Old claims are searched next to it.
    await new Promise((resolve) => setTimeout(resolve, 50));
  });

  it('opens the copy of a job file at its old path', async () => {
    const folder = await createScratchFolders(join(storage, 'opened'))('local/1/result/answer.txt');
    assert.equal(await readFile(join(folder, 'answer.txt'), 'utf8'), '42\n');
  });

  it('finds the job of a log that is still open in a tab', () => {
    assert.deepEqual(parseRowId('local/1'), { connection: 'local', job: '1' });
    assert.deepEqual(parseRowId('hpc/a%2Fb%25c/result/x'), {
      connection: 'hpc',
      job: 'a/b%c',
      part: 'result/x',
    });
  });

  it('starts a submission with the last answers, and stores them under the same keys', async () => {
    const kept = new Map<string, unknown>(Object.entries(mementos));
    const memory: StateStore = {
      get: (key) => kept.get(key),
      set: (key, value) => Promise.resolve(void kept.set(key, value)),
    };
    const able = (id: string): Backend =>
      backendOf({
        connection: { id, kind: 'local', title: id, settings: {} },
        capabilities: { kinds: ['script'], args: true, env: true, timeLimit: { isOptional: true } },
        send: () => Promise.resolve(toJobId('1')),
      });
    const draft = createDraft(
      [able('a'), able('local')],
      'script',
      'file:///home/ada/fit.sh',
      'fit.sh',
      memory,
    );
    assert.ok(draft);
    const { backend, args, env, limitMs, entry } = draft;
    assert.deepEqual(
      [backend.connection.id, args, env, limitMs, entry],
      ['local', ['0.1'], { SEED: '7' }, 60_000, 'main.sh'],
    );
    await rememberDraft(memory, 'file:///home/ada/fit.sh', draft, 'script');
    assert.deepEqual([...kept.keys()].sort(), Object.keys(mementos).sort());
    for (const key of kept.keys())
      assert.ok(
        names.mementoKeys.some((name) => key.startsWith(name)),
        key,
      );
  });
});
