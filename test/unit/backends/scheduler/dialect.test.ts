import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { createSchedulerBackend } from '../../../../src/backends/scheduler/backend.js';
import type { Backend } from '../../../../src/core/domain/backend.js';
import type { JobRequest } from '../../../../src/core/domain/jobSpec.js';
import { listFiles, listJobs, readEvents, sendScript } from '../../../fakes/backendCalls.js';
import type { Job } from '../../../../src/core/domain/job.js';
import type { LogEvent } from '../../../../src/core/domain/log.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import type { Host } from '../../../../src/remote/host.js';
import { systemClock } from '../../../../src/lib/node/systemClock.js';
import { inTemp, keptLog, never, problemOf, remote, until } from '../../remote/doubles.js';
import { atDialect } from './atDialect.js';

/** The programs of `at`, with a folder as their queue. A job waits until the test runs it. */
const programs = {
  at: `#!/bin/sh
cd "$AT_SPOOL" || exit 1
[ "$1" != -c ] || { [ -f "$2" ] || { echo "Cannot find jobid $2" >&2; exit 1; }; exec cat "$2"; }
[ ! -f refusal ] || { cat refusal >&2; exit 1; }
id=$(( $(cat next) + 1 )); echo $id > next
{ printf '#!/bin/sh\\n# atrun uid=0 gid=0\\ncd /home/ada || exit 1\\n'; cat; } > $id
echo 'warning: commands will be executed using /bin/sh' >&2
echo "job $id at Tue Dec  1 00:30:00 2026" >&2
`,
  atq: `#!/bin/sh
cd "$AT_SPOOL" || exit 1
for id in [0-9]*; do
  [ -f "$id" ] || continue
  queue=a; [ ! -f "running.$id" ] || queue==
  printf '%s\\tTue Dec  1 00:30:00 2026 %s ada\\n' "$id" "$queue"
done
`,
  atrm: `#!/bin/sh
cd "$AT_SPOOL" && rm -- "$1" 2> /dev/null || { echo "Cannot find jobid $1" >&2; exit 1; }
`,
};

interface World {
  readonly backend: Backend;
  readonly spool: string;
  readonly root: string;
  /** True: the output of `at` is lost. */
  losesAnswers: boolean;
  /** Runs a waiting job until it finishes, as the daemon does. */
  readonly run: (id: string) => Promise<void>;
  /** The same, but the job does not finish. */
  readonly start: (id: string) => { readonly ended: Promise<unknown> };
  /** Another window, or the same one after a restart: it has not seen any job yet. */
  readonly another: () => Backend;
}

async function withAt(test: (world: World) => Promise<void>): Promise<void> {
  await inTemp(async (temp) => {
    const [spool, bin, root] = ['spool', 'bin', 'jobs'].map((name) => join(temp, name));
    assert.ok(spool !== undefined && bin !== undefined && root !== undefined);
    for (const folder of [spool, bin]) mkdirSync(folder);
    writeFileSync(join(spool, 'next'), '6');
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(bin, name), text);
      chmodSync(join(bin, name), 0o755);
    }
    const env = { ...process.env, PATH: [bin, process.env['PATH']].join(delimiter), AT_SPOOL: spool };
    const backends: Backend[] = [];
    const host: Host = lossy(remote(env), () => world.losesAnswers);
    const another = (): Backend => {
      const backend = createSchedulerBackend(
        {
          ...{
            host,
            root,
            bin: '',
            folder: join(temp, 'own'),
            clock: systemClock,
            log: keptLog().log,
          },
          connection: { id: 'at-1', kind: 'at', title: 'At', settings: {} },
          keepDays: () => 0,
          historyDays: () => 7,
        },
        atDialect,
      );
      backends.push(backend);
      return backend;
    };
    const start = (id: string): { readonly ended: Promise<unknown> } => {
      writeFileSync(join(spool, `running.${id}`), '');
      const text = readFileSync(join(spool, id), 'utf8').split('\n').at(3) ?? '';
      const child = spawn('sh', ['-c', text], { env, stdio: 'ignore' });
      return { ended: once(child, 'close') };
    };
    const run = async (id: string): Promise<void> => {
      await start(id).ended;
      await promisify(execFile)('rm', ['-f', join(spool, id), join(spool, `running.${id}`)]);
    };
    const world: World = { backend: another(), ...{ spool, root, run, start, another }, losesAnswers: false };
    try {
      await test(world);
    } finally {
      for (const backend of backends) backend.dispose?.();
    }
  });
}

const lossy = (host: Host, isLost: () => boolean): Host => ({
  ...host,
  start: async (command, signal) => {
    const running = await host.start(command, signal);
    if (command.argv[0] !== 'at' || command.argv[1] !== 'now' || !isLost()) return running;
    const end = running.end.then(() => {
      throw new JobError({ kind: 'offline', place: 'At', why: 'the line broke' });
    });
    end.catch(() => undefined);
    return { ...running, end };
  },
});

const request: JobRequest = { name: 'fit', args: ['a b', '7'], env: {}, options: {} };
const submit = (backend: Backend, text: string, name = 'fit.sh') =>
  sendScript(backend, { name, text }, request, never);

/** The job once it has finished. */
async function ended(backend: Backend, id: string): Promise<Job> {
  let job: Job | undefined;
  await until(async () => {
    job = (await listJobs(backend, 100, never)).jobs.find((one) => one.id === id);
    return job?.state.kind === 'ended';
  });
  return job ?? assert.fail('there is no such job');
}

async function linesOf(backend: Backend, id: Job['id'], follow = false): Promise<readonly string[]> {
  const lines: string[] = [];
  const add = (event: LogEvent): void => {
    if (event.kind === 'line') lines.push(event.text);
  };
  for await (const event of readEvents(backend, id, { at: 'start' }, follow, never)) add(event);
  return lines;
}

describe('a scheduler without accounting, names, holds and logs', () => {
  it('accepts a job once, and reports it while it waits and runs, and how it finished', () =>
    withAt(async ({ backend, run, spool }) => {
      const id = await submit(backend, '#!/bin/sh\necho "hello $1|$2"\npwd\nexit 3\n');
      assert.equal(id, '7');
      const [waiting] = (await listJobs(backend, 100, never)).jobs;
      assert.deepEqual(
        [waiting?.id, waiting?.name, waiting?.state.kind, waiting?.script],
        ['7', 'fit', 'queued', 'fit.sh'],
      );
      await run(id);
      const job = await ended(backend, id);
      assert.deepEqual(
        [job.name, job.state, job.exit, job.reason],
        ['fit', { kind: 'ended', word: 'FAILED', outcome: 'failed' }, { code: 3 }, 'exit code 3'],
      );
      assert.ok(job.started && job.ended && job.submitted);
      const lines = await linesOf(backend, id);
      assert.equal(lines[0], 'hello a b|7');
      assert.match(lines[1] ?? '', /\/work$/);
      assert.deepEqual(readdirSync(spool), ['next']);
    }));

  it('is not called again for another window: the record in the folder is enough', () =>
    withAt(async ({ backend, run, another }) => {
      const id = await submit(backend, '#!/usr/bin/env sh\necho done\n');
      await run(id);
      const job = await ended(another(), id);
      assert.deepEqual([job.name, job.state.kind, job.exit], ['fit', 'ended', { code: 0 }]);
    }));

  it('is listed where it finished before the first listing', () =>
    withAt(async ({ backend, run }) => {
      const id = await submit(backend, '#!/bin/sh\necho done\n');
      await run(id);
      assert.equal((await backend.jobs.get(id, never))?.id, id);
      const job = await ended(backend, id);
      assert.deepEqual([job.name, job.exit], ['fit', { code: 0 }]);
      assert.deepEqual(await linesOf(backend, id), ['done']);
    }));

  it('finishes with the exit code of the commands before a script if they end the job', () =>
    withAt(async ({ backend, run }) => {
      const options = { setup: 'echo before; exit 4' };
      const script = { name: "it's.sh", text: 'echo never\n' };
      const id = await sendScript(backend, script, { ...request, options }, never);
      await run(id);
      assert.deepEqual((await ended(backend, id)).exit, { code: 4 });
      assert.deepEqual(await linesOf(backend, id), ['before']);
    }));

  it('runs a script with Windows line endings', () =>
    withAt(async ({ backend, run }) => {
      const id = await submit(backend, '#!/bin/sh\r\necho done\r\nexit 5\r\n');
      await run(id);
      assert.deepEqual((await ended(backend, id)).exit, { code: 5 });
      assert.deepEqual(await linesOf(backend, id), ['done']);
      assert.deepEqual(
        (await listFiles(backend, id, never)).map(({ kind }) => kind),
        ['input', 'log'],
      );
    }));

  it('finds a job by its folder if its number was lost', () =>
    withAt(async (world) => {
      world.losesAnswers = true;
      assert.equal(await submit(world.backend, 'echo hi\n'), '7');
      assert.deepEqual(readdirSync(world.spool).sort(), ['7', 'next']);
    }));

  it('keeps the folder if it is unknown whether a job exists', () =>
    withAt(async ({ backend, root, spool }) => {
      writeFileSync(join(spool, 'refusal'), 'wall: cannot write\n');
      const problem = await problemOf(submit(backend, 'echo hi\n'));
      assert.ok(
        problem.kind === 'refused' && problem.words.includes('It is not certain whether the job exists'),
      );
      assert.equal(readdirSync(root).length, 1);
    }));

  it('removes the folder of a rejected job', () =>
    withAt(async ({ backend, root, spool }) => {
      writeFileSync(join(spool, 'refusal'), 'at: you do not have permission to use at.\n');
      const problem = await problemOf(submit(backend, 'echo hi\n'));
      assert.ok(problem.kind === 'refused' && problem.words === 'you do not have permission to use at.');
      assert.deepEqual(readdirSync(root), []);
    }));

  it('cancels a waiting job', () =>
    withAt(async ({ backend, spool }) => {
      const id = await submit(backend, 'echo hi\n');
      await listJobs(backend, 100, never);
      await backend.control?.cancel?.(id, never);
      const job = await ended(backend, id);
      assert.ok(job.state.kind === 'ended' && job.state.outcome === 'stopped');
      assert.deepEqual(readdirSync(spool), ['next']);
    }));

  it('cancels a running job, whose script is signaled to exit', () =>
    withAt(async ({ backend, start, root }) => {
      const id = await submit(backend, '#!/bin/sh\necho begun\nexec sleep 30\n');
      const { ended: over } = start(id);
      const folder = join(root, readdirSync(root)[0] ?? '');
      await until(() => existsSync(join(folder, '.started')));
      await listJobs(backend, 100, never);
      await backend.control?.cancel?.(id, never);
      await over;
      const job = await ended(backend, id);
      assert.ok(job.state.kind === 'ended' && job.state.outcome === 'stopped');
      assert.deepEqual(await linesOf(backend, id), ['begun']);
    }));

  it('follows the output of a job until it finishes', () =>
    withAt(async ({ backend, run }) => {
      const id = await submit(backend, '#!/bin/sh\necho one\nsleep 0.3\nprintf two\n');
      await listJobs(backend, 100, never);
      const reading = linesOf(backend, id, true);
      await run(id);
      assert.deepEqual(await reading, ['one', 'two']);
    })).timeout(30_000);

  it('offers no action that it does not support', () =>
    withAt(({ backend }) => {
      assert.deepEqual(backend.control?.actions, []);
      assert.equal(backend.control.extend, undefined);
      assert.equal(backend.submit?.questions, undefined);
      return Promise.resolve();
    }));

  it('returns the output files of a job, and deletes the job with its folder', () =>
    withAt(async ({ backend, run, root }) => {
      const id = await submit(backend, 'echo 1 > out.csv\n');
      await run(id);
      await ended(backend, id);
      const files = await listFiles(backend, id, never);
      assert.deepEqual(
        files.map(({ name, kind }) => `${kind} ${name}`),
        ['input fit.sh', 'output out.csv', 'log output.log'],
      );
      await backend.control?.delete?.(id, never);
      assert.deepEqual(readdirSync(root), []);
      assert.deepEqual((await listJobs(backend, 100, never)).jobs, []);
    }));
});
