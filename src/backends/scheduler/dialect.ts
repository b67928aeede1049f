import type { JobSubmission } from '../../core/domain/backend.js';
import type { BackendCapabilities } from '../../core/domain/capabilities.js';
import type { Connection } from '../../core/domain/connection.js';
import type { ExitStatus, Job, JobId } from '../../core/domain/job.js';
import type { JobRequest, SubmissionValidation, JobWorkload } from '../../core/domain/jobSpec.js';
import type { DefaultAnswer } from '../../core/domain/questions.js';
import type { Clock, Log } from '../../core/domain/ports.js';
import type { RunResult } from '../../remote/runOnHost.js';
import type { SchedulerCalls, CommandStyle } from './schedulerCalls.js';
import type { JobHistory } from './jobs/jobHistory.js';
import type { SchedulerJob } from './jobs/schedulerJob.js';
import type { LogPaths } from './logs/jobLogs.js';
import type { BatchFile } from './submit/batchFile.js';
import type { SubmissionCommand, SubmissionPaths, SubmitResponse } from './submit/submission.js';

/**
 * One command-line scheduler: the commands that list, submit and change jobs, and the parsers of their output.
 * Everything else (job folders, lost responses, polling, exits, logs, files, retention) is shared. An absent member
 * is not supported by the scheduler, or the shared behavior is enough.
 *
 * Job IDs are the same for all dialects: `36`, `36_2` (a task of an array), `36_[5-9]` (tasks that share a row),
 * `36+1` (a component of a job); see `taskIds.ts`. A dialect converts them for its commands.
 */
export interface SchedulerDialect {
  /** The contents of submissions. */
  readonly capabilities: Omit<BackendCapabilities, 'pollInterval'>;
  readonly queue: QueueDialect;
  /** The exits of jobs that left the queue. Absent: the record that the job's own wrapper writes into its folder. */
  readonly history?: JobHistory;
  readonly view: ViewDialect;
  readonly submit: SubmitDialect;
  readonly control: ControlDialect;
  /** Absent: jobs write to the file of `submit/recordingBatch.ts`. */
  readonly logs?: LogDialect;
  /** The wizard steps that only this scheduler has. `listJobs`: the jobs that another job can wait for. */
  readonly questions?: (
    listJobs: (signal: AbortSignal) => Promise<readonly Job[]>,
  ) => NonNullable<JobSubmission['questions']>;
  /** Validates a submission; {@link SubmitDialect.toSubmission} receives the result. */
  readonly validate?: (
    work: JobWorkload,
    request: JobRequest,
    signal: AbortSignal,
  ) => Promise<SubmissionValidation>;
  readonly getDefaults?: (
    work: JobWorkload,
    request: JobRequest,
    signal: AbortSignal,
  ) => Promise<Readonly<Record<string, DefaultAnswer>>>;
  /** How to read the script of a job that was submitted by hand. Absent: it cannot be read. */
  readonly script?: ScriptDialect;
}

/** Dependencies of a dialect. */
export interface DialectDeps {
  readonly calls: SchedulerCalls;
  /** The connection's settings, such as the queue manager that commands use. */
  readonly settings: Connection['settings'];
  /** Days of history that are listed. */
  readonly historyDays: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

/** A dialect before it is connected to a host. */
export interface DialectFactory {
  readonly commands: CommandStyle;
  readonly create: (deps: DialectDeps) => SchedulerDialect;
}

/** The jobs that the scheduler lists. */
export interface QueueDialect {
  /** Lists all jobs of the user, including finished ones as long as the scheduler has them. */
  readonly argv: readonly string[];
  /** The jobs of a response one by one, and short texts about unreadable parts, for the log. */
  readonly read: (output: string) => Iterable<SchedulerJob | string>;
  /** Lists one job, or any task of an array. Absent: the whole queue is listed. */
  readonly one?: {
    readonly argv: (id: string) => readonly string[];
    readonly read: (output: string) => Iterable<SchedulerJob | string>;
  };
  /**
   * The properties that a listing omits, such as the command and the working directory. Queried once for each job.
   * Absent: none.
   */
  readonly details?: {
    readonly argv: (id: string) => readonly string[];
    readonly read: (output: string) => Pick<SchedulerJob, 'command'> & Partial<SchedulerJob>;
  };
  /** The exits of finished jobs that are still listed, by ID, where they are known before the history has them. */
  readonly fetchExits?: (
    ids: readonly string[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, ExitStatus>>;
  /** Everything that the scheduler has about a job or the tasks of an array, by ID; empty: nothing. */
  readonly fetchRemembered?: (
    id: string,
    name: string | undefined,
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, Partial<RememberedJob>>>;
}

/** The properties that a scheduler stores about a job in addition to its row. */
export interface RememberedJob extends Pick<SchedulerJob, 'state' | 'reason' | 'exit' | 'start' | 'end'> {
  /** How often it was requeued. */
  readonly restarts: number;
  readonly logs: LogPaths;
}

/** The texts for jobs. */
export interface ViewDialect {
  /**
   * Why a job is queued. Absent: the scheduler's own reason, and when the job may start. `waitsFor`: the text for the
   * jobs that it waits for, if any are known.
   */
  readonly toWaitingText?: (seen: SchedulerJob, now: Date, waitsFor?: string) => string | undefined;
  /** The text for a running job, by the scheduler's state. */
  readonly toActiveText?: (word: string) => string | undefined;
  /** Why a job ended as it did. Absent: its exit code or signal. */
  readonly toEndText?: (seen: SchedulerJob, hasStarted: boolean) => string | undefined;
  /** The exit of the job's own script. Absent: as parsed. */
  readonly toExit?: (seen: SchedulerJob, hasStarted: boolean) => ExitStatus | undefined;
  /** True if a user holds a queued job. Absent: none is held. */
  readonly isHeld?: (seen: SchedulerJob) => boolean;
  /** The name of a queue, such as `Partition`. */
  readonly queueLabel: string;
  /** True if finished jobs that are still listed can be requeued. */
  readonly canRequeue?: true;
}

/** How a job is submitted. */
export interface SubmitDialect {
  /** The name of the command, for messages: `sbatch`. */
  readonly program: string;
  /** The batch script for the command. Absent: a wrapper that records the exit of the script. */
  readonly toBatch?: (script: BatchScript) => BatchFile;
  /** The command line, and the files that the job will write to. `try`: a command line that submits nothing. */
  readonly toSubmission: (
    job: JobToSubmit,
    mode: 'submit' | 'try',
    signal: AbortSignal,
  ) => Promise<SubmissionCommand>;
  /** The option for a trial run. Absent: a dry run shows only the command and the script. */
  readonly tryOption?: string;
  /** The created job in the command's output; undefined if it contains none. */
  readonly parseResponse: (ran: RunResult) => SubmitResponse | undefined;
  /** `certain`: the command itself reports that no job was created; `final`: the scheduler does. Undefined: unknown. */
  readonly parseRefusal: (ran: RunResult) => 'certain' | 'final' | undefined;
  /** The site's notice to its users that was printed with a job's ID; empty: none. */
  readonly parseNotice?: (errors: string) => string;
  /** For commands that can submit to several clusters. */
  readonly clusters?: {
    /** True if this is the cluster that all commands of this connection use. */
    readonly isOwn: (cluster: string, signal: AbortSignal) => Promise<boolean>;
    readonly cancelArgv: (id: string, cluster: string) => readonly string[];
  };
  /** Folders that the job writes to and the scheduler does not create. @param id - Undefined before the submission. */
  readonly listOutputFolders?: (submission: SubmissionCommand, id: string | undefined) => readonly string[];
}

/** A script that is prepared for the scheduler. */
export interface BatchScript {
  /** The script's name, relative to the working directory. */
  readonly name: string;
  readonly text: string;
  /** Its absolute path, which ends with its name, below the job's folder `work`. */
  readonly path: string;
  /** Setup commands; empty: none. */
  readonly setup: string;
}

/** A job whose folder is filled. */
export interface JobToSubmit {
  readonly paths: SubmissionPaths;
  readonly batch: BatchFile;
  /** The job's default name, which is the script's name. */
  readonly usualName: string;
  readonly request: JobRequest;
  /** The result of {@link SchedulerDialect.validate}; undefined if the submission was not validated before. */
  readonly validation?: SubmissionValidation | undefined;
}

/** The commands that change jobs, by job ID. Absent ones are not offered. */
export interface ControlDialect {
  readonly cancel?: (id: string, job: SchedulerJob | undefined) => readonly string[];
  /** Of an array only the tasks that have not started. */
  readonly cancelQueued?: (id: string) => readonly string[];
  readonly hold?: (id: string) => readonly string[];
  readonly release?: (id: string) => readonly string[];
  readonly requeue?: (id: string) => readonly string[];
  readonly extend?: (id: string, byMs: number) => readonly string[];
  /** As {@link JobControl.extendWarning}. */
  readonly extendWarning?: string;
  /** Why the user cannot raise the time limit of a job, where only administrators can. */
  readonly toExtendDenial?: (id: JobId) => string;
}

/** The files that jobs write to. */
export interface LogDialect {
  /** The absolute path for a pattern. Absent: patterns are paths. Undefined: not all of it is known. */
  readonly expandPattern?: (pattern: string, job: PatternJob) => string | undefined;
  /** Converts a path to a pattern. Absent: unchanged. */
  readonly toPattern?: (path: string) => string;
  /** The default name of a job's output, as a pattern; absent: none. */
  readonly getDefaultPattern?: (isArray: boolean) => string;
  /** True for the names of log files in a job's folder. */
  readonly isLog: (name: string) => boolean;
}

/** The properties of a job that a pattern needs. */
export interface PatternJob extends Pick<SchedulerJob, 'base' | 'index' | 'name' | 'workDir'> {
  /** The job's own number; undefined if unknown. */
  readonly own?: number | undefined;
  readonly nodeList?: string | undefined;
}

/** How to read the script of a job. */
export interface ScriptDialect {
  readonly argv: (id: string) => readonly string[];
  /** The message if the scheduler does not have the script. */
  readonly toUnknownText: (name: string) => string;
}
