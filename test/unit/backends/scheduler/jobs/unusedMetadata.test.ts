import assert from 'node:assert/strict';
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { JobFacts } from '../../../../../src/backends/scheduler/jobs/jobFacts.js';
import {
  createUnusedMetadata,
  type UnusedMetadata,
} from '../../../../../src/backends/scheduler/jobs/unusedMetadata.js';
import { createJobFactsStore, type NoteStore } from '../../../../../src/backends/jobFacts/jobFactsStore.js';
import { createJobMetadataStore } from '../../../../../src/store/jobMetadata/store.js';
import { dayMs } from '../../../../../src/lib/time.js';
import { inTemp, keptLog } from '../../../remote/doubles.js';
import { queued, queueLine, taskLine } from '../../slurm/world.js';

interface World {
  readonly folder: string;
  readonly notes: NoteStore<JobFacts>;
  readonly unused: UnusedMetadata;
  /** The ids of these jobs that have metadata. */
  readonly left: (...ids: readonly string[]) => Promise<readonly string[]>;
}

const daysAgo = (days: number): Date => new Date(Date.now() - days * dayMs);

/** The cluster lists the job 36 and a task of the array 40. */
const withMetadata = (test: (world: World) => Promise<void>): Promise<void> =>
  inTemp(async (folder) => {
    const { log } = keptLog();
    const notes = createJobFactsStore(folder, JobFacts, log);
    const seen = queued(queueLine({ A: '36' }), taskLine('1', { i: '40_1', F: '40' }));
    const jobs = new Map(seen.map((one) => [one.id, one]));
    const unused = createUnusedMetadata({
      notes,
      watching: { getSnapshot: () => Promise.resolve({ jobs, malformed: [] }) },
      historyDays: () => 7,
      folder: join(folder, 'retention'),
      log,
    });
    const left = async (...ids: readonly string[]): Promise<readonly string[]> => {
      const all = await createJobMetadataStore(folder, log).getAll(ids.map((job) => ({ job })));
      return ids.filter((_, at) => all[at] !== undefined);
    };
    await test({ folder, notes, unused, left });
  });

describe('metadata of jobs whose folders were deleted', () => {
  it('goes once the jobs are no longer listed', () =>
    withMetadata(async ({ notes, unused, left }) => {
      const at = daysAgo(30).toISOString();
      await notes.put('36', { folder: '/r/a', at });
      await notes.put('40', { folder: '/r/b', at });
      await notes.put('50', { folder: '/r/c', at });
      await notes.put('51', { folder: '/r/d', at: daysAgo(3).toISOString() });
      await notes.put('52', { folder: '/r/kept', at });
      await unused.removeWithFolders(new Set(['/r/a', '/r/b', '/r/c', '/r/d']));
      assert.deepEqual(await left('36', '40', '50', '51', '52'), ['36', '40', '51', '52']);
    }));

  it('stays where the user has set some of it', () =>
    withMetadata(async ({ folder, notes, unused, left }) => {
      await notes.put('50', { folder: '/r/c', at: daysAgo(30).toISOString() });
      await createJobMetadataStore(folder, keptLog().log).update({ job: '50' }, { set: { label: 'mine' } });
      await unused.removeWithFolders(new Set(['/r/c']));
      assert.deepEqual(await left('50'), ['50']);
    }));
});

describe('metadata that was not changed for years', () => {
  const age = async (folder: string, days: number): Promise<void> => {
    for (const name of await readdir(join(folder, 'metadata'), { recursive: true }))
      if (name.endsWith('.jsonl')) await utimes(join(folder, 'metadata', name), daysAgo(days), daysAgo(days));
  };

  it('goes, with the marks of deleted jobs, except that of listed jobs', () =>
    withMetadata(async ({ folder, notes, unused, left }) => {
      await notes.put('36', { name: 'fit', removed: 1 });
      await notes.put('50', { name: 'fit', removed: 1 });
      await age(folder, 800);
      await notes.put('51', { name: 'fit', removed: 1 });
      await unused.removeOld();
      assert.deepEqual(await left('36', '50', '51'), ['36', '51']);
    }));

  it('is looked for once a day at most', () =>
    withMetadata(async ({ folder, notes, unused, left }) => {
      await unused.removeOld();
      await notes.put('50', { name: 'fit' });
      await age(folder, 800);
      await unused.removeOld();
      assert.deepEqual(await left('50'), ['50']);
    }));
});
