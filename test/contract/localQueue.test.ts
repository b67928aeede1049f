import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getJobPaths } from '../../src/backends/local/paths.js';
import { parseJobProgress, type LocalJobEnding } from '../../src/backends/local/record.js';
import type { JobId } from '../../src/core/domain/job.js';
import { isActive } from '../../src/core/domain/job.js';
import { place, type Place } from './local.js';
import { sh } from './localScripts.js';
import { ended, linesOf, never, request, submit, until, wholeLog } from './subject.js';
import { listJobs, sendScript } from '../fakes/backendCalls.js';

const patienceMs = 15_000;

async function endingOf(spool: Place, id: JobId): Promise<LocalJobEnding | undefined> {
  const text = await readFile(getJobPaths(join(spool.folder, 'jobs', id)).state, 'utf8').catch(() => '');
  const read = parseJobProgress(text);
  return 'value' in read && read.value.phase === 'ended' ? read.value : undefined;
}

/** Waits for jobs to finish using only their files: no window polls. */
async function endings(spool: Place, ids: readonly JobId[]): Promise<readonly LocalJobEnding[]> {
  for (const giveUp = Date.now() + patienceMs; ;) {
    const found = await Promise.all(ids.map((id) => endingOf(spool, id)));
    const there = found.filter((ending) => ending !== undefined);
    if (there.length === ids.length) return there;
    assert.ok(Date.now() < giveUp, `${String(there.length)} of ${String(ids.length)} jobs finished`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

describe('Local: the queue', () => {
  let spool: Place;
  beforeEach(async () => {
    spool = await place();
  });
  afterEach(() => spool.end());

  it('continues in order while no window is open', async () => {
    const backend = spool.window({ maxRunning: 1 });
    const ids: JobId[] = [];
    for (let i = 0; i < 4; i++) ids.push(await submit(backend, sh('sleep 0.05\n')));
    const times = (await endings(spool, ids)).map(({ started = 0, ended: at }) => [started, at]);
    const flat = times.flat();
    assert.deepEqual(
      flat,
      [...flat].sort((a, b) => a - b),
      'one after the other, in the order of submission',
    );
  });

  it('shows positions in the queue, and moves up when a job is cancelled', async () => {
    const backend = spool.window({ maxRunning: 1 });
    const first = await submit(backend, sh('exec sleep 60\n'));
    const second = await submit(backend, sh('echo second\n'));
    const third = await submit(backend, sh('echo third\n'));
    const reasons = async () => (await listJobs(backend, 9, never)).jobs.map(({ reason }) => reason);
    await until({ backend, patienceMs }, first, ({ state }) => state.word === 'Running');
    assert.deepEqual(await reasons(), ['2nd in queue', '1st in queue', undefined]);
    await backend.control?.cancel?.(second, never);
    assert.deepEqual(await reasons(), ['1st in queue', 'cancelled while queued', undefined]);
    assert.deepEqual(linesOf(await wholeLog(backend, second)), []);
    await backend.control?.cancel?.(first, never);
    assert.equal((await ended({ backend, patienceMs }, third)).exit?.code, 0);
  });

  it('lets two windows submit and poll concurrently: no number twice, never more running than allowed', async () => {
    const windows = [spool.window({ maxRunning: 2 }), spool.window({ maxRunning: 2 })];
    let looking = true;
    const looks = windows.map(async (backend) => {
      while (looking) {
        const { jobs, malformed } = await listJobs(backend, 100, never);
        assert.deepEqual(malformed, []);
        assert.ok(jobs.filter(({ state }) => state.kind === 'running').length <= 2);
      }
    });
    const submitted = windows.map(async (backend, window) => {
      const ids: JobId[] = [];
      for (let i = 0; i < 10; i++)
        ids.push(await submit(backend, sh(`echo ${String(window)} ${String(i)}\n`)));
      return ids;
    });
    const ids = (await Promise.all(submitted)).flat();
    assert.equal(new Set(ids).size, 20);
    const done = await endings(spool, ids);
    looking = false;
    await Promise.all(looks);
    assert.ok(done.every(({ outcome }) => outcome === 'completed'));
    const edges = done
      .flatMap(({ started = 0, ended: at }) => [
        { at: started, by: 1 },
        { at, by: -1 },
      ])
      .sort((a, b) => a.at - b.at || a.by - b.by);
    let now = 0;
    const most = Math.max(...edges.map(({ by }) => (now += by)));
    assert.ok(most <= 2, `${String(most)} ran concurrently`);
    const listings = await Promise.all(windows.map((backend) => listJobs(backend, 100, never)));
    assert.deepEqual(listings[0]?.jobs, listings[1]?.jobs);
  });

  it('notifies another window of changes', async () => {
    const [one, other] = [spool.window(), spool.window()];
    const stop = new AbortController();
    const changes = other.jobs.changes?.(stop.signal)[Symbol.asyncIterator]();
    assert.ok(changes);
    const changed = changes.next();
    const id = await submit(one, sh('echo hello\n'));
    assert.equal((await changed).done, false);
    for (
      let job = await other.jobs.get(id, never);
      job && isActive(job);
      job = await other.jobs.get(id, never)
    )
      await changes.next();
    stop.abort();
    await assert.rejects(changes.next(), { name: 'AbortError' });
  });

  it('never reuses the number of a deleted job', async () => {
    const backend = spool.window();
    const first = await submit(backend, sh('true\n'));
    await ended({ backend, patienceMs }, first);
    await backend.control?.delete?.(first, never);
    assert.notEqual(await submit(backend, sh('true\n')), first);
  });

  it('starts queued jobs after the program of the runner is restored', async () => {
    const options = spool.options();
    const { createLocalBackend } = await import('../../src/backends/local/backend.js');
    const broken = createLocalBackend({
      ...options,
      runner: { ...options.runner, program: '/nowhere/node' },
      log: { info() {}, warn() {}, error() {} },
    });
    const id = await submit(broken, sh('echo came back\n'));
    assert.equal((await broken.jobs.get(id, never))?.state.kind, 'queued');
    const backend = spool.window();
    await ended({ backend, patienceMs }, id);
    assert.deepEqual(linesOf(await wholeLog(backend, id)), ['came back']);
  });

  it('fails a job whose runner dies at start three times', async () => {
    const options = spool.options();
    const { createLocalBackend } = await import('../../src/backends/local/backend.js');
    const runner = { program: process.execPath, args: ['-e', 'process.exit(1)'], env: {} };
    const warnings: string[] = [];
    const log = { info() {}, warn: (text: string) => void warnings.push(text), error() {} };
    const backend = createLocalBackend({ ...options, runner, log });
    const job = await ended({ backend, patienceMs }, await submit(backend, sh('echo never\n')));
    assert.deepEqual(
      [job.state.word, job.reason, job.started],
      ['Lost', 'runner process could not start', undefined],
    );
    assert.equal(warnings.length, 1);
  });

  it('lists 500 jobs quickly, and faster when nothing changed', async () => {
    for (let number = 1; number <= 500; number++) {
      const paths = getJobPaths(join(spool.folder, 'jobs', String(number)));
      await mkdir(paths.dir, { recursive: true });
      const record = {
        version: 1,
        name: `job ${String(number)}`,
        work: 'script',
        script: 'a.sh',
        args: [],
        env: {},
        options: {},
        submitted: number,
        program: '/bin/sh',
        programArgs: [],
        graceMs: 1,
      };
      const state = {
        phase: 'ended',
        outcome: 'completed',
        word: 'Completed',
        started: number,
        ended: number + 1,
        code: 0,
      };
      await Promise.all([
        writeFile(paths.record, JSON.stringify(record)),
        writeFile(paths.state, JSON.stringify(state)),
      ]);
    }
    const backend = spool.window();
    const timed = async (): Promise<number> => {
      const began = performance.now();
      const { jobs, hasMore: more } = await listJobs(backend, 500, never);
      assert.equal(jobs.length, 500);
      assert.equal(jobs[0]?.id, '500');
      assert.equal(more, false);
      return performance.now() - began;
    };
    const [first, second] = [await timed(), await timed()];
    assert.ok(first < 1_000 && second < 300, `${String(first)} ms, then ${String(second)} ms`);
    assert.deepEqual((await listJobs(backend, 20, never)).jobs.length, 20);
  });

  it('keeps a hostile job name unchanged and rejects a script name that points elsewhere', async () => {
    const backend = spool.window();
    const names = ['../x', 'two\nlines', '😀'.repeat(20), 'x'.repeat(300), '__proto__'];
    for (const name of names) {
      const id = await sendScript(backend, sh('true\n'), request(name), never);
      assert.equal((await ended({ backend, patienceMs }, id)).name, name);
    }
    for (const name of ['../x.sh', 'a/b.sh', '..', '', 'a\0b.sh']) {
      await assert.rejects(
        sendScript(backend, { name, text: 'true\n' }, request('job'), never),
        (error: unknown) => String(error).includes('unsafeName') || String(error).includes('noInterpreter'),
      );
    }
    for (const name of ['two\nlines.sh', '😀 é.sh', `${'x'.repeat(300)}.sh`, '-rf.sh', '$(touch x).sh']) {
      const id = await sendScript(backend, { name, text: 'echo ran\n' }, request('job'), never);
      assert.deepEqual(linesOf(await wholeLog(backend, id)), ['ran'], name);
      assert.equal((await backend.files?.script?.(id, never))?.text, 'echo ran\n');
    }
  });
});
