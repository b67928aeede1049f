import assert from 'node:assert/strict';
import type { Job, JobFile } from '../../../src/core/domain/job.js';
import { JobFilesCache } from '../../../src/editor/jobFilesCache.js';
import { backendOf, completed, jobOf, running } from '../../fakes/jobs.js';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const startMs = Date.parse('2026-03-01T12:00:00Z');

/**
 * Requests a job's files at these times, in seconds; returns the number of files each time, and the number of
 * reads.
 */
async function listed(job: (atS: number) => Job, at: readonly number[]) {
  let nowMs = startMs;
  let reads = 0;
  const backend = backendOf({
    files: () => {
      reads++;
      // Another file appears after 30 s.
      const names = nowMs - startMs < 30_000 ? ['a.txt'] : ['a.txt', 'late.txt'];
      return Promise.resolve(names.map((name): JobFile => ({ name, kind: 'result' })));
    },
  });
  const files = new JobFilesCache(log, () => nowMs);
  const counts: number[] = [];
  for (const atS of at) {
    nowMs = startMs + atS * 1000;
    counts.push((await files.getFiles(backend, job(atS), 'c/1')).files.length);
  }
  return { counts, reads };
}

describe('the files of a job', () => {
  it('include one that a shared file system shows late, and are then read no more', async () => {
    const ended = jobOf({ state: completed, ended: new Date(startMs) });
    assert.deepEqual(await listed(() => ended, [1, 40, 70, 200, 900]), { counts: [1, 2, 2, 2, 2], reads: 3 });
  });

  it('are read for the same time if the end is unknown, or in the future of a wrong clock', async () => {
    for (const end of [{}, { ended: new Date(startMs + 3_600_000) }]) {
      const ended = jobOf({ state: completed, ...end });
      assert.deepEqual(await listed(() => ended, [1, 40, 70, 200]), { counts: [1, 2, 2, 2], reads: 3 });
    }
  });

  it('are read once if the job finished long ago', async () => {
    const ended = jobOf({ state: completed, ended: new Date(startMs - 3_600_000) });
    assert.deepEqual(await listed(() => ended, [1, 2, 900]), { counts: [1, 1, 1], reads: 1 });
  });

  it('are awaited from the end of the job if they were read while it ran', async () => {
    const runs = jobOf({ state: running });
    const ended = jobOf({ state: completed, ended: new Date(startMs + 20_000) });
    const { counts } = await listed((atS) => (atS < 20 ? runs : ended), [1, 21, 45, 90]);
    assert.deepEqual(counts, [1, 1, 2, 2]);
  });
});
