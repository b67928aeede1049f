import type { Readable, Writable } from 'node:stream';
import { JobError } from '../core/domain/problem.js';

/** A program to run on a host. */
export interface HostCommand {
  /** The program and its arguments; no shell interprets them. */
  readonly argv: readonly string[];
  /** Environment variables in addition to those of the host. */
  readonly env?: Readonly<Record<string, string>>;
  /** Environment variables to remove: names, or prefixes that end with `*`. */
  readonly without?: readonly string[];
  /** An absolute path of the host where programs are searched first. */
  readonly path?: string;
  /**
   * The program runs for a long time and can be restarted: it can be stopped with {@link ProgramYieldedError} to free a
   * session.
   */
  readonly mayYield?: boolean;
}

/** How a program exited. */
export interface ProgramExit {
  /** 128 or more: it was killed by a signal. */
  readonly code: number;
  /** Its standard error; at most the last 64 Ki characters. */
  readonly errors: string;
}

/** A running program. */
export interface RunningProgram {
  readonly input: Writable;
  readonly output: Readable;
  /**
   * Rejects with a {@link JobError} of kind `offline` if the connection to the host was lost, or
   * `missingTool` if the program does not exist, and with an AbortError if it was aborted. Before it
   * resolves, the output can be incomplete.
   */
  readonly end: Promise<ProgramExit>;
}

/** A machine where programs run: this one, or a remote one. */
export interface Host {
  /** The name for users: `this machine`, `alpha`. */
  readonly name: string;
  readonly isRemote: boolean;
  /** True while a long-running program would leave hardly any sessions for others; absent: never. */
  readonly isNarrow?: () => boolean;
  /** Starts a program; aborting the signal stops it. @throws as {@link RunningProgram.end}. */
  readonly start: (command: HostCommand, signal: AbortSignal) => Promise<RunningProgram>;
}

/** A program was stopped to free its session; it can be restarted. */
export class ProgramYieldedError extends JobError {}
