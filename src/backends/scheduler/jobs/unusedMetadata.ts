import { join } from 'node:path';
import type { Log } from '../../../core/domain/ports.js';
import { neverAborted } from '../../../lib/abort.js';
import { dayMs } from '../../../lib/time.js';
import type { NoteStore } from '../../jobFacts/jobFactsStore.js';
import { isClockTrusted } from '../../jobFacts/expiredJobs.js';
import type { JobFacts } from './jobFacts.js';
import type { JobWatcher } from './jobWatcher.js';

/** Dependencies of deleting metadata that is no longer used. */
export interface UnusedMetadataDeps {
  readonly notes: Pick<NoteStore<JobFacts>, 'get' | 'removeUnused'>;
  readonly watching: Pick<JobWatcher, 'getSnapshot'>;
  /** Days of history that are listed. */
  readonly historyDays: () => number;
  /** The connection's folder for retention, absolute. */
  readonly folder: string;
  readonly log: Log;
}

/** Deletes metadata that is no longer used. Entries with fields that the user set stay. */
export interface UnusedMetadata {
  /** Deletes the entries of jobs that are no longer listed and whose folders were deleted. Never fails. */
  readonly removeWithFolders: (folders: ReadonlySet<string>) => Promise<void>;
  /** Deletes the entries of jobs that cannot be listed again, once a day at most. Never fails. */
  readonly removeOld: () => Promise<void>;
}

/**
 * The age after which an entry that was not changed is deleted, in milliseconds. It is longer than the longest history,
 * so that a deleted job, which its entry hides, is no longer in the accounting.
 */
const unusedMs = 731 * dayMs;

/** How old the list of jobs may be, in milliseconds. */
const listMs = 60_000;

export function createUnusedMetadata(deps: UnusedMetadataDeps): UnusedMetadata {
  const { notes, watching, historyDays, folder, log } = deps;
  let nextMs = 0;
  const remove = async (
    beforeMs: number,
    isUnused: (note: JobFacts | undefined) => boolean,
  ): Promise<void> => {
    try {
      let listed: Promise<ReadonlySet<string>> | undefined;
      const count = await notes.removeUnused(beforeMs, async (job) => {
        if (!isUnused(await notes.get(job))) return true;
        listed ??= listIds(watching);
        return (await listed).has(job);
      });
      if (count > 0) log.info(`removed the metadata of ${String(count)} jobs that are no longer listed`);
    } catch (error) {
      log.warn(`unused metadata of jobs could not be removed: ${String(error)}`);
    }
  };
  return {
    removeWithFolders: async (folders) => {
      if (folders.size === 0) return;
      // The accounting may not respond: within these days a job may be listed later.
      const listedMs = Date.now() - historyDays() * dayMs;
      await remove(
        Date.now(),
        (note) =>
          note?.folder !== undefined &&
          folders.has(note.folder) &&
          note.at !== undefined &&
          Date.parse(note.at) < listedMs,
      );
    },
    removeOld: async () => {
      const now = performance.now();
      if (now < nextMs) return;
      nextMs = now + dayMs;
      if (!(await isClockTrusted(join(folder, 'metadata'), Date.now()).catch(() => false))) return;
      await remove(Date.now() - unusedMs, () => true);
    },
  };
}

/** The ids of all listed jobs, and of the arrays of listed tasks. */
async function listIds(watching: Pick<JobWatcher, 'getSnapshot'>): Promise<ReadonlySet<string>> {
  const { jobs } = await watching.getSnapshot(listMs, neverAborted);
  return new Set([...jobs.values()].flatMap(({ id, base }) => [id, String(base ?? id)]));
}
