import type { Readable, Writable } from 'node:stream';
import { JobError } from '../core/domain/problem.js';

/** A program to run on a host. */
export interface Command {
  /** The program and its arguments; no shell looks into them. */
  readonly argv: readonly string[];
  /** Variables it gets besides those that the host gives. */
  readonly env?: Readonly<Record<string, string>>;
  /** Variables it must not have: names, or beginnings of names that end with `*`. */
  readonly without?: readonly string[];
  /** A folder of the host to look for programs in first, absolute. */
  readonly path?: string;
  /** It runs for long and can be started again: to make room for others it may be ended with {@link MadeRoom}. */
  readonly mayYield?: boolean;
}

/** How a program ended by itself. */
export interface Ended {
  /** 128 and more: a signal ended it. */
  readonly code: number;
  /** What it wrote to stderr; of more than 64 Ki characters, the end. */
  readonly errors: string;
}

/** A program that runs. */
export interface Running {
  readonly input: Writable;
  readonly output: Readable;
  /**
   * Rejects with a {@link JobError} of kind `offline` where the way to the host broke, `missingTool` where there is no
   * such program, and with an AbortError when it was stopped. Until it resolves, what came may be a part.
   */
  readonly end: Promise<Ended>;
}

/** Where programs run: this machine, or another one. */
export interface Host {
  /** As users know it: `this machine`, `alpha`. */
  readonly name: string;
  readonly isRemote: boolean;
  /** True while a program that runs for long would leave hardly any room for others; undefined: never. */
  readonly isNarrow?: () => boolean;
  /** Starts a program; when the signal is aborted it is let go. @throws as {@link Running.end}. */
  readonly start: (command: Command, signal: AbortSignal) => Promise<Running>;
}

/** A program was ended since others needed its place; it can be started again. */
export class MadeRoom extends JobError {}
