import type { Request } from '../../core/domain/jobSpec.js';
import type { JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import { removeFolder, type HostFiles } from '../../remote/folders.js';
import type { NoteStore } from '../notes/notes.js';
import { otherJobText, ownFolder, placeFolder } from './jobs/identity.js';
import { isRemoved, noteOf, type JobNote } from './jobs/jobNote.js';
import { isEarlier, isOver, type Seen } from './jobs/seen.js';
import { wholeOf } from './taskIds.js';
import type { Again } from './submit/staging.js';
import type { Watch } from './jobs/watch.js';

/** Dependencies of deleting and resubmitting jobs. */
export interface RemovalParts {
  readonly files: HostFiles;
  readonly watching: Watch;
  readonly notes: NoteStore<JobNote>;
  /** The folders of queued and running jobs. */
  readonly inUse: () => Promise<ReadonlySet<string>>;
  readonly submitAgain: (from: Again, request: Request, signal: AbortSignal) => Promise<JobId>;
}

export interface Removal {
  readonly remove: (id: JobId, signal: AbortSignal) => Promise<void>;
  readonly resubmit: (id: JobId, signal: AbortSignal, request?: Request) => Promise<JobId>;
}

/**
 * Deletes a finished job: its folder, if it is the extension's, and its row; the scheduler's own records stay.
 * Resubmits a job that was submitted by the extension, with the files that were written into its folder.
 */
export function createRemoval(parts: RemovalParts): Removal {
  const { files, watching, notes, submitAgain } = parts;
  return {
    remove: async (id, signal) => {
      const [shown] = jobsOf(id, (await watching.jobs(Infinity, signal)).jobs);
      const all = jobsOf(id, (await watching.jobs(0, signal)).jobs);
      const [first] = all;
      if (first && shown && (isEarlier(shown, first) || isEarlier(first, shown)))
        throw new JobError({ kind: 'invalid', why: otherJobText(id, first.name) });
      const note = await noteOf(notes, id, first);
      if (!first || (note && isRemoved(note, first))) throw new JobError({ kind: 'gone', name: id });
      if (!all.every(isOver))
        throw new JobError({ kind: 'invalid', why: `${first.name} has not finished. Cancel it first.` });
      const folder = ownFolder(first) ?? notedFolder(first, note);
      if (folder !== undefined) {
        if ((await parts.inUse()).has(folder))
          throw new JobError({
            kind: 'invalid',
            why: `Another job is running in the folder of ${first.name}.`,
          });
        await removeFolder(files, folder, signal);
      }
      // The note hides the job as long as the scheduler lists it.
      await notes.replaceAll(id, { name: first.name, removed: first.submitted?.getTime() ?? 0 });
      for (const task of all) if (task.id !== id) await notes.remove(task.id);
    },
    resubmit: async (id, signal, request) => {
      const { jobs } = await watching.jobs(60_000, signal);
      const seen = jobs.get(id) ?? [...jobs.values()].find((one) => wholeOf(one.id) === id);
      const note = await noteOf(notes, id, seen);
      const { folder, script, laid, request: kept, name = seen?.name ?? id } = note ?? {};
      // Numbers can be assigned again: number and name alone do not identify the job.
      const isCertain = seen !== undefined && placeFolder(seen) === folder;
      if (folder === undefined || !isCertain || script === undefined || laid === undefined)
        throw new JobError({
          kind: 'invalid',
          why: `${name} was not submitted from here, so its script is not known.`,
        });
      if (!request && !kept)
        throw new JobError({
          kind: 'invalid',
          why: `${name} was submitted with a value that looks like a secret, which is not stored. Submit it again instead of resubmitting.`,
        });
      // The jobs that it waited for have ended, or never will.
      const { after: _, afterKind: __, ...options } = { ...kept?.options };
      const same = { name, args: [], env: {}, ...kept, options };
      const { limitMs, ...others } = same;
      const again = request ?? { ...others, ...(limitMs === undefined ? {} : { limitMs }) };
      return submitAgain({ folder, script, laid }, again, signal);
    },
  };
}

/** The folder of a job whose command is not listed: that of its working directory, if it was submitted from there. */
const notedFolder = (seen: Seen, note: JobNote | undefined): string | undefined => {
  const folder = placeFolder(seen);
  return folder === note?.folder ? folder : undefined;
};

/** A job, or all tasks of an array. */
const jobsOf = (id: JobId, jobs: ReadonlyMap<string, Seen>): readonly Seen[] =>
  [...jobs.values()].filter((seen) => seen.id === id || wholeOf(seen.id) === id);
