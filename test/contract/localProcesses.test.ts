import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getProcessLife, readProcessIdentity } from '../../src/backends/local/processIdentity.js';
import { getJobPaths } from '../../src/backends/local/paths.js';
import { parseJobProgress } from '../../src/backends/local/record.js';
import type { Backend } from '../../src/core/domain/backend.js';
import type { JobId } from '../../src/core/domain/job.js';
import { place, runnerProgram, type Place } from './local.js';
import { ended, isProblem, linesOf, never, request, submit, until, wholeLog } from './subject.js';
import { listJobs, sendScript } from '../fakes/backendCalls.js';

const sh = (text: string) => ({ name: 'job.sh', text });
const patienceMs = 10_000;

/** Runs `body` with a new test location. */
async function inPlace(body: (spool: Place) => Promise<void>): Promise<void> {
  const spool = await place();
  try {
    await body(spool);
  } finally {
    await spool.end();
  }
}

const pathsOf = (spool: Place, id: JobId) => getJobPaths(join(spool.folder, 'jobs', id));

/** The numbers that a job wrote to files in its folder, as soon as they exist. */
async function pidsIn(spool: Place, id: JobId, names: readonly string[]): Promise<readonly number[]> {
  const read = (name: string): number => {
    const path = join(pathsOf(spool, id).work, name);
    return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  };
  await eventually(() => names.every((name) => read(name) > 0));
  return names.map(read);
}

async function eventually(is: () => boolean | Promise<boolean>, ms = patienceMs): Promise<void> {
  for (const giveUp = Date.now() + ms; !(await is());) {
    assert.ok(Date.now() < giveUp, `not within ${String(ms)} ms: ${String(is)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const isAlive = (pid: number): boolean => readProcessIdentity(pid) !== undefined;

async function runnerOf(spool: Place, id: JobId): Promise<number> {
  let pid = 0;
  await eventually(async () => {
    const read = parseJobProgress(await readFile(pathsOf(spool, id).state, 'utf8').catch(() => ''));
    if ('value' in read && read.value.phase === 'running' && read.value.main) pid = read.value.runner.pid;
    return pid > 0;
  });
  return pid;
}

const running = (backend: Backend, id: JobId) =>
  until({ backend, patienceMs }, id, ({ state }) => state.kind === 'running');

describe('Local: the processes of a job', () => {
  it('kills a job that ignores SIGTERM after the grace period', () =>
    inPlace(async (spool) => {
      const backend = spool.window({ graceMs: 400 });
      const id = await submit(backend, sh("trap '' TERM\necho $$ >pid\nwhile true; do sleep 0.1; done\n"));
      const [pid = 0] = await pidsIn(spool, id, ['pid']);
      const asked = Date.now();
      await backend.control?.cancel?.(id, never);
      const job = await ended({ backend, patienceMs }, id);
      assert.ok(Date.now() - asked >= 400, 'the grace period was granted');
      assert.deepEqual(
        [job.state, job.exit],
        [{ kind: 'ended', word: 'Stopped', outcome: 'stopped' }, { signal: 'SIGKILL' }],
      );
      assert.equal(isAlive(pid), false);
    }));

  it('lets a job that handles SIGTERM clean up', () =>
    inPlace(async (spool) => {
      const backend = spool.window({ graceMs: 5_000 });
      const id = await submit(
        backend,
        sh("trap 'echo saved; exit 0' TERM\necho $$ >pid\nwhile true; do sleep 0.05; done\n"),
      );
      await pidsIn(spool, id, ['pid']);
      await backend.control?.cancel?.(id, never);
      const { state } = await ended({ backend, patienceMs }, id);
      assert.equal(state.kind === 'ended' && state.outcome, 'stopped');
      // The shell reports its `sleep`, which received the signal too.
      assert.equal(linesOf(await wholeLog(backend, id)).at(-1), 'saved');
    }));

  it('terminates grandchildren: in separate sessions, without their parent, without their environment', () =>
    inPlace(async (spool) => {
      const backend = spool.window();
      const lines = [
        '(sleep 60 & echo $! >child; wait) &',
        "setsid bash -c 'echo $$ >session; exec sleep 60' &",
        '(setsid bash -c \'trap "" TERM; echo $$ >orphan; while true; do sleep 0.1; done\' &)',
        // In a separate group, as an interactive shell starts jobs, and without a tag in its environment.
        'bash -c \'set -m; env -i sh -c "echo \\$\\$ >cleared; exec sleep 60" &\'',
        'wait',
      ];
      const id = await submit(backend, sh(lines.join('\n')));
      const pids = await pidsIn(spool, id, ['child', 'session', 'orphan', 'cleared']);
      assert.deepEqual(pids.map(isAlive), [true, true, true, true]);
      await backend.control?.cancel?.(id, never);
      await ended({ backend, patienceMs }, id);
      assert.deepEqual(pids.map(isAlive), [false, false, false, false]);
    }));

  it('terminates processes that a job leaves running, and keeps their late output', () =>
    inPlace(async (spool) => {
      const backend = spool.window();
      const id = await submit(
        backend,
        sh('(sleep 0.3; echo late) &\nsetsid sleep 60 & echo $! >daemon\necho done\n'),
      );
      const job = await ended({ backend, patienceMs: 4_000 }, id);
      const [daemon = 0] = await pidsIn(spool, id, ['daemon']);
      assert.equal(isAlive(daemon), false);
      assert.equal(job.state.kind === 'ended' && job.state.outcome, 'completed');
      assert.deepEqual(linesOf(await wholeLog(backend, id)), ['done', 'late']);
    }));

  it('reports the signal that ended a job', () =>
    inPlace(async (spool) => {
      const backend = spool.window();
      const job = await ended({ backend, patienceMs }, await submit(backend, sh('kill -SEGV $$\n')));
      assert.deepEqual(
        [job.state, job.exit, job.reason],
        [{ kind: 'ended', word: 'Failed', outcome: 'failed' }, { signal: 'SIGSEGV' }, 'signal SIGSEGV'],
      );
    }));

  it('shows a job whose runner was killed as failed, reports it, and terminates its processes', () =>
    inPlace(async (spool) => {
      const backend = spool.window();
      const id = await submit(
        backend,
        sh("trap '' TERM PIPE\necho $$ >pid\nwhile true; do sleep 0.1; done\n"),
      );
      const [pid = 0] = await pidsIn(spool, id, ['pid']);
      process.kill(await runnerOf(spool, id), 'SIGKILL');
      const job = await ended({ backend, patienceMs }, id);
      assert.deepEqual(job.state, { kind: 'ended', word: 'Lost', outcome: 'failed' });
      assert.match(job.reason ?? '', /exited unexpectedly/);
      await eventually(() => !isAlive(pid));
    }));

  it('terminates a job cleanly when the system terminates its runner, and starts no other', () =>
    inPlace(async (spool) => {
      const backend = spool.window({ maxRunning: 1 });
      const id = await submit(backend, sh('echo $$ >pid\nexec sleep 60\n'));
      const next = await submit(backend, sh('echo next\n'));
      const [pid = 0] = await pidsIn(spool, id, ['pid']);
      const runner = await runnerOf(spool, id);
      process.kill(runner, 'SIGTERM');
      await eventually(() => !isAlive(runner));
      assert.equal(existsSync(pathsOf(spool, next).state), false);
      assert.equal(isAlive(pid), false);
      const job = await ended({ backend, patienceMs }, id);
      assert.equal(job.state.kind === 'ended' && job.state.outcome, 'stopped');
      assert.match(job.reason ?? '', /SIGTERM/);
      await ended({ backend, patienceMs }, next);
    }));

  it('terminates a job whose folder was deleted, creates no new one, and continues with the queue', () =>
    inPlace(async (spool) => {
      const backend = spool.window({ maxRunning: 1 });
      const id = await submit(backend, sh('echo $$ >pid\necho begun\nexec sleep 60\n'));
      const next = await submit(backend, sh('echo next\n'));
      const [pid = 0] = await pidsIn(spool, id, ['pid']);
      const runner = await runnerOf(spool, id);
      const following = wholeLog(backend, id);
      const rejected = assert.rejects(following, isProblem('gone'));
      // Other output of the job can come in between.
      await rm(pathsOf(spool, id).dir, { recursive: true, maxRetries: 9, retryDelay: 5 });
      await rejected;
      assert.equal(await backend.jobs.get(id, never), undefined);
      assert.ok((await listJobs(backend, 20, never)).jobs.every((job) => job.id !== id));
      await eventually(() => !isAlive(pid) && !isAlive(runner));
      await ended({ backend, patienceMs }, next);
      assert.equal(existsSync(pathsOf(spool, id).dir), false);
    }));

  it('outlives the window that submitted it', () =>
    inPlace(async (spool) => {
      const source = join(import.meta.dirname, '..', '..', 'src', 'backends', 'local', 'backend.ts');
      const script = join(spool.folder, 'window.mts');
      const text = `
        import { createLocalBackend } from ${JSON.stringify(source)};
        const log = { info() {}, warn() {}, error: console.error };
        const backend = createLocalBackend({
          connection: { id: 'local', kind: 'local', title: 'Local', settings: {} },
          folder: ${JSON.stringify(spool.folder)},
          runner: { program: process.execPath, args: [${JSON.stringify(await runnerProgram())}, '--batch-jobs-runner'], env: {} },
          unpack: async () => {}, env: process.env, log,
          settings: () => ({ interpreters: {}, maxRunning: 1, retention: { count: 0, days: 0 } }),
        });
        const request = { name: 'job.sh', args: [], env: {}, options: {} };
        const text = 'echo begun; sleep 0.7; echo done';
        const spec = { ...request, kind: 'script', script: { name: 'job.sh', text } };
        await backend.submit.send(spec, new AbortController().signal);
        process.stdout.write('submitted');
        setInterval(() => {}, 1000);
      `;
      await writeFile(script, text);
      const window = spawn(process.execPath, ['--import', 'tsx', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      });
      await new Promise((resolve) => window.stdout.once('data', resolve));
      // Like the editor when it crashes or its terminal closes: with its whole process group.
      process.kill(-(window.pid ?? 0), 'SIGKILL');
      const backend = spool.window();
      const [job] = (await listJobs(backend, 1, never)).jobs;
      assert.ok(job);
      const last = await ended({ backend, patienceMs }, job.id);
      assert.equal(last.state.kind === 'ended' && last.state.outcome, 'completed');
      assert.deepEqual(linesOf(await wholeLog(backend, job.id)), ['begun', 'done']);
    }));

  it('terminates a job at its time limit, and later if the limit was extended', () =>
    inPlace(async (spool) => {
      const backend = spool.window();
      const short = await submit(backend, sh('exec sleep 60\n'), { limitMs: 500 });
      const extended = await submit(backend, sh('exec sleep 60\n'), { limitMs: 800 });
      await running(backend, extended);
      await backend.control?.extend?.(extended, 1_000, never);
      const job = await ended({ backend, patienceMs }, short);
      assert.deepEqual(job.state, { kind: 'ended', word: 'TimeLimit', outcome: 'failed' });
      assert.equal(job.reason, 'time limit of 0.5 s reached');
      const later = await ended({ backend, patienceMs }, extended);
      assert.deepEqual(later.state, { kind: 'ended', word: 'TimeLimit', outcome: 'failed' });
      const ran = (later.ended?.getTime() ?? 0) - (later.started?.getTime() ?? 0);
      assert.ok(ran >= 1_800 && ran < 4_000, `it ran for ${String(ran)} ms`);
    }));

  it('rejects extending a job without a limit', () =>
    inPlace(async (spool) => {
      const backend = spool.window();
      const id = await submit(backend, sh('exec sleep 60\n'));
      await running(backend, id);
      await assert.rejects(async () => backend.control?.extend?.(id, 1_000, never), isProblem('invalid'));
    }));

  it("passes a job its arguments and its environment, and none of the editor's", async () => {
    const spool = await place(undefined, {
      ...process.env,
      VSCODE_PID: '1',
      ELECTRON_RUN_AS_NODE: '1',
      RESULTS: 'x',
    });
    try {
      const backend = spool.window();
      const text =
        'printf "%s\\n" "$1" "$2" "$WHO" "$BATCH_JOBS_JOB_ID" "${VSCODE_PID-}${ELECTRON_RUN_AS_NODE-}${RESULTS-}."\n';
      const hostile = 'a "b" $(touch x)\n* é😀';
      const id = await sendScript(
        backend,
        sh(text),
        request('env', { args: [hostile, ''], env: { WHO: "it's me" } }),
        never,
      );
      assert.deepEqual(linesOf(await wholeLog(backend, id)), [
        'a "b" $(touch x)',
        '* é😀',
        '',
        "it's me",
        id,
        '.',
      ]);
    } finally {
      await spool.end();
    }
  });

  it('hides the package that the editor runs from, and finds the interpreter of a job outside it', async () => {
    const mount = await mkdtemp(join(tmpdir(), '.mount_Code'));
    await mkdir(join(mount, 'bin'));
    await symlink('/bin/false', join(mount, 'bin', 'bash'));
    const spool = await place(undefined, {
      ...process.env,
      APPDIR: mount,
      APPIMAGE: '/home/ada/Code.AppImage',
      PATH: `${join(mount, 'bin')}:${process.env['PATH'] ?? ''}`,
      LD_LIBRARY_PATH: `${mount}/lib:`,
      XDG_DATA_DIRS: '/snap/code/1/share',
      XDG_DATA_DIRS_VSCODE_SNAP_ORIG: '/usr/share',
    });
    try {
      const backend = spool.window();
      const text =
        'echo "${APPDIR-}${APPIMAGE-}${LD_LIBRARY_PATH-}${XDG_DATA_DIRS_VSCODE_SNAP_ORIG-}."\necho "$XDG_DATA_DIRS"\necho "$PATH"\n';
      const lines = linesOf(await wholeLog(backend, await submit(backend, sh(text))));
      assert.deepEqual(lines, ['.', '/usr/share', process.env['PATH']]);
    } finally {
      await spool.end();
      await rm(mount, { recursive: true });
    }
  });

  it('recognizes that a process with the same ID is a different one after the original exited', () => {
    const own = readProcessIdentity(process.pid);
    assert.ok(own);
    assert.equal(getProcessLife(own), 'alive');
    assert.equal(getProcessLife({ ...own, start: `${own.start}0` }), 'dead');
    assert.equal(getProcessLife({ ...own, boot: 'another system boot' }), 'dead');
    assert.equal(getProcessLife({ ...own, host: 'another machine' }), 'elsewhere');
  });
});
