import type { Account } from './account.js';
import type { Capabilities } from './capabilities.js';
import type { Connection } from './connection.js';
import type { Job, JobFile, JobId } from './job.js';
import type { JobAction } from './jobAction.js';
import type { PortAnswer, PortRequest } from './jobPort.js';
import type { Application, JobDraft, JobSpec, Report, Request, Script, Validation, Work } from './jobSpec.js';
import type { LogCursor, LogPage, LogSource, LogStart } from './log.js';
import type { LogBatches } from './logBatches.js';
import type { Page, PageRequest } from './paging.js';
import type { DefaultAnswer, Question } from './questions.js';

/**
 * One place jobs run: a plain object from a factory, with no `this`. Its members are grouped; an absent group or member
 * cannot be done here, and menus and commands are made from those that are present. Every call takes a signal that stops
 * it: the promise then rejects with an AbortError. All other failures are a {@link JobError}.
 */
export interface Backend {
  readonly connection: Connection;
  readonly capabilities: Capabilities;
  readonly jobs: JobQueries;
  /** Absent: nothing can be submitted. */
  readonly submit?: JobSubmission;
  readonly logs?: JobLogs;
  readonly control?: JobControl;
  readonly files?: JobFiles;
  readonly ports?: JobPorts;
  /** Signing in; absent: nobody has to. */
  readonly account?: Account;
  /** The user asks again: a prompt of another program that they dismissed may come once more. */
  readonly resetPrompts?: () => void;
  /** Closes what it keeps open, once it is not used any more. Jobs go on. */
  readonly dispose?: () => void;
}

/** Which jobs there are. */
export interface JobQueries {
  /**
   * Newest first, only jobs that are part of no other, each once. The first page holds every active job, however old it
   * is and however small the page; those that a service cannot find by their state are counted in
   * {@link Page.moreActive}. The tasks of an array may follow it; its own row has ended only when all of them have.
   */
  readonly list: (page: PageRequest, signal: AbortSignal) => Promise<Page<Job>>;
  /** One job, fresh; undefined: there is none with this id. */
  readonly get: (id: JobId, signal: AbortSignal) => Promise<Job | undefined>;
  /**
   * The jobs right below one with {@link Job.hasChildren}: tasks of an array, nodes of a workflow, jobs of a batch, which
   * may have children of their own. Absent: they come with the list.
   */
  readonly children?: (id: JobId, page: PageRequest, signal: AbortSignal) => Promise<Page<Job>>;
  /** Yields when something here may have changed, so that looking soon is worth it. Absent: polling alone. */
  readonly changes?: (signal: AbortSignal) => AsyncIterable<void>;
}

/** Making new jobs. Nothing here is ever repeated automatically. */
export interface JobSubmission {
  /** The steps of the wizard that only this backend has; `application`: of this one alone. */
  readonly questions?: (work: Work['kind'], application?: Application) => readonly Question[];
  /**
   * What the user should know before sending; said in the review, and nothing is sent for it. Throws what would make
   * the submission fail for certain (a missing interpreter).
   */
  readonly validate?: (draft: JobDraft, signal: AbortSignal) => Promise<Validation>;
  /**
   * What counts for answers that the user has not given: by the ids of questions, and as `name` and `limit`. Those that
   * are not known are left out.
   */
  readonly getDefaults?: (
    draft: JobDraft,
    signal: AbortSignal,
  ) => Promise<Readonly<Record<string, DefaultAnswer>>>;
  /** All that would be sent, as a text for the user to read, with secrets left out; nothing is sent to run. */
  readonly dryRun?: (draft: JobDraft, signal: AbortSignal) => Promise<string>;
  /**
   * `validation`: what {@link validate} gave for a draft that differs from `spec` in nothing but its bundle; absent: it
   * was not asked.
   */
  readonly send: (
    spec: JobSpec,
    signal: AbortSignal,
    onProgress?: Report,
    validation?: Validation,
  ) => Promise<JobId>;
  /**
   * What the job was submitted with, as far as it is known, for the user to look at before it is submitted again; options
   * that are not known are left out. Absent: {@link again} repeats all of it as it was.
   */
  readonly previous?: (id: JobId, signal: AbortSignal) => Promise<JobDraft>;
  /** Submits the same frozen content once more; with this request where given, else with the same. */
  readonly again?: (id: JobId, signal: AbortSignal, request?: Request) => Promise<JobId>;
  /** The applications that can be submitted here. */
  readonly applications?: (signal: AbortSignal) => Promise<readonly Application[]>;
  /** A message of the place from when it accepted this job, such as a notice to its users; given once. */
  readonly getNotice?: (id: JobId) => string | undefined;
}

/** Reading what jobs write. */
export interface JobLogs {
  /** The logs of a job, the main one first. Absent: each job has one. */
  readonly sources?: (id: JobId, signal: AbortSignal) => Promise<readonly LogSource[]>;
  /**
   * What the job wrote from `from` on, in batches of what came together; ends when the job has ended and all is read, or
   * after what is there now unless `follow`. `source`: the id of one of {@link sources}; undefined: the main one.
   */
  readonly read: (
    id: JobId,
    from: LogStart,
    follow: boolean,
    signal: AbortSignal,
    source?: string,
  ) => LogBatches;
  /** What was written before a cursor, about `bytes` of text of it. */
  readonly older?: (
    id: JobId,
    before: LogCursor,
    bytes: number,
    signal: AbortSignal,
    source?: string,
  ) => Promise<LogPage>;
  /** True: the service cannot resume, so that lines may be lost; gaps are marked. */
  readonly isLossy?: true;
}

/** Changing jobs that are there. */
export interface JobControl {
  /** Of an array: all its tasks. */
  readonly cancel?: (id: JobId, signal: AbortSignal) => Promise<void>;
  /** Adds to the time limit of a running job. */
  readonly extend?: (id: JobId, byMs: number, signal: AbortSignal) => Promise<void>;
  /** Deletes an ended job and all that is kept of it. */
  readonly delete?: (id: JobId, signal: AbortSignal) => Promise<void>;
  /** What else the engine can do with a job. */
  readonly actions?: readonly JobAction[];
}

/** The files of jobs. */
export interface JobFiles {
  readonly list?: (id: JobId, page: PageRequest, signal: AbortSignal) => Promise<Page<JobFile>>;
  /** A file's bytes, in order. */
  readonly read?: (id: JobId, file: JobFile, signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** The submitted script as it was sent. */
  readonly script?: (id: JobId, signal: AbortSignal) => Promise<Script>;
  /** The job's folder on the machine of the extension, absolute; undefined: it is gone. */
  readonly localFolder?: (id: JobId) => string | undefined;
  /**
   * The user has seen the job's files by another way than {@link read}, such as in its folder. Jobs whose result files
   * were never seen are not removed for their age without a question.
   */
  readonly markSeen?: (id: JobId) => Promise<void>;
}

/** The ports that jobs open. */
export interface JobPorts {
  /** Sends an HTTP request to the port the job opened ({@link Job.endpoint}), as the signed-in user. Never repeated by itself. */
  readonly request: (id: JobId, request: PortRequest, signal: AbortSignal) => Promise<PortAnswer>;
}

/** True where a backend takes this kind of work; applications have to be listed as well. */
export const canSend = ({ submit, capabilities }: Backend, work: Work['kind']): boolean =>
  submit !== undefined &&
  capabilities.kinds.includes(work) &&
  (work !== 'application' || submit.applications !== undefined);
