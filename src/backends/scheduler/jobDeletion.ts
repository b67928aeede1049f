import type { JobDraft, JobRequest } from '../../core/domain/jobSpec.js';
import type { JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import { removeFolder, type HostFileSystem } from '../../remote/hostFiles.js';
import type { NoteStore } from '../jobFacts/jobFactsStore.js';
import { formatReusedId, findOwnFolder, findJobFolder } from './jobs/jobIdentity.js';
import { isDeletedJob, getJobFacts, type JobFacts } from './jobs/jobFacts.js';
import { isEarlierRun, isFinished, type SchedulerJob } from './jobs/schedulerJob.js';
import { toArrayId } from './taskIds.js';
import type { JobToResubmit } from './submit/staging.js';
import type { JobWatcher } from './jobs/jobWatcher.js';

/** Dependencies of deleting and resubmitting jobs. */
export interface JobDeletionDeps {
  readonly files: HostFileSystem;
  readonly watching: JobWatcher;
  readonly notes: NoteStore<JobFacts>;
  /** The folders of queued and running jobs. */
  readonly listFoldersInUse: () => Promise<ReadonlySet<string>>;
  readonly submitFromFolder: (
    from: JobToResubmit,
    request: JobRequest,
    signal: AbortSignal,
  ) => Promise<JobId>;
}

export interface JobDeletion {
  readonly deleteJob: (id: JobId, signal: AbortSignal) => Promise<void>;
  readonly resubmit: (id: JobId, signal: AbortSignal, request?: JobRequest) => Promise<JobId>;
  /** The draft that {@link resubmit} repeats; without the text of its script. */
  readonly getDraft: (id: JobId, signal: AbortSignal) => Promise<JobDraft>;
}

/**
 * Deletes a finished job: its folder, if it is the extension's, and its row; the scheduler's own records stay.
 * Resubmits a job that was submitted by the extension, with the files that were written into its folder.
 */
export function createJobDeletion(parts: JobDeletionDeps): JobDeletion {
  const { files, watching, notes, submitFromFolder: submitAgain } = parts;
  return {
    deleteJob: async (id, signal) => {
      const [shown] = listJobs(id, (await watching.getSnapshot(Infinity, signal)).jobs);
      const all = listJobs(id, (await watching.getSnapshot(0, signal)).jobs);
      const [first] = all;
      if (first && shown && (isEarlierRun(shown, first) || isEarlierRun(first, shown)))
        throw new JobError({ kind: 'invalid', why: formatReusedId(id, first.name) });
      const note = await getJobFacts(notes, id, first);
      if (!first || (note && isDeletedJob(note, first))) throw new JobError({ kind: 'gone', name: id });
      if (!all.every(isFinished))
        throw new JobError({ kind: 'invalid', why: `${first.name} has not finished. Cancel it first.` });
      const folder = findOwnFolder(first) ?? getRecordedFolder(first, note);
      if (folder !== undefined) {
        if ((await parts.listFoldersInUse()).has(folder))
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
    getDraft: async (id, signal) => {
      const { jobs } = await watching.getSnapshot(60_000, signal);
      const seen = jobs.get(id) ?? [...jobs.values()].find((one) => toArrayId(one.id) === id);
      const note = await getJobFacts(notes, id, seen);
      const { script, request, name = seen?.name ?? id } = note ?? {};
      if (script === undefined) throw createUnknownScriptError(name);
      return { ...toSameRequest(name, request), kind: 'bundle', entry: script };
    },
    resubmit: async (id, signal, request) => {
      const { jobs } = await watching.getSnapshot(60_000, signal);
      const seen = jobs.get(id) ?? [...jobs.values()].find((one) => toArrayId(one.id) === id);
      const note = await getJobFacts(notes, id, seen);
      const { folder, script, laid, request: kept, name = seen?.name ?? id } = note ?? {};
      // Numbers can be assigned again: number and name alone do not identify the job.
      const isCertain = seen !== undefined && findJobFolder(seen) === folder;
      if (folder === undefined || !isCertain || script === undefined || laid === undefined)
        throw createUnknownScriptError(name);
      if (!request && !kept)
        throw new JobError({
          kind: 'invalid',
          why: `${name} was submitted with a value that looks like a secret, which is not stored. Submit it again instead of resubmitting.`,
        });
      return submitAgain({ folder, script, fileCount: laid }, request ?? toSameRequest(name, kept), signal);
    },
  };
}

const createUnknownScriptError = (name: string): JobError =>
  new JobError({
    kind: 'invalid',
    why: `${name} was not submitted from here, so its script is not known.`,
  });

/** The request of an earlier job, without the jobs that it waited for: they have ended, or never will. */
function toSameRequest(name: string, kept: JobFacts['request']): JobRequest {
  const { limitMs, options: all, args = [], env = {} } = kept ?? {};
  const { after: _, afterKind: __, ...options } = { ...all };
  return { name, args, env, options, ...(limitMs === undefined ? {} : { limitMs }) };
}

/** The folder of a job whose command is not listed: that of its working directory, if it was submitted from there. */
const getRecordedFolder = (seen: SchedulerJob, note: JobFacts | undefined): string | undefined => {
  const folder = findJobFolder(seen);
  return folder === note?.folder ? folder : undefined;
};

/** A job, or all tasks of an array. */
const listJobs = (id: JobId, jobs: ReadonlyMap<string, SchedulerJob>): readonly SchedulerJob[] =>
  [...jobs.values()].filter((seen) => seen.id === id || toArrayId(seen.id) === id);
