import type { Backend } from '../core/domain/backend.js';
import type { Job, JobId } from '../core/domain/job.js';
import type { FolderBundler, Clock, LocalDisk, JobStore, Log, StateStore } from '../core/domain/ports.js';
import type { JobDetails } from '../core/jobs/jobDetails.js';
import type { LanguageSupport } from '../core/domain/language.js';
import type { EditorContext } from './editorContext.js';
import type { LogTailReader } from './logTails.js';
import type { KnownJobs, LogTarget, JobTarget } from './resolveTargets.js';
import type { UserInterface } from './ui.js';

/** The list of jobs, as commands use it. */
export interface JobListCommands extends KnownJobs {
  readonly refresh: (connection?: string) => Promise<void>;
  /** Adds a job that was just submitted, before the next refresh. */
  readonly include: (connection: string, job: Job) => void;
  /** Watches a job until it finishes, even while no view is visible. */
  readonly watchUntilDone: (connection: string, id: JobId) => void;
  /** True if {@link watchUntilDone} was called for the job, so that this window has submitted it. */
  readonly isSubmittedHere: (target: JobTarget) => boolean;
}

/** The views of logs. */
export interface LogViews {
  /** Shows the job's output channel. */
  readonly show: (target: LogTarget) => Promise<void>;
  readonly openInEditor: (target: LogTarget) => Promise<void>;
  readonly openInTerminal: (target: LogTarget) => Promise<void>;
  /** True while a view of the job's log is on the screen. */
  readonly isVisible: (target: JobTarget) => boolean;
  /** Closes the views of a deleted job. */
  readonly forget: (target: JobTarget) => void;
}

/** The tree, as commands use it. */
export interface JobRowSelector {
  /** Selects a job's row and shows the view without moving the focus. */
  readonly select: (target: JobTarget) => Promise<void>;
  /** The same for a connection's row. */
  readonly selectConnection: (id: string) => Promise<void>;
}

/** User settings that commands apply, read at each use. */
export interface CommandSettings {
  readonly openLogAfterSubmit: () => boolean;
  readonly notify: () => 'all' | 'failures' | 'none';
}

/** Everything commands need. Each command takes only the members it uses, by `Pick`. */
export interface CommandDeps {
  readonly ui: UserInterface;
  readonly desk: EditorContext;
  readonly backends: () => readonly Backend[];
  readonly bundler: FolderBundler;
  readonly language: LanguageSupport;
  readonly jobs: JobListCommands;
  readonly logs: LogViews;
  readonly tree: JobRowSelector;
  readonly disk: LocalDisk;
  readonly store: JobStore;
  /** What is stored about jobs. */
  readonly details: Pick<JobDetails, 'get' | 'read' | 'update'>;
  readonly memory: StateStore;
  readonly clock: Clock;
  readonly choices: CommandSettings;
  readonly logTails: Pick<LogTailReader, 'findFailure'>;
  readonly log: Log;
}
