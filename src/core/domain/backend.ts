import type { Account } from './account.js';
import type { BackendCapabilities } from './capabilities.js';
import type { Connection } from './connection.js';
import type { Job, JobFile, JobId } from './job.js';
import type { JobAction } from './jobAction.js';
import type { PortResponse, PortRequest } from './jobPort.js';
import type {
  Application,
  JobDraft,
  JobSpec,
  ProgressCallback,
  JobRequest,
  Script,
  SubmissionValidation,
  JobWorkload,
} from './jobSpec.js';
import type { LogCursor, LogPage, LogSource, LogStart } from './log.js';
import type { LogBatches } from './logBatches.js';
import type { Page, PageRequest } from './paging.js';
import type { DefaultAnswer, Question } from './questions.js';

/**
 * The implementation of one connection: a plain object from a factory, with no `this`. Its members are
 * grouped into facets. An absent facet or optional member means "not supported"; menus and commands follow
 * from the members that are present.
 *
 * All calls that accept a signal reject with an AbortError when it is aborted. Every other expected failure
 * is a {@link JobError}. All times are in milliseconds, all sizes in bytes.
 */
export interface Backend {
  readonly connection: Connection;
  readonly capabilities: BackendCapabilities;
  readonly jobs: JobQueries;
  /** Absent: nothing can be submitted. */
  readonly submit?: JobSubmission;
  readonly logs?: JobLogs;
  readonly control?: JobControl;
  readonly files?: JobFiles;
  readonly ports?: JobPorts;
  /** Absent: the backend requires no sign-in. */
  readonly account?: Account;
  /**
   * Allows prompts of other programs (such as an SSH passphrase) that the user dismissed to appear again.
   * Called when the user refreshes the jobs.
   */
  readonly resetPrompts?: () => void;
  /**
   * Closes open connections, watchers and timers. Called once, when the backend is replaced or the extension
   * stops. Jobs keep running.
   */
  readonly dispose?: () => void;
}

/** Lists jobs. Called on every poll, so an unchanged list must be cheap. */
export interface JobQueries {
  /**
   * Lists top-level jobs, newest first and without duplicates.
   *
   * The first page contains every active job, however old it is and however small {@link PageRequest.size}
   * is. A service that cannot list jobs by state reports the number of missing active jobs as
   * {@link Page.moreActive}. The tasks of an array can follow it in the same list; the array's own row
   * finishes only when all its tasks have finished.
   *
   * @throws {@link JobError} of kind `offline` or `signedOut`; any other kind is shown as the connection's
   * error.
   */
  readonly list: (page: PageRequest, signal: AbortSignal) => Promise<Page<Job>>;
  /** Reads the current state of one job; undefined if no job has this id. */
  readonly get: (id: JobId, signal: AbortSignal) => Promise<Job | undefined>;
  /**
   * Lists the direct children of a job that has {@link Job.hasChildren}: the tasks of an array, the nodes of
   * a workflow, the jobs of a batch. Children can have children. Called when the user opens the job's row,
   * and in each poll while the row is open. Absent: children come with the list.
   */
  readonly children?: (id: JobId, page: PageRequest, signal: AbortSignal) => Promise<Page<Job>>;
  /** Yields when something here may have changed, so that looking soon is worth it. Absent: polling alone. */
  readonly changes?: (signal: AbortSignal) => AsyncIterable<void>;
}

/** Creates jobs. None of these calls is ever retried automatically. */
export interface JobSubmission {
  /**
   * The questions that this backend adds to the submission wizard. `application`: the one to be submitted, if
   * its questions differ from those of other applications.
   */
  readonly questions?: (work: JobWorkload['kind'], application?: Application) => readonly Question[];
  /**
   * Checks a draft before it is sent; nothing is submitted. The items are shown in the review.
   *
   * @throws {@link JobError} if the submission would certainly fail, for example because the interpreter is
   * missing.
   */
  readonly validate?: (draft: JobDraft, signal: AbortSignal) => Promise<SubmissionValidation>;
  /**
   * The values that apply where the user gives no answer, by question id, and by `name` and `limit`. Unknown
   * values are omitted.
   */
  readonly getDefaults?: (
    draft: JobDraft,
    signal: AbortSignal,
  ) => Promise<Readonly<Record<string, DefaultAnswer>>>;
  /**
   * Describes everything that would be sent, as text for the user, with secrets omitted. Nothing is
   * submitted.
   */
  readonly dryRun?: (draft: JobDraft, signal: AbortSignal) => Promise<string>;
  /**
   * Submits the job and returns its id as soon as the backend has accepted it.
   *
   * If the response to the request is lost, the job may exist: then it throws a {@link JobError} of kind
   * `unclearSubmit`, and the caller searches for the job instead of sending again.
   *
   * @param onProgress - Called while a bundle is uploaded.
   * @param validation - The result of {@link validate} for a draft that differs from `spec` only in its
   * bundle; undefined if the draft was not validated.
   */
  readonly send: (
    spec: JobSpec,
    signal: AbortSignal,
    onProgress?: ProgressCallback,
    validation?: SubmissionValidation,
  ) => Promise<JobId>;
  /**
   * The draft a job was submitted with, as far as it is known, for the user to edit before resubmitting.
   * Unknown options are omitted. Absent: {@link again} repeats the submission unchanged.
   */
  readonly previous?: (id: JobId, signal: AbortSignal) => Promise<JobDraft>;
  /**
   * The draft of a job that {@link again} repeats unchanged, for the user to change it first. The text of its
   * script can be missing. Absent: {@link previous}.
   */
  readonly getDraft?: (id: JobId, signal: AbortSignal) => Promise<JobDraft>;
  /**
   * Resubmits a job with the same stored files and returns the new job's id. `request` replaces the original
   * request.
   */
  readonly again?: (id: JobId, signal: AbortSignal, request?: JobRequest) => Promise<JobId>;
  /** The applications that can be submitted here. */
  readonly applications?: (signal: AbortSignal) => Promise<readonly Application[]>;
  /**
   * A message that the service returned when it accepted a job, such as an announcement to its users.
   * Returned once per job.
   */
  readonly getNotice?: (id: JobId) => string | undefined;
}

/** Reads the output of jobs. */
export interface JobLogs {
  /** Lists the logs of a job, the main log first. Absent: every job has exactly one log. */
  readonly sources?: (id: JobId, signal: AbortSignal) => Promise<readonly LogSource[]>;
  /**
   * Reads the log from a position on, in batches of events that arrive together.
   *
   * With `follow`, the iterable ends when the job has finished and its whole log has been read; without it,
   * when the currently available log has been read.
   *
   * @param source - The id of one of {@link sources}; undefined: the main log.
   * @throws {@link JobError} of kind `offline`: reading resumes at the last cursor after a pause.
   */
  readonly read: (
    id: JobId,
    from: LogStart,
    follow: boolean,
    signal: AbortSignal,
    source?: string,
  ) => LogBatches;
  /**
   * Reads the lines before a cursor, about `bytes` bytes of text. Called when the user loads earlier output.
   */
  readonly older?: (
    id: JobId,
    before: LogCursor,
    bytes: number,
    signal: AbortSignal,
    source?: string,
  ) => Promise<LogPage>;
  /** Where a started job runs or ran, in a few words: `n1, partition debug`. Absent: nothing worth showing. */
  readonly getPlace?: (job: Job) => string | undefined;
  /** True: the service cannot resume a log, so lines may be lost. Gaps are marked with a {@link LogGap}. */
  readonly isLossy?: true;
}

/** Changes existing jobs. */
export interface JobControl {
  /**
   * Cancels an active job; of an array, all its tasks. Resolves when the request is accepted, which may be
   * before the job finishes.
   */
  readonly cancel?: (id: JobId, signal: AbortSignal) => Promise<void>;
  /** Adds `byMs` milliseconds to the time limit of a running job. */
  readonly extend?: (id: JobId, byMs: number, signal: AbortSignal) => Promise<void>;
  /** Why {@link extend} will probably be refused, as sentences; absent: users can extend their jobs. */
  readonly extendWarning?: string;
  /** Deletes a finished job with its log, results and files. */
  readonly delete?: (id: JobId, signal: AbortSignal) => Promise<void>;
  /** Other actions of this engine, such as hold and release. */
  readonly actions?: readonly JobAction[];
}

/** Accesses the files of jobs. */
export interface JobFiles {
  readonly list?: (id: JobId, page: PageRequest, signal: AbortSignal) => Promise<Page<JobFile>>;
  /** Reads a file as a sequence of chunks. */
  readonly read?: (id: JobId, file: JobFile, signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** Reads the submitted script, unchanged. */
  readonly script?: (id: JobId, signal: AbortSignal) => Promise<Script>;
  /**
   * The absolute path of the job's folder on the machine of the extension; undefined if it no longer exists.
   */
  readonly localFolder?: (id: JobId) => string | undefined;
  /**
   * Called when the user has opened the job's files other than through {@link read}, for example in its
   * folder. Jobs whose result files were never opened are not deleted because of their age without
   * confirmation.
   */
  readonly markSeen?: (id: JobId) => Promise<void>;
}

/** Accesses ports that jobs open. */
export interface JobPorts {
  /**
   * Sends an HTTP request as the signed-in user to the port that the job opened ({@link Job.endpoint}). Never
   * retried automatically.
   */
  readonly request: (id: JobId, request: PortRequest, signal: AbortSignal) => Promise<PortResponse>;
}

/** True if a backend accepts this kind of workload. Applications must also be listable. */
export const canSubmit = ({ submit, capabilities }: Backend, work: JobWorkload['kind']): boolean =>
  submit !== undefined &&
  capabilities.kinds.includes(work) &&
  (work !== 'application' || submit.applications !== undefined);
