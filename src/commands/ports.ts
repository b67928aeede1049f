import type { Backend } from '../core/domain/backend.js';
import type { Job, JobId } from '../core/domain/job.js';
import type { Bundler, Clock, Disk, JobStore, Log, Memory } from '../core/domain/ports.js';
import type { LogFailure } from '../core/domain/logFailure.js';
import type { LanguageSupport } from '../core/domain/language.js';
import type { Desk } from './desk.js';
import type { KnownJobs, LogTarget, Target } from './target.js';
import type { Ui } from './ui.js';

/** The list of jobs, as commands use it. */
export interface JobsList extends KnownJobs {
  readonly refresh: (connection?: string) => Promise<void>;
  /** Adds a job that was just submitted, before the next refresh. */
  readonly include: (connection: string, job: Job) => void;
  /** Watches a job until it finishes, even while no view is visible. */
  readonly awaitEnd: (connection: string, id: JobId) => void;
}

/** The views of logs. */
export interface LogViews {
  /** Shows the job's output channel. */
  readonly show: (target: LogTarget) => Promise<void>;
  readonly openInEditor: (target: LogTarget) => Promise<void>;
  readonly openInTerminal: (target: LogTarget) => Promise<void>;
  /** Closes the views of a deleted job. */
  readonly forget: (target: Target) => void;
}

/** The tree, as commands use it. */
export interface Tree {
  /** Selects a job's row and shows the view without moving the focus. */
  readonly select: (target: Target) => Promise<void>;
}

/** User settings that commands apply, read at each use. */
export interface Choices {
  readonly openLogAfterSubmit: () => boolean;
  readonly notify: () => 'all' | 'failures' | 'none';
}

/** Everything commands need. Each command takes only the members it uses, by `Pick`. */
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
  /** Removes color codes from a line. */
  readonly strip: (text: string) => string;
  readonly findFailure: (lines: readonly string[]) => Promise<LogFailure | undefined>;
  readonly log: Log;
}
