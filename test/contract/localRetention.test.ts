import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalBackend } from '../../src/backends/local/backend.js';
import { getJobPaths, getSpoolPaths, type JobPaths } from '../../src/backends/local/paths.js';
import { deleteExpiredJobFolders } from '../../src/backends/local/retention.js';
import type { LocalSettings } from '../../src/backends/local/settings.js';
import type { Backend } from '../../src/core/domain/backend.js';
import type { JobId } from '../../src/core/domain/job.js';
import type { RetentionAnswer, RetentionRequest } from '../../src/core/domain/retention.js';
import { place, quietLog, type Place } from './local.js';
import { sh } from './localScripts.js';
import { ended, never, submit } from './subject.js';
import { listFiles, listJobs } from '../fakes/backendCalls.js';

const patienceMs = 10_000;
const day = 86_400_000;

describe('Local: old jobs', () => {
  let spool: Place;
  let backend: Backend;
  let nowMs: number;
  let asked: RetentionRequest[];
  beforeEach(async () => {
    spool = await place();
    backend = spool.window();
    nowMs = Date.now();
    asked = [];
  });
  afterEach(() => spool.end());
  const pathsOf = (id: string): JobPaths => getJobPaths(join(spool.folder, 'jobs', id));
  const left = async (): Promise<readonly string[]> =>
    (await readdir(join(spool.folder, 'jobs'))).sort((a, b) => Number(a) - Number(b));
  const done = async (text = 'true\n'): Promise<JobId> => {
    const id = await submit(backend, sh(text));
    await ended({ backend, patienceMs }, id);
    return id;
  };
  /** Starts one round by listing the jobs; each round is a day after the previous one. */
  const round = (
    bounds: LocalSettings['retention'],
    answer?: RetentionAnswer,
    afterMs = day,
  ): Promise<void> => {
    nowMs += afterMs;
    const ask = (request: RetentionRequest): Promise<RetentionAnswer | undefined> => {
      asked.push(request);
      return Promise.resolve(answer);
    };
    return deleteExpiredJobFolders({
      spool: getSpoolPaths(spool.folder),
      place: 'Local',
      bounds,
      ask,
      log: quietLog,
      nowMs,
    });
  };
  const open = async (id: JobId, kind: 'input' | 'log' | 'output' | 'result'): Promise<void> => {
    const file = (await listFiles(backend, id, never)).find((one) => one.kind === kind);
    assert.ok(file && backend.files?.read);
    for await (const chunk of backend.files.read(id, file, never)) assert.ok(chunk.length > 0);
  };

  it('are named in a prompt when the list is refreshed, and deleted once the user agrees', async () => {
    const ids = [await done(), await done(), await done()];
    const questions: RetentionRequest[] = [];
    const window = createLocalBackend({
      ...spool.options({ retention: { count: 1, days: 0 } }),
      askRetention: (request) => {
        questions.push(request);
        return Promise.resolve('removeSeen');
      },
    });
    await listJobs(window, 9, never);
    for (const giveUp = Date.now() + patienceMs; (await left()).length > 1;) {
      assert.ok(Date.now() < giveUp);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.deepEqual(await left(), [ids[2]]);
    assert.deepEqual(
      questions.map(({ place: at, maxJobs, jobs }) => [at, maxJobs, jobs.map(({ id }) => id)]),
      [['Local', 1, ['1', '2']]],
    );
  });

  it('are kept if no prompt is possible', async () => {
    const ids = [await done(), await done()];
    await listJobs(spool.window({ retention: { count: 1, days: 0 } }), 9, never);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(await left(), ids);
  });

  it('are kept if their result files were never opened, whatever the user agreed to for others', async () => {
    const plain = await done();
    const output = await done('echo 1 >model.bin\n');
    const result = await done('echo 1 >"$JULIAHUB_RESULTS_UPLOAD_DIR/deep.txt"\n');
    const last = await done();
    await round({ count: 1, days: 0 }, 'removeSeen');
    assert.deepEqual(await left(), [output, result, last]);
    assert.deepEqual(
      asked[0]?.jobs.map(({ id, hasUnseenResults }) => [id, hasUnseenResults]),
      [
        [plain, false],
        [output, true],
        [result, true],
      ],
    );
    await round({ count: 1, days: 0 });
    assert.deepEqual(await left(), [output, result, last]);
    await round({ count: 1, days: 0 }, 'removeAll');
    assert.deepEqual(await left(), [last]);
  });

  it('count as viewed once a result file was opened or the folder revealed, but not by their log or script', async () => {
    const ids: JobId[] = [];
    for (let at = 0; at < 4; at++) ids.push(await done('echo 1 >model.bin; echo hello\n'));
    const [opened, revealed, read, last] = ids as [JobId, JobId, JobId, JobId]; // SAFETY: four were created.
    await open(opened, 'output');
    await backend.files?.markSeen?.(revealed);
    await open(read, 'log');
    await open(read, 'input');
    await round({ count: 1, days: 0 }, 'removeSeen');
    assert.deepEqual(await left(), [read, last]);
  });

  it('count as never viewed if files were opened only while they ran', async () => {
    const id = await submit(backend, sh('echo 1 >model.bin; while [ ! -f go ]; do sleep 0.05; done\n'));
    const file = { kind: 'output', name: 'model.bin', bytes: 2 } as const;
    for (const giveUp = Date.now() + patienceMs; ;) {
      const files = await listFiles(backend, id, never);
      if (files.some(({ name }) => name === file.name)) break;
      assert.ok(Date.now() < giveUp);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await open(id, 'output');
    await writeFile(join(pathsOf(id).work, 'go'), '');
    await ended({ backend, patienceMs }, id);
    const last = await done();
    await round({ count: 1, days: 0 }, 'removeSeen');
    assert.deepEqual(await left(), [id, last]);
  });

  it('are kept permanently if the user wants to keep them, and do not prompt again', async () => {
    const ids = [await done(), await done('echo 1 >x\n'), await done()];
    await round({ count: 1, days: 0 }, 'keep');
    await round({ count: 1, days: 0 }, 'removeAll');
    assert.deepEqual(await left(), ids);
    assert.equal(asked.length, 1);
  });

  it('are kept while they run although their state is damaged', async () => {
    const id = await submit(backend, sh('exec sleep 60\n'));
    for (const giveUp = Date.now() + patienceMs; ;) {
      const state = await readFile(pathsOf(id).state, 'utf8').catch(() => '');
      if (state.includes('"main"')) break;
      assert.ok(Date.now() < giveUp);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await done();
    await writeFile(pathsOf(id).state, '{');
    await round({ count: 0, days: 1 }, 'removeAll', 3 * day);
    assert.deepEqual(await left(), [id]);
    // The cleanup of the location looks for it in the index.
    await rm(pathsOf(id).dir, { recursive: true, maxRetries: 5 });
  });

  describe('under a clock that jumps', () => {
    /** From now on, jobs of this age are deleted without a prompt. */
    const agreed = async (): Promise<void> => {
      await done();
      await round({ count: 0, days: 60 }, 'removeAll', 0);
      await writeFile(
        join(getSpoolPaths(spool.folder).retention, 'agreed.json'),
        JSON.stringify({ count: 0, days: 60 }),
      );
    };

    for (const days of [61, 365, 3650])
      it(`are kept when it is ${String(days)} days ahead, and after it is corrected`, async () => {
        await agreed();
        const ids = await left();
        await round({ count: 0, days: 60 }, undefined, days * day);
        await round({ count: 0, days: 60 }, undefined, day / 24);
        await round({ count: 0, days: 60 }, undefined, -days * day);
        assert.deepEqual(await left(), ids);
        assert.deepEqual(asked, []);
      });

    it('are kept when they finished in 1970, after it is corrected', async () => {
      await agreed();
      const id = await done();
      const state = { phase: 'ended', outcome: 'completed', word: 'Completed', ended: 5_000 };
      await writeFile(pathsOf(id).state, JSON.stringify(state));
      await utimes(pathsOf(id).dir, 5, 5);
      await round({ count: 0, days: 60 }, 'removeAll', day);
      await round({ count: 0, days: 60 }, 'removeAll', 2 * day);
      assert.ok((await left()).includes(id));
    });

    it('are kept when it was months behind at their end, based on the jobs submitted before', async () => {
      await agreed();
      const id = await done();
      const past = Date.now() - 90 * day;
      const state = { phase: 'ended', outcome: 'completed', word: 'Completed', ended: past };
      await writeFile(pathsOf(id).state, JSON.stringify(state));
      await round({ count: 0, days: 60 }, 'removeAll', day);
      assert.ok((await left()).includes(id));
    });

    it('are deleted by age while it runs normally', async () => {
      await agreed();
      for (let week = 0; week < 10; week++) await round({ count: 0, days: 60 }, undefined, 7 * day);
      assert.deepEqual(await left(), []);
    });

    it('does not touch submissions that are still being created', async () => {
      await agreed();
      await mkdir(pathsOf('77').submitted, { recursive: true });
      await round({ count: 0, days: 0 }, undefined, 60 * day);
      assert.ok((await left()).includes('77'));
    });
  });
});
