import type { Bundle, Report, Request, Script, Work } from '../../../core/domain/jobSpec.js';
import { asJobId, type JobId } from '../../../core/domain/job.js';
import { JobError } from '../../../core/domain/problem.js';
import type { Notes } from '../../notes/notes.js';
import { dryRunText } from './dryRun.js';
import { rememberedRequest, type JobNote } from '../jobs/jobNote.js';
import type { SubmitDialect } from '../dialect.js';
import { layJobId } from '../jobs/records.js';
import { removeOld, type Retention } from '../retention.js';
import { sendBatch, type SendingDeps } from './sending.js';
import {
  stageAgain,
  stageBundle,
  stageScript,
  type Again,
  type Staged,
  type StagingParts,
} from './staging.js';
import { setupOf, type Submission } from './submission.js';

/** What submitting needs. */
export interface SubmittingParts extends SendingDeps {
  readonly dialect: SubmitDialect;
  /** The connection by which a job's id is laid into its folder, for the record of how it ended; undefined: it is not. */
  readonly recordsOf: string | undefined;
  readonly staging: StagingParts;
  readonly notes: Notes<JobNote>;
  readonly retention: Retention;
}

export interface Submitting {
  readonly submitScript: (script: Script, request: Request, signal: AbortSignal) => Promise<JobId>;
  readonly submitBundle: (
    bundle: Bundle,
    entry: string,
    request: Request,
    signal: AbortSignal,
    report?: Report,
  ) => Promise<JobId>;
  readonly dryRun: (
    work: Work,
    bundle: Bundle | undefined,
    request: Request,
    signal: AbortSignal,
  ) => Promise<string>;
  readonly getSubmissionNotice: (id: JobId) => string | undefined;
  /** Submits what a job was submitted with, as it was laid into its folder. */
  readonly submitAgain: (from: Again, request: Request, signal: AbortSignal) => Promise<JobId>;
}

/**
 * Submissions: the job's folder is made and filled, then the scheduler's command is called once; see {@link sendBatch}.
 *
 * All throw {@link JobError} of kind `offline` (nothing was submitted), `refused`, `invalid`, `diskFull`, and
 * `unclearSubmit` where the answer never came and no job runs in the folder (yet).
 */
export function createSubmitting(parts: SubmittingParts): Submitting {
  const { staging, calls, dialect } = parts;
  const notices = new Map<string, string>();
  return {
    submitScript: async (script, request, signal) => {
      const staged = await beforeSending(stageScript(staging, script, setupOf(request), signal));
      return submit(parts, staged, { script: script.name, request, notices }, signal);
    },
    submitBundle: async (bundle, entry, request, signal, report) => {
      const sending = stageBundle(staging, bundle, entry, setupOf(request), report, signal);
      const staged = await beforeSending(sending);
      return submit(parts, staged, { script: entry, request, notices }, signal);
    },
    submitAgain: async (from, request, signal) => {
      const staged = await beforeSending(stageAgain(staging, from, setupOf(request), signal));
      return submit(parts, staged, { script: from.script, request, notices }, signal);
    },
    dryRun: async (work, bundle, request, signal) => {
      if (work.kind !== 'script' && work.kind !== 'bundle') throw new RangeError(`no ${work.kind} here`);
      const what = work.kind === 'script' ? work.script : work.entry;
      const staged = await stageFor(parts, what, bundle, request, signal);
      let isSubmitted = false;
      try {
        const usual = typeof what === 'string' ? what : what.name;
        const { argv } = await prepared(parts, staged, { script: usual, request }, 'try', signal);
        const tested =
          dialect.tryOption !== undefined ? await calls.ask(argv, signal, undefined, request.env) : undefined;
        // A site's own program may not know that it is only to try.
        const answer = tested && dialect.parseAnswer(tested);
        isSubmitted = answer !== undefined;
        if (answer) throw submittedAnyway(answer.id, parts);
        return dryRunText(staged, argv, tested, { calls, dialect });
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

function submittedAnyway(id: string, { calls: { place }, dialect, stir }: SubmittingParts): JobError {
  stir();
  const why = `The dry run with ${dialect.program} of ${place} submitted the script as job ${id}.`;
  return new JobError({ kind: 'invalid', why });
}

/** Whoever sent much wants to know, when the way breaks, that there is no job. */
async function beforeSending<T>(preparing: Promise<T>): Promise<T> {
  try {
    return await preparing;
  } catch (error) {
    if (!(error instanceof JobError) || error.problem.kind !== 'offline') throw error;
    const why = `${error.problem.why}. Nothing was submitted`;
    throw new JobError({ ...error.problem, why }, { cause: error });
  }
}

const stageFor = (
  { staging }: SubmittingParts,
  what: Script | string,
  bundle: Parameters<Submitting['dryRun']>[1],
  request: Request,
  signal: AbortSignal,
): Promise<Staged> => {
  const setup = setupOf(request);
  if (typeof what !== 'string') return stageScript(staging, what, setup, signal);
  if (bundle) return stageBundle(staging, bundle, what, setup, undefined, signal);
  throw new JobError({ kind: 'invalid', why: 'No bundle to test.' });
};

/** What is submitted: the name of its script, and all that comes with it. */
interface Wanted {
  readonly script: string;
  readonly request: Request;
}

/** The command line, once it is sure that the job will be where it is looked for. */
const prepared = (
  { dialect }: SubmittingParts,
  { batch, place }: Staged,
  { script, request }: Wanted,
  mode: 'submit' | 'try',
  signal: AbortSignal,
): Promise<Submission> =>
  dialect.toSubmission({ place, batch, usualName: baseName(script), request }, mode, signal);

/** Makes the folders that a job writes to. Never fails: where the job runs there may be other file systems. */
async function makeOutputFolders(
  { calls, dialect }: SubmittingParts,
  submission: Submission,
  id: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const folders = dialect.listOutputFolders?.(submission, id) ?? [];
  if (folders.length === 0) return;
  await calls.look(['mkdir', '-p', '--', ...new Set(folders)], signal).catch(() => undefined);
}

/** The name of a script without its folders: what a job is called unless the user calls it otherwise. */
const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

async function submit(
  parts: SubmittingParts,
  staged: Staged,
  wanted: Wanted & { readonly notices: Map<string, string> },
  signal: AbortSignal,
): Promise<JobId> {
  const { notes, staging } = parts;
  let submission: Submission;
  try {
    submission = await beforeSending(prepared(parts, staged, wanted, 'submit', signal));
    await makeOutputFolders(parts, submission, undefined, signal);
  } catch (error) {
    // Nothing was sent yet.
    await staged.discard();
    throw error;
  }
  const { name, output, error } = submission;
  const at = staging.clock.now().toISOString();
  const { id, errors } = await sendBatch(parts, staged, { ...submission, env: wanted.request.env }, signal);
  parts.stir();
  if (parts.recordsOf !== undefined) {
    const job = { id, name, connection: parts.recordsOf };
    await layJobId(staging.files, staged.place.folder, job, signal);
  }
  await makeOutputFolders(parts, submission, id, signal);
  const request = rememberedRequest(wanted.request);
  await notes.put(id, {
    folder: staged.place.folder,
    script: wanted.script,
    name,
    at,
    output,
    laid: staged.laid,
    ...(error === undefined ? {} : { error }),
    ...(request === undefined ? {} : { request }),
  });
  const notice = parts.dialect.parseNotice?.(errors) ?? '';
  if (notice !== '') wanted.notices.set(id, notice);
  void removeOld(staging.files, parts.retention);
  return asJobId(id);
}
