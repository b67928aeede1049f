import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getJobPaths, getSpoolPaths, type SpoolPaths } from '../../../../src/backends/local/paths.js';
import { deleteFinishedJob } from '../../../../src/backends/local/control.js';
import { parseJobProgress, parseJobRecord } from '../../../../src/backends/local/record.js';
import { deleteExpiredJobFolders } from '../../../../src/backends/local/retention.js';
import {
  listJobNumbers,
  createSpool,
  readJobProgress,
  allocateJobNumber,
  writeProgress,
  ensureReserve,
} from '../../../../src/backends/local/spool.js';
import type { RetentionBounds } from '../../../../src/backends/jobFacts/expiredJobs.js';
import { toScriptFileName } from '../../../../src/backends/local/submission.js';
import { createJobMetadataStore } from '../../../../src/store/jobMetadata/store.js';
import type { RetentionPrompter } from '../../../../src/core/domain/retention.js';
import { memoryLog } from '../../../fakes/memoryStore.js';
import { localRecord } from '../../../fakes/localRecord.js';

const day = 86_400_000;
const now = Date.UTC(2026, 5, 1);
const record = { ...localRecord, submitted: now - 100 * day };

describe('the spool', () => {
  let folder: string;
  let spool: SpoolPaths;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-spool-'));
    spool = getSpoolPaths(join(folder, 'spool'));
    await createSpool(spool);
  });
  afterEach(() => rm(folder, { recursive: true, maxRetries: 5 }));
  const pathsOf = (number: number) => getJobPaths(join(spool.jobs, String(number)));

  async function job(number: number, endedDaysAgo?: number): Promise<void> {
    const paths = pathsOf(number);
    await mkdir(paths.dir);
    await writeFile(paths.record, JSON.stringify(record));
    if (endedDaysAgo === undefined) return;
    await writeProgress(paths, {
      phase: 'ended',
      outcome: 'failed',
      word: 'Failed',
      ended: now - endedDaysAgo * day,
    });
  }

  it('is not accessible to other users', async () => {
    assert.equal((await stat(spool.folder)).mode & 0o777, 0o700);
  });

  it('assigns each number once, also after the job or the counter is deleted', async () => {
    assert.equal((await allocateJobNumber(spool)).dir, pathsOf(1).dir);
    assert.equal((await allocateJobNumber(spool)).dir, pathsOf(2).dir);
    await rm(pathsOf(2).dir, { recursive: true });
    assert.equal((await allocateJobNumber(spool)).dir, pathsOf(3).dir);
    await writeFile(spool.counter, 'rubbish');
    assert.equal((await allocateJobNumber(spool)).dir, pathsOf(4).dir);
  });

  it('ignores folders that are not named by a number', async () => {
    for (const name of ['7', '07', '-1', '1.5', 'x', '8.tmp', '0']) await mkdir(join(spool.jobs, name));
    assert.deepEqual(await listJobNumbers(spool), [7]);
  });

  it('reads a state that was written to the reserved file', async () => {
    const paths = pathsOf(1);
    await mkdir(paths.dir);
    await ensureReserve(paths);
    const ending = { phase: 'ended', outcome: 'completed', word: 'Completed', ended: 1 } as const;
    await writeFile(paths.state, JSON.stringify(ending).padEnd(4096));
    assert.deepEqual(await readJobProgress(paths), { value: ending });
    assert.equal((await stat(paths.spare)).size, 4096);
  });

  it('keeps the configured number of finished jobs for the configured time, and every active job', async () => {
    for (const [number, days] of [
      [1, 9],
      [2, undefined],
      [3, 5],
      [4, 1],
      [5, 1],
    ] as const)
      await job(number, days);
    const round = (bounds: RetentionBounds): Promise<void> => {
      // The question is shown once a day.
      nowMs += day / 100;
      return deleteExpiredJobFolders({ spool, place: 'Local', bounds, log: memoryLog(), nowMs, ask: agree });
    };
    let nowMs = now;
    const agree: RetentionPrompter = () => {
      nowMs += day;
      return Promise.resolve('removeSeen');
    };
    await round({ count: 0, days: 0 });
    assert.deepEqual(await listJobNumbers(spool), [1, 2, 3, 4, 5]);
    await round({ count: 0, days: 7 });
    assert.deepEqual(await listJobNumbers(spool), [2, 3, 4, 5]);
    await round({ count: 1, days: 0 });
    assert.deepEqual(await listJobNumbers(spool), [2, 5]);
    assert.equal(existsSync(pathsOf(4).dir), false);
  });

  it('deletes the metadata of deleted jobs alone', async () => {
    const metadata = createJobMetadataStore(spool.folder, memoryLog());
    for (const number of [1, 2]) {
      await job(number, 9);
      await metadata.update({ job: String(number) }, { set: { label: 'mine' } });
    }
    await deleteFinishedJob(spool, { paths: pathsOf(1), record: localRecord }, memoryLog());
    assert.deepEqual(
      (await metadata.getAll([{ job: '1' }, { job: '2' }])).map((one) => one?.label),
      [undefined, 'mine'],
    );
    await writeFile(pathsOf(2).keep, '');
    const bounds = { count: 0, days: 7 };
    const ask: RetentionPrompter = () => Promise.resolve('removeAll');
    await deleteExpiredJobFolders({ spool, place: 'Local', bounds, log: memoryLog(), nowMs: now, ask });
    assert.equal((await metadata.get({ job: '2' }))?.label, 'mine');
    await rm(pathsOf(2).keep);
    await deleteExpiredJobFolders({ spool, place: 'Local', bounds, log: memoryLog(), nowMs: now + day, ask });
    assert.equal(existsSync(pathsOf(2).dir), false);
    assert.equal(await metadata.get({ job: '2' }), undefined);
  });

  it('removes submissions that were never finished, but not at once', async () => {
    await mkdir(pathsOf(1).dir);
    await mkdir(pathsOf(2).dir);
    await utimes(pathsOf(1).dir, (now - 2 * day) / 1000, (now - 2 * day) / 1000);
    await utimes(pathsOf(2).dir, now / 1000, now / 1000);
    await deleteExpiredJobFolders({
      spool,
      place: 'Local',
      bounds: { count: 0, days: 0 },
      log: memoryLog(),
      nowMs: now,
    });
    assert.deepEqual(await listJobNumbers(spool), [2]);
  });
});

describe('the records of a job', () => {
  it('are reported as broken with the reason', () => {
    const broken = (text: string): string => {
      const read = parseJobRecord(text);
      return 'broken' in read ? read.broken : 'not broken';
    };
    assert.equal(broken(''), 'it is empty');
    assert.equal(broken('{"a'), 'it is not JSON');
    assert.match(broken(JSON.stringify({ ...record, args: [1] })), /^args\.0: /);
    assert.match(broken(JSON.stringify({ ...record, version: 2 })), /^version: /);
    assert.equal(broken(JSON.stringify({ ...record, later: 'field' })), 'not broken');
  });

  it('reject an invalid phase', () => {
    assert.ok('broken' in parseJobProgress('{"phase":"resting"}'));
    assert.ok('broken' in parseJobProgress('null'));
  });
});

describe('a script name as a file name', () => {
  it('is shortened before its extension if it is too long', async () => {
    const cut = toScriptFileName(`${'é'.repeat(300)}.py`);
    assert.ok(Buffer.byteLength(cut) <= 240 && cut.endsWith('é.py'));
    assert.equal(toScriptFileName('fit.jl'), 'fit.jl');
    const folder = await mkdtemp(join(tmpdir(), 'batch-jobs-names-'));
    await writeFile(join(folder, cut), '');
    assert.equal(await readFile(join(folder, cut), 'utf8'), '');
    await rm(folder, { recursive: true });
  });

  it('is rejected if it would leave the folder', () => {
    for (const name of ['../x.py', 'a/b.py', 'a\\b.py', '..', '.', '', 'a\0.py']) {
      assert.throws(() => toScriptFileName(name), /unsafeName/, name);
    }
  });
});
