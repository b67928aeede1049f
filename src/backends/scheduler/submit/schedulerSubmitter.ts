import type {
  Bundle,
  ProgressCallback,
  JobRequest,
  Script,
  SubmissionValidation,
  JobWorkload,
} from '../../../core/domain/jobSpec.js';
import { toJobId, type JobId } from '../../../core/domain/job.js';
import { JobError } from '../../../core/domain/problem.js';
import type { JobFactsStore } from '../../jobFacts/jobFactsStore.js';
import { formatDryRun } from './dryRun.js';
import { toRequestFacts, type JobFacts } from '../jobs/jobFacts.js';
import type { SubmitDialect } from '../dialect.js';
import { writeJobId, toSubmittedJob } from '../jobs/recordHistory.js';
import type { JobWatcher } from '../jobs/jobWatcher.js';
import { sendBatch, type SendBatchDeps } from './sendBatch.js';
import {
  stageResubmission,
  stageBundle,
  stageScript,
  type JobToResubmit,
  type StagedJob,
  type StagingDeps,
} from './staging.js';
import { getSetupCommands, type SubmissionCommand } from './submission.js';

/** Dependencies of submitting. */
export interface SchedulerSubmitterDeps extends SendBatchDeps, Pick<JobWatcher, 'addSubmitted'> {
  readonly dialect: SubmitDialect;
  /**
   * The connection whose ID is written into the job's folder, for the record of its exit; undefined if none is
   * written.
   */
  readonly recordConnection: string | undefined;
  readonly staging: StagingDeps;
  readonly notes: JobFactsStore<JobFacts>;
  /** Deletes what is no longer needed; called after each submission. Never fails. */
  readonly cleanUp: () => Promise<void>;
}

/** Optional parameters of a submission. */
export interface SendOptions {
  readonly onProgress?: ProgressCallback | undefined;
  /** The result of the validation of this submission; undefined: it was not validated before. */
  readonly validation?: SubmissionValidation | undefined;
}

export interface SchedulerSubmitter {
  readonly submitScript: (
    script: Script,
    request: JobRequest,
    options: SendOptions,
    signal: AbortSignal,
  ) => Promise<JobId>;
  readonly submitBundle: (
    bundle: Bundle,
    entry: string,
    request: JobRequest,
    options: SendOptions,
    signal: AbortSignal,
  ) => Promise<JobId>;
  readonly dryRun: (
    work: JobWorkload,
    bundle: Bundle | undefined,
    request: JobRequest,
    signal: AbortSignal,
  ) => Promise<string>;
  readonly getSubmissionNotice: (id: JobId) => string | undefined;
  /** Submits again what was written into the folder of an earlier job. */
  readonly submitFromFolder: (
    from: JobToResubmit,
    request: JobRequest,
    signal: AbortSignal,
  ) => Promise<JobId>;
}

/**
 * Submissions: the job's folder is created and filled, then the scheduler's command is called once; see {@link
 * sendBatch}.
 *
 * All throw {@link JobError} of kind `offline` (nothing was submitted), `refused`, `invalid`, `diskFull`, and
 * `unclearSubmit` where the response was lost and no job runs in the folder (yet).
 */
export function createSchedulerSubmitter(parts: SchedulerSubmitterDeps): SchedulerSubmitter {
  const { staging, calls, dialect } = parts;
  const notices = new Map<string, string>();
  return {
    submitScript: async (script, request, { validation }, signal) => {
      const staged = await explainNotSubmitted(
        stageScript(staging, script, getSetupCommands(request), signal),
      );
      return submitStaged(parts, staged, { script: script.name, request, validation, notices }, signal);
    },
    submitBundle: async (bundle, entry, request, { onProgress, validation }, signal) => {
      const sending = stageBundle(staging, bundle, entry, getSetupCommands(request), onProgress, signal);
      const staged = await explainNotSubmitted(sending);
      return submitStaged(parts, staged, { script: entry, request, validation, notices }, signal);
    },
    submitFromFolder: async (from, request, signal) => {
      const staged = await explainNotSubmitted(
        stageResubmission(staging, from, getSetupCommands(request), signal),
      );
      return submitStaged(parts, staged, { script: from.script, request, notices }, signal);
    },
    dryRun: async (work, bundle, request, signal) => {
      if (work.kind !== 'script' && work.kind !== 'bundle') throw new RangeError(`no ${work.kind} here`);
      const what = work.kind === 'script' ? work.script : work.entry;
      const staged = await stageSubmission(parts, what, bundle, request, signal);
      let isSubmitted = false;
      try {
        const usual = typeof what === 'string' ? what : what.name;
        const { argv } = await prepareSubmission(parts, staged, { script: usual, request }, 'try', signal);
        const tested =
          dialect.tryOption !== undefined
            ? await calls.query(argv, signal, undefined, request.env)
            : undefined;
        // A site's wrapper of the command may ignore the option for a trial run.
        const answer = tested && dialect.parseResponse(tested);
        isSubmitted = answer !== undefined;
        if (answer) throw createAlreadySubmittedError(answer.id, parts);
        return formatDryRun(staged, argv, tested, { calls, dialect });
      } finally {
        if (!isSubmitted) await staged.discard();
      }
    },
    getSubmissionNotice: (id) => {
      const notice = notices.get(id);
      notices.delete(id);
      return notice;
    },
  };
}

function createAlreadySubmittedError(
  id: string,
  { calls: { place }, dialect, invalidate: stir }: SchedulerSubmitterDeps,
): JobError {
  stir();
  const why = `The dry run with ${dialect.program} of ${place} submitted the script as job ${id}.`;
  return new JobError({ kind: 'invalid', why });
}

/** Adds to the message of a lost connection that no job was created. */
async function explainNotSubmitted<T>(preparing: Promise<T>): Promise<T> {
  try {
    return await preparing;
  } catch (error) {
    if (!(error instanceof JobError) || error.problem.kind !== 'offline') throw error;
    const why = `${error.problem.why}. Nothing was submitted`;
    throw new JobError({ ...error.problem, why }, { cause: error });
  }
}

const stageSubmission = (
  { staging }: SchedulerSubmitterDeps,
  what: Script | string,
  bundle: Parameters<SchedulerSubmitter['dryRun']>[1],
  request: JobRequest,
  signal: AbortSignal,
): Promise<StagedJob> => {
  const setup = getSetupCommands(request);
  if (typeof what !== 'string') return stageScript(staging, what, setup, signal);
  if (bundle) return stageBundle(staging, bundle, what, setup, undefined, signal);
  throw new JobError({ kind: 'invalid', why: 'No bundle to test.' });
};

/** A submission: the name of its script, and everything sent with it. */
interface SubmitInput {
  readonly script: string;
  readonly request: JobRequest;
  readonly validation?: SubmissionValidation | undefined;
}

/** The command line, after checking that the job will run on this connection's cluster. */
const prepareSubmission = (
  { dialect }: SchedulerSubmitterDeps,
  { batch, paths: place }: StagedJob,
  { script, request, validation }: SubmitInput,
  mode: 'submit' | 'try',
  signal: AbortSignal,
): Promise<SubmissionCommand> =>
  dialect.toSubmission(
    { paths: place, batch, usualName: getBaseName(script), request, validation },
    mode,
    signal,
  );

/** Creates the folders that a job writes to. Never fails: the compute nodes can have other file systems. */
async function createOutputFolders(
  { calls, dialect }: SchedulerSubmitterDeps,
  submission: SubmissionCommand,
  id: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const folders = dialect.listOutputFolders?.(submission, id) ?? [];
  if (folders.length === 0) return;
  await calls.runPlain(['mkdir', '-p', '--', ...new Set(folders)], signal).catch(() => undefined);
}

/** The name of a script without its folders, which is the job's default name. */
const getBaseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

async function submitStaged(
  parts: SchedulerSubmitterDeps,
  staged: StagedJob,
  wanted: SubmitInput & { readonly notices: Map<string, string> },
  signal: AbortSignal,
): Promise<JobId> {
  const { notes, staging } = parts;
  let submission: SubmissionCommand;
  try {
    submission = await explainNotSubmitted(prepareSubmission(parts, staged, wanted, 'submit', signal));
    await createOutputFolders(parts, submission, undefined, signal);
  } catch (error) {
    // Nothing was submitted yet.
    await staged.discard();
    throw error;
  }
  const { name, output, error } = submission;
  const at = staging.clock.now().toISOString();
  const { id, errors } = await sendBatch(parts, staged, { ...submission, env: wanted.request.env }, signal);
  parts.invalidate();
  if (parts.recordConnection !== undefined) {
    const job = { id, name, connection: parts.recordConnection };
    await writeJobId(staging.files, staged.paths.folder, job, signal);
    parts.addSubmitted(toSubmittedJob(id, name, staged.paths.folder));
  }
  await createOutputFolders(parts, submission, id, signal);
  const request = toRequestFacts(wanted.request);
  await notes.put(id, {
    folder: staged.paths.folder,
    script: wanted.script,
    name,
    at,
    output,
    laid: staged.fileCount,
    ...(error === undefined ? {} : { error }),
    ...(request === undefined ? {} : { request }),
  });
  const notice = parts.dialect.parseNotice?.(errors) ?? '';
  if (notice !== '') wanted.notices.set(id, notice);
  void parts.cleanUp();
  return toJobId(id);
}
