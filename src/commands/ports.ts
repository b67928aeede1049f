import type { Backend } from '../core/domain/backend.js';
import type { Job, JobId } from '../core/domain/job.js';
import type { Bundler, Clock, Disk, JobStore, Log, Memory } from '../core/domain/ports.js';
import type { LogFailure } from '../core/domain/logFailure.js';
import type { LanguageSupport } from '../core/domain/language.js';
import type { Desk } from './desk.js';
import type { KnownJobs, LogTarget, Target } from './target.js';
import type { Ui } from './ui.js';

/** What can be done to the list of jobs. */
export interface JobsList extends KnownJobs {
  readonly refresh: (connection?: string) => Promise<void>;
  /** Puts a job that was just submitted into the list at once. */
  readonly include: (connection: string, job: Job) => void;
  /** Looks after a job until it has ended, even while no view is visible. */
  readonly awaitEnd: (connection: string, id: JobId) => void;
}

/** Where logs are shown. */
export interface LogViews {
  /** In the job's output channel, which comes to the front. */
  readonly show: (target: LogTarget) => Promise<void>;
  readonly openInEditor: (target: LogTarget) => Promise<void>;
  readonly openInTerminal: (target: LogTarget) => Promise<void>;
  /** Closes what is open of a removed job. */
  readonly forget: (target: Target) => void;
}

/** The tree, as far as commands move it. */
export interface Tree {
  /** Selects a job's row and shows the view; does not take the focus. */
  readonly select: (target: Target) => Promise<void>;
}

/** The user's settings that commands obey, read at each use. */
export interface Choices {
  readonly openLogAfterSubmit: () => boolean;
  readonly notify: () => 'all' | 'failures' | 'none';
}

/** All that commands are functions of; each takes the few of them that it needs, by `Pick`. */
export interface Ports {
  readonly ui: Ui;
  readonly desk: Desk;
  readonly backends: () => readonly Backend[];
  readonly bundler: Bundler;
  readonly language: LanguageSupport;
  readonly jobs: JobsList;
  readonly logs: LogViews;
  readonly tree: Tree;
  readonly disk: Disk;
  readonly store: JobStore;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly choices: Choices;
  /** Takes colour codes out of a line. */
  readonly strip: (text: string) => string;
  readonly findFailure: (lines: readonly string[]) => Promise<LogFailure | undefined>;
  readonly log: Log;
}
