import type { Account } from './account.js';
import type { Connection } from './connection.js';
import type { Job, JobFile, JobId, TaskCounts } from './job.js';
import type { LogCursor, LogPage, LogStart } from './log.js';
import type { LogEvents } from './logBlocks.js';
import type { Page, PageRequest } from './paging.js';
import type { DefaultAnswer } from './questions.js';

/** The text of a script as it stood when the user clicked. */
export interface Script {
  /** The file's name without folders, with its extension: `fit.jl`. */
  readonly name: string;
  readonly text: string;
  /** The Julia environment it runs in; undefined: none was chosen, or the backend takes none. */
  readonly environment?: Environment;
}

/** A Julia environment, its files as they stood when the user clicked. */
export interface Environment {
  /** Absolute path of its folder. */
  readonly folder: string;
  /** Texts of the files that are there. */
  readonly project?: string;
  readonly manifest?: string;
  readonly artifacts?: string;
}

/** A folder packed for sending: a finished tar in a temporary place, which its maker removes. */
export interface Bundle {
  /** Absolute path of the tar: uncompressed, one root directory. */
  readonly file: string;
  /** Name of the one root directory inside. */
  readonly root: string;
  readonly files: number;
  /** Size of the tar. */
  readonly bytes: number;
  /** Of the tar: 64 lowercase hex digits. */
  readonly sha256: string;
  /** Of the Julia manifest at its root, as packed; undefined: it has none. */
  readonly manifestSha256?: string;
}

/** What every submission carries, whatever is sent. */
export interface Request {
  /** What the user calls the job; not empty, one line. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds the job may run; undefined: the backend's default. */
  readonly limitMs?: number;
  /** Answers to the backend's own {@link Question}s by their ids. */
  readonly options: Readonly<Record<string, string>>;
}

/** One step that a backend adds to the submission wizard. */
export interface Question {
  readonly id: string;
  /** Title Case: `Node`, `Partition`. */
  readonly title: string;
  readonly prompt: string;
  readonly initial?: string;
  /** True: its answer is good as it is; the wizard leaves it to the review, where it can be changed. */
  readonly optional?: true;
  /** True: typed unseen, never remembered, shown nowhere. */
  readonly secret?: true;
  /**
   * How an answer from the last time counts: `never`, or, where it is not the initial one, `ask`: only once the user has
   * seen it at the top of the review. Absent: like any other answer.
   */
  readonly recall?: 'never' | 'ask';
  /** The part of an answer that may be remembered; absent: all of it. */
  readonly toRemembered?: (value: string) => string;
  /** Given the answers so far; false: it is not asked, and its answer does not count. */
  readonly when?: (options: Answers) => boolean;
  /** True: several of the choices may be picked, or none; the answer holds them with a `,` between. */
  readonly many?: true;
  /** True: besides the choices, any text may be typed. */
  readonly free?: true;
  /** Present: one of these is picked; given the answers so far. Absent: a text is typed. */
  readonly choices?: (signal: AbortSignal, options: Answers) => Promise<readonly Choice[]>;
  /** What is wrong with the value, as a sentence; undefined: nothing. */
  readonly check?: (value: string, options: Answers) => string | undefined;
}

/** Answers to questions by their ids. A question that was not answered stands with its `initial`. */
export type Answers = Readonly<Record<string, string>>;

/** One answer to a {@link Question}. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

/** An application that the place offers to run: a package with a main program, or one of its own. */
export interface Application {
  /** Unique within its place. */
  readonly id: string;
  readonly title: string;
  /** What it is and from where, in a few words. */
  readonly detail?: string;
}

/** What a submission to this backend may carry; the wizard asks for nothing else. */
export interface Accepts {
  readonly args: boolean;
  readonly env: boolean;
  /** Undefined: jobs have no time limit here. */
  readonly limit?: {
    readonly defaultMs?: number;
    readonly mayBeNone: boolean;
    readonly wholeHours: boolean;
    /** As {@link Question.recall}. */
    readonly recall?: 'ask';
  };
  /** File endings that scripts may have (`.jl`); undefined: any. */
  readonly scripts?: readonly string[];
  /** True: a single script may come with a Julia environment. */
  readonly environments?: true;
  readonly bundleBytes?: number;
}

/** How often to look, in milliseconds: while a job is active, and while none is. */
export interface Pace {
  readonly activeMs: number;
  readonly idleMs: number;
}

/** The jobs of a connection: all active ones, and the newest of those that have ended. */
export interface Listing {
  /** Newest first. */
  readonly jobs: readonly Job[];
  /** True: there are older ones than these. */
  readonly more: boolean;
  /** Number of active jobs that are not in `jobs` because the service cannot list them by state. Absent: none. */
  readonly moreActive?: number;
  /** Counts over all jobs of the connection, from the service's own summary. Absent: `jobs` is counted. */
  readonly counts?: TaskCounts;
  /** Entries that could not be understood: a short reason each, for the log. */
  readonly malformed: readonly string[];
}

/**
 * One place jobs run: a plain object from a factory, with no `this`. An absent member cannot be done here; menus and
 * commands are made from the members that are present. Every call takes a signal that stops it: the promise then
 * rejects with an AbortError. All other failures are a {@link JobError}.
 */
export interface Backend {
  readonly connection: Connection;
  readonly accepts: Accepts;
  readonly pace: Pace;
  /**
   * All active jobs, and the newest ended ones up to `most` jobs in all; only jobs that are part of no other, once, each
   * with all its tasks. An array's own row has ended only when all of them have. Where a service cannot list by state,
   * the active jobs that are left out are counted in {@link Listing.moreActive}.
   */
  readonly list: (most: number, signal: AbortSignal) => Promise<Listing>;
  /** One job, fresh; undefined: there is none of that name. */
  readonly job: (id: JobId, signal: AbortSignal) => Promise<Job | undefined>;
  /** The jobs right below one with {@link Job.hasChildren}, which may have such of their own. Absent: they come with the list. */
  readonly children?: (id: JobId, page: PageRequest, signal: AbortSignal) => Promise<Page<Job>>;
  /** The user wants to look again: a question of another program that they left may be asked once more. */
  readonly anew?: () => void;
  /** Nobody uses it any more: closes what it keeps open. Jobs go on. */
  readonly end?: () => void;
  /** Yields when something here may have changed, so that looking soon is worth it. Without it: polling alone. */
  readonly changes?: (signal: AbortSignal) => AsyncIterable<void>;

  /** The steps of the wizard that only this backend has; `application`: of this one alone. */
  readonly questions?: (work: Work['kind'], application?: Application) => readonly Question[];
  /**
   * What the user should know before sending; said in the review, and nothing is sent for it. Throws what would make
   * the submission fail for certain (a missing interpreter).
   */
  readonly check?: (work: Work, request: Request, signal: AbortSignal) => Promise<readonly Fact[]>;
  /**
   * What counts for answers that the user has not given: by the ids of questions, and as `name` and `limit`. Those that
   * are not known are left out.
   */
  readonly getDefaults?: (
    work: Work,
    request: Request,
    signal: AbortSignal,
  ) => Promise<Readonly<Record<string, DefaultAnswer>>>;
  /** Sends one script. Never repeated by itself. */
  readonly submitScript?: (script: Script, request: Request, signal: AbortSignal) => Promise<JobId>;
  /** Sends a folder; `entry` is the script inside it, relative to its root, with `/`. Never repeated by itself. */
  readonly submitBundle?: (
    bundle: Bundle,
    entry: string,
    request: Request,
    signal: AbortSignal,
    report?: Report,
  ) => Promise<JobId>;
  /** What the place said as it accepted this job, such as a notice to its users; told once. Undefined: nothing. */
  readonly getSubmissionNotice?: (id: JobId) => string | undefined;
  readonly applications?: (signal: AbortSignal) => Promise<readonly Application[]>;
  readonly submitApplication?: (
    application: Application,
    request: Request,
    signal: AbortSignal,
  ) => Promise<JobId>;
  /**
   * What would be sent, whole, as a text for the user to read, with secrets left out; nothing is sent to run. `bundle`
   * is there where the work is a bundle.
   */
  readonly dryRun?: (
    work: Work,
    bundle: Bundle | undefined,
    request: Request,
    signal: AbortSignal,
  ) => Promise<string>;
  /**
   * What the job was submitted with, as far as it is known, for the user to look at before it is submitted again.
   * Absent: `resubmit` repeats all of it as it was.
   */
  readonly submitted?: (id: JobId, signal: AbortSignal) => Promise<Submitted>;
  /** Submits the same frozen content once more; with this request where given, else with the same. */
  readonly resubmit?: (id: JobId, signal: AbortSignal, request?: Request) => Promise<JobId>;

  /** What the job wrote from `from` on; ends when the job has ended and all is read, or after what is there now unless `follow`. */
  readonly log: (id: JobId, from: LogStart, follow: boolean, signal: AbortSignal) => LogEvents;
  /** What was written before a cursor, about `bytes` of text of it. */
  readonly olderLog?: (id: JobId, before: LogCursor, bytes: number, signal: AbortSignal) => Promise<LogPage>;

  /** Of an array: all its tasks, or with `queued` only those that have not begun. */
  readonly cancel?: (id: JobId, signal: AbortSignal, only?: 'queued') => Promise<void>;
  /** Keeps a queued job from starting until it is released. */
  readonly hold?: (id: JobId, signal: AbortSignal) => Promise<void>;
  readonly release?: (id: JobId, signal: AbortSignal) => Promise<void>;
  /** Puts a job into the queue again under the same name; what it has written may be overwritten. */
  readonly requeue?: (id: JobId, signal: AbortSignal) => Promise<void>;
  /** Adds to the time limit of a running job. */
  readonly extend?: (id: JobId, byMs: number, signal: AbortSignal) => Promise<void>;
  /** Removes an ended job and all that is kept of it. */
  readonly remove?: (id: JobId, signal: AbortSignal) => Promise<void>;
  readonly files?: (id: JobId, signal: AbortSignal) => Promise<readonly JobFile[]>;
  /**
   * The user has seen the job's files by another way than {@link download}, such as in its folder. Jobs whose result
   * files were never seen are not removed for their age without a question.
   */
  readonly markSeen?: (id: JobId) => Promise<void>;
  /** A file's bytes, in order. */
  readonly download?: (id: JobId, file: JobFile, signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** The submitted script as it was sent. */
  readonly script?: (id: JobId, signal: AbortSignal) => Promise<Script>;
  /** Sends an HTTP request to the port the job opened ({@link Job.endpoint}), as the signed-in user. Never repeated by itself. */
  readonly request?: (id: JobId, request: PortRequest, signal: AbortSignal) => Promise<PortAnswer>;
  /** Signing in; absent: nobody has to. */
  readonly account?: Account;
  /** The job's folder on the machine of the extension, absolute; undefined: it is gone. */
  readonly folder?: (id: JobId) => string | undefined;
}

/** What is about to be sent: a script, the script `entry` inside a folder, or an application by its name. */
export type Work =
  | { readonly kind: 'script'; readonly script: Script }
  | {
      readonly kind: 'bundle';
      readonly entry: string;
      /** Of the script, as it stands now; undefined: it could not be read, or is none of text. */
      readonly text?: string;
    }
  | { readonly kind: 'application'; readonly application: Application };

/** What a job was submitted with. Options that are not known are left out. */
export interface Submitted {
  readonly work: Work;
  readonly request: Request;
}

/** A request to a job's port. */
export interface PortRequest {
  /** `GET`, `POST`. */
  readonly method: string;
  /** Begins with `/`; may hold a query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the job's program answered. */
export interface PortAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** True: there was more than `text`, which is left out. */
  readonly cut?: true;
}

/** A line of the review: `{ label: 'Interpreter', text: '/usr/bin/python3' }`; a warning is marked and may have an id to act on. */
export interface Fact {
  readonly label: string;
  readonly text: string;
  readonly warning?: true;
}

/** Progress of something long: how much is done of how much (undefined: not known), in bytes. */
export type Report = (doneBytes: number, ofBytes: number | undefined) => void;
