import type { Connection } from './connection.js';
import type { Job, JobFile, JobId } from './job.js';
import type { LogCursor, LogEvent, LogPage, LogStart } from './log.js';

/** The text of a script as it stood when the user clicked. */
export interface Script {
  /** The file's name without folders, with its extension: `fit.jl`. */
  readonly name: string;
  readonly text: string;
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
  /** Present: one of these is picked. Absent: a text is typed. */
  readonly choices?: (signal: AbortSignal) => Promise<readonly Choice[]>;
  /** What is wrong with the value, as a sentence; undefined: nothing. */
  readonly check?: (value: string) => string | undefined;
}

/** One answer to a {@link Question}. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
}

/** What a submission to this backend may carry; the wizard asks for nothing else. */
export interface Accepts {
  readonly args: boolean;
  readonly env: boolean;
  /** Undefined: jobs have no time limit here. */
  readonly limit?: { readonly defaultMs?: number; readonly mayBeNone: boolean; readonly wholeHours: boolean };
  /** File endings that scripts may have (`.jl`); undefined: any. */
  readonly scripts?: readonly string[];
  /** Undefined: no bound of its own. */
  readonly bundleBytes?: number;
}

/** How often to look, in milliseconds: while a job is active, and while none is. */
export interface Pace {
  readonly activeMs: number;
  readonly idleMs: number;
}

/** The newest jobs of a connection. */
export interface Listing {
  /** Newest first. */
  readonly jobs: readonly Job[];
  /** True: there are older ones than these. */
  readonly more: boolean;
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
  /** The newest `most` jobs, once. */
  readonly list: (most: number, signal: AbortSignal) => Promise<Listing>;
  /** One job, fresh; undefined: there is none of that name. */
  readonly job: (id: JobId, signal: AbortSignal) => Promise<Job | undefined>;
  /** Yields when something here may have changed, so that looking soon is worth it. Without it: polling alone. */
  readonly changes?: (signal: AbortSignal) => AsyncIterable<void>;

  /** The steps of the wizard that only this backend has. */
  readonly questions?: (work: 'script' | 'bundle') => readonly Question[];
  /**
   * What the user should know before sending; said in the review, and nothing is sent for it. Throws what would make
   * the submission fail for certain (a missing interpreter).
   */
  readonly check?: (work: Work, request: Request, signal: AbortSignal) => Promise<readonly Fact[]>;
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
  /** Submits the same frozen content with the same request once more. */
  readonly resubmit?: (id: JobId, signal: AbortSignal) => Promise<JobId>;

  /** What the job wrote from `from` on; ends when the job has ended and all is read, or after what is there now unless `follow`. */
  readonly log: (id: JobId, from: LogStart, follow: boolean, signal: AbortSignal) => AsyncIterable<LogEvent>;
  /** What was written before a cursor, about `bytes` of text of it. */
  readonly olderLog?: (id: JobId, before: LogCursor, bytes: number, signal: AbortSignal) => Promise<LogPage>;

  readonly cancel?: (id: JobId, signal: AbortSignal) => Promise<void>;
  /** Adds to the time limit of a running job. */
  readonly extend?: (id: JobId, byMs: number, signal: AbortSignal) => Promise<void>;
  /** Removes an ended job and all that is kept of it. */
  readonly remove?: (id: JobId, signal: AbortSignal) => Promise<void>;
  readonly files?: (id: JobId, signal: AbortSignal) => Promise<readonly JobFile[]>;
  /** A file's bytes, in order. */
  readonly download?: (id: JobId, file: JobFile, signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** The submitted script as it was sent. */
  readonly script?: (id: JobId, signal: AbortSignal) => Promise<Script>;
  /** The job's folder on the machine of the extension, absolute; undefined: it is gone. */
  readonly folder?: (id: JobId) => string | undefined;
}

/** What is about to be sent: a script, or the script `entry` inside a folder. */
export type Work =
  { readonly kind: 'script'; readonly script: Script } | { readonly kind: 'bundle'; readonly entry: string };

/** A line of the review: `{ label: 'Interpreter', text: '/usr/bin/python3' }`; a warning is marked and may have an id to act on. */
export interface Fact {
  readonly label: string;
  readonly text: string;
  readonly warning?: true;
}

/** Progress of something long: how much is done of how much (undefined: not known), in bytes. */
export type Report = (doneBytes: number, ofBytes: number | undefined) => void;
