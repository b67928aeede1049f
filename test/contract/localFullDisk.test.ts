import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readProcessIdentity } from '../../src/backends/local/processIdentity.js';
import { getJobPaths } from '../../src/backends/local/paths.js';
import { parseJobProgress } from '../../src/backends/local/record.js';
import type { JobId } from '../../src/core/domain/job.js';
import { smallDisk } from '../engines/smallDisk.mjs';
import { place, type Place } from './local.js';
import { ended, isProblem, never, submit, until } from './subject.js';
import { listJobs } from '../fakes/backendCalls.js';

const sh = (text: string) => ({ name: 'job.sh', text });
const patienceMs = 10_000;

describe('Local: on a full disk', () => {
  let disk: ReturnType<typeof smallDisk>;
  let spool: Place;
  beforeEach(async () => {
    disk = smallDisk(2 ** 21);
    spool = await place(disk.path);
  });
  afterEach(async () => {
    await rm(filler(), { force: true });
    await spool.end();
    disk.down();
  });
  const filler = (): string => join(disk.path, 'filler');
  const pathsOf = (id: JobId) => getJobPaths(join(spool.folder, 'jobs', id));
  const fill = async (): Promise<void> => {
    await writeFile(filler(), Buffer.alloc(2 ** 22)).catch(() => undefined);
    assert.equal((await statfs(disk.path)).bfree, 0);
  };
  const pidOf = async (id: JobId): Promise<number> => {
    const path = join(pathsOf(id).work, 'pid');
    for (const giveUp = Date.now() + patienceMs; ;) {
      const pid = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
      if (pid > 0) return pid;
      assert.ok(Date.now() < giveUp);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const isAlive = (pid: number): boolean => readProcessIdentity(pid) !== undefined;
  const lasting = "trap '' TERM\necho $$ >pid\nwhile true; do sleep 0.1; done\n";

  it('terminates the processes of a cancelled job, and records its final state', async () => {
    const backend = spool.window();
    const id = await submit(backend, sh(lasting));
    const pid = await pidOf(id);
    await fill();
    await backend.control?.cancel?.(id, never);
    const job = await ended({ backend, patienceMs }, id);
    assert.deepEqual([job.state.word, job.reason], ['Cancelled', 'cancelled']);
    assert.equal(isAlive(pid), false);
  });

  it('removes a job from the queue, and does not start it when space is free again', async () => {
    const backend = spool.window({ maxRunning: 1 });
    const first = await submit(backend, sh('echo $$ >pid\nexec sleep 60\n'));
    const second = await submit(backend, sh('echo ran >ran\n'));
    await pidOf(first);
    await fill();
    await backend.control?.cancel?.(second, never);
    await rm(filler());
    await backend.control?.cancel?.(first, never);
    await ended({ backend, patienceMs }, first);
    const job = await ended({ backend, patienceMs }, second);
    assert.deepEqual([job.state.word, job.reason], ['Cancelled', 'cancelled while queued']);
    assert.equal(existsSync(join(pathsOf(second).work, 'ran')), false);
  });

  it('records the final state of a queued job later if even the reserved space is gone', async () => {
    const backend = spool.window({ maxRunning: 1 });
    const first = await submit(backend, sh('echo $$ >pid\nexec sleep 60\n'));
    const second = await submit(backend, sh('echo ran >ran\n'));
    await pidOf(first);
    await rm(pathsOf(second).spare);
    await fill();
    await backend.control?.cancel?.(second, never);
    assert.equal((await backend.jobs.get(second, never))?.state.word, 'Stopping');
    await rm(filler());
    const job = await ended({ backend, patienceMs }, second);
    assert.deepEqual([job.state.word, job.reason], ['Cancelled', 'cancelled while queued']);
    await backend.control?.cancel?.(first, never);
  });

  it('terminates the processes of a job whose runner died', async () => {
    const backend = spool.window();
    const id = await submit(backend, sh(lasting));
    const pid = await pidOf(id);
    await until({ backend, patienceMs }, id, ({ state }) => state.kind === 'running');
    let runner = 0;
    for (const giveUp = Date.now() + patienceMs; runner === 0;) {
      const read = parseJobProgress(readFileSync(pathsOf(id).state, 'utf8'));
      if ('value' in read && read.value.phase === 'running' && read.value.main)
        runner = read.value.runner.pid;
      assert.ok(Date.now() < giveUp);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await rm(pathsOf(id).spare);
    await fill();
    process.kill(runner, 'SIGKILL');
    for (const giveUp = Date.now() + patienceMs; isAlive(pid);) {
      await listJobs(backend, 9, never);
      assert.ok(Date.now() < giveUp, 'its processes end');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await rm(filler());
    assert.equal((await ended({ backend, patienceMs }, id)).state.word, 'Lost');
  });

  it('deletes a finished job, which frees space', async () => {
    const backend = spool.window();
    const id = await submit(backend, sh('head -c 300000 /dev/zero >big\n'));
    await ended({ backend, patienceMs }, id);
    await fill();
    await backend.control?.delete?.(id, never);
    assert.equal(existsSync(pathsOf(id).dir), false);
    assert.ok((await statfs(disk.path)).bfree > 0);
  });

  it('rejects a submission and leaves nothing of it', async () => {
    const backend = spool.window();
    const id = await submit(backend, sh('true\n'));
    await ended({ backend, patienceMs }, id);
    await fill();
    await assert.rejects(submit(backend, sh(`# ${'x'.repeat(9_000)}\n`)), isProblem('diskFull'));
    assert.deepEqual(
      (await listJobs(backend, 9, never)).jobs.map((job) => job.id),
      [id],
    );
  });
});
