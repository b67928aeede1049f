import type { JobSubmission } from '../../core/domain/backend.js';
import type { Capabilities } from '../../core/domain/capabilities.js';
import type { Connection } from '../../core/domain/connection.js';
import type { Exit, Job, JobId } from '../../core/domain/job.js';
import type { Request, Validation, Work } from '../../core/domain/jobSpec.js';
import type { DefaultAnswer } from '../../core/domain/questions.js';
import type { Clock, Log } from '../../core/domain/ports.js';
import type { Ran } from '../../remote/run.js';
import type { Calls, CommandStyle } from './calls.js';
import type { JobHistory } from './jobs/jobHistory.js';
import type { Seen } from './jobs/seen.js';
import type { LogPaths } from './logs/logs.js';
import type { Batch } from './submit/batch.js';
import type { Submission, SubmissionPlace, SubmitAnswer } from './submit/submission.js';

/**
 * One command-line scheduler: which commands list, submit and change jobs, and how their answers are read. All else
 * (job folders, lost answers, rounds, ends, logs, files, retention) is shared. A member that is absent cannot be done by
 * the scheduler, or needs no more than what all do.
 *
 * Job ids are the same for all dialects: `36`, `36_2` (a task of an array), `36_[5-9]` (tasks that are not listed one by
 * one), `36+1` (a part of a job); see `taskIds.ts`. A dialect turns them into its own words for its commands.
 */
export interface SchedulerDialect {
  /** What a submission may carry. */
  readonly capabilities: Omit<Capabilities, 'pollInterval'>;
  readonly queue: QueueDialect;
  /** How jobs ended that have left the queue. Absent: the record that the job's own wrapper leaves in its folder. */
  readonly history?: JobHistory;
  readonly view: ViewDialect;
  readonly submit: SubmitDialect;
  readonly control: ControlDialect;
  /** Absent: jobs write where `submit/recording.ts` has them write. */
  readonly logs?: LogDialect;
  /** The steps of the wizard that only this scheduler has. `listJobs`: those that another may wait for. */
  readonly questions?: (
    listJobs: (signal: AbortSignal) => Promise<readonly Job[]>,
  ) => NonNullable<JobSubmission['questions']>;
  /** Validates a submission; {@link SubmitDialect.toSubmission} receives the result. */
  readonly check?: (work: Work, request: Request, signal: AbortSignal) => Promise<Validation>;
  readonly getDefaults?: (
    work: Work,
    request: Request,
    signal: AbortSignal,
  ) => Promise<Readonly<Record<string, DefaultAnswer>>>;
  /** How the script of a job is shown that was submitted by hand. Absent: it is not. */
  readonly script?: ScriptDialect;
}

/** What a dialect is made from. */
export interface DialectDeps {
  readonly calls: Calls;
  /** What the connection says of itself, such as the queue manager that commands are to ask. */
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
  /** Lists all jobs of the user, also those that ended, as long as the scheduler remembers them. */
  readonly argv: readonly string[];
  /** The jobs of its answer, one by one, and short texts of what could not be read, for the log. */
  readonly read: (output: string) => Iterable<Seen | string>;
  /** Lists one job, or any task of an array. Absent: the whole queue is listed. */
  readonly one?: {
    readonly argv: (id: string) => readonly string[];
    readonly read: (output: string) => Iterable<Seen | string>;
  };
  /** What a listing leaves out of a job, such as what it runs and where. Asked once for each job. Absent: nothing. */
  readonly details?: {
    readonly argv: (id: string) => readonly string[];
    readonly read: (output: string) => Pick<Seen, 'command'> & Partial<Seen>;
  };
  /** How ended jobs that are still listed ended, by their ids, where that is known earlier than the history has it. */
  readonly exits?: (ids: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, Exit>>;
  /** All that the scheduler remembers of a job, or of the tasks of an array, by their ids; empty: nothing. */
  readonly remembered?: (
    id: string,
    name: string | undefined,
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, Partial<RememberedJob>>>;
}

/** What a scheduler remembers of a job besides its row. */
export interface RememberedJob extends Pick<Seen, 'state' | 'reason' | 'exit' | 'start' | 'end'> {
  /** How often it was put into the queue again. */
  readonly restarts: number;
  readonly logs: LogPaths;
}

/** How jobs are put into words. */
export interface ViewDialect {
  /** Why a job waits. Absent: the scheduler's own reason, and when the job may start. */
  readonly toWaitingText?: (seen: Seen, now: Date) => string | undefined;
  /** What is to be said of a job that runs, by the scheduler's word. */
  readonly toActiveText?: (word: string) => string | undefined;
  /** Why a job ended as it did. Absent: its exit code or signal. */
  readonly toEndText?: (seen: Seen, hasStarted: boolean) => string | undefined;
  /** How the job's own script ended. Absent: as it was read. */
  readonly toExit?: (seen: Seen, hasStarted: boolean) => Exit | undefined;
  /** True where a person holds a job that waits. Absent: none is. */
  readonly isHeld?: (seen: Seen) => boolean;
  /** What a queue is called, such as `Partition`. */
  readonly queueLabel: string;
  /** True: ended jobs that are still listed can be queued again. */
  readonly canRequeue?: true;
}

/** How a job is submitted. */
export interface SubmitDialect {
  /** The name of the command, for messages: `sbatch`. */
  readonly program: string;
  /** The script that the command is given. Absent: a wrapper that records how the script ended. */
  readonly toBatch?: (script: BatchScript) => Batch;
  /** The command line, and where the job will write. `try`: one that submits nothing. */
  readonly toSubmission: (
    job: JobToSubmit,
    mode: 'submit' | 'try',
    signal: AbortSignal,
  ) => Promise<Submission>;
  /** The option that makes the command only try. Absent: a dry run shows the command and the script alone. */
  readonly tryOption?: string;
  /** The job that the command says it has made; undefined: it names none. */
  readonly parseAnswer: (ran: Ran) => SubmitAnswer | undefined;
  /** `certain`: no job was made, and the command says so itself; `final`: so says the scheduler. Undefined: unknown. */
  readonly parseRefusal: (ran: Ran) => 'certain' | 'final' | undefined;
  /** Words of the site to its users that came with a job's number; empty: none. */
  readonly parseNotice?: (errors: string) => string;
  /** Where one command may submit to several clusters. */
  readonly clusters?: {
    /** True: this is the cluster that every command of this connection asks. */
    readonly isOwn: (cluster: string, signal: AbortSignal) => Promise<boolean>;
    readonly cancelArgv: (id: string, cluster: string) => readonly string[];
  };
  /** Folders that the job writes to and the scheduler does not make. @param id - undefined: not submitted yet. */
  readonly listOutputFolders?: (submission: Submission, id: string | undefined) => readonly string[];
}

/** A script that is made ready for the scheduler. */
export interface BatchScript {
  /** The script's name, below the folder it runs in. */
  readonly name: string;
  readonly text: string;
  /** Where it is, absolute: it ends with its name, below the job's folder `work`. */
  readonly path: string;
  /** Commands to run before; empty: none. */
  readonly setup: string;
}

/** A job whose folder is filled. */
export interface JobToSubmit {
  readonly place: SubmissionPlace;
  readonly batch: Batch;
  /** What the job is called where the user leaves the name as it is: the script's name. */
  readonly usualName: string;
  readonly request: Request;
  /** The result of {@link SchedulerDialect.check}; undefined: the submission was not validated before. */
  readonly validation?: Validation | undefined;
}

/** The commands that change jobs, by the jobs' ids. Absent ones are not offered. */
export interface ControlDialect {
  readonly cancel?: (id: string, job: Seen | undefined) => readonly string[];
  /** Of an array only the tasks that have not begun. */
  readonly cancelQueued?: (id: string) => readonly string[];
  readonly hold?: (id: string) => readonly string[];
  readonly release?: (id: string) => readonly string[];
  readonly requeue?: (id: string) => readonly string[];
  readonly extend?: (id: string, byMs: number) => readonly string[];
  /** Why the time limit of a job cannot be raised, where only administrators may. */
  readonly toExtendDenial?: (id: JobId) => string;
}

/** Where jobs write. */
export interface LogDialect {
  /** The file that a pattern stands for, absolute. Absent: patterns are paths. Undefined: not all of it is known. */
  readonly expandPattern?: (pattern: string, job: PatternJob) => string | undefined;
  /** A path as a pattern that stands for it. Absent: as it is. */
  readonly toPattern?: (path: string) => string;
  /** The names under which the scheduler itself, or we, put the output of a job, as a pattern; absent: none. */
  readonly usualPattern?: (isArray: boolean) => string;
  /** True for files in a job's folder that are its log, by their names. */
  readonly isLog: (name: string) => boolean;
}

/** What a pattern needs of a job. */
export interface PatternJob extends Pick<Seen, 'base' | 'index' | 'name' | 'workDir'> {
  /** The job's own number; undefined: not known. */
  readonly own?: number | undefined;
  readonly nodeList?: string | undefined;
}

/** How the script of a job is asked for. */
export interface ScriptDialect {
  readonly argv: (id: string) => readonly string[];
  /** What is said where the scheduler does not know it. */
  readonly toUnknownText: (name: string) => string;
}
