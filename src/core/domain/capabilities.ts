import type { JobWorkload } from './jobSpec.js';
import type { LanguageSupport } from './language.js';

/** The time limits that jobs of a connection can have. */
export interface TimeLimits {
  readonly defaultMs?: number;
  readonly isOptional: boolean;
  /** Limits must be multiples of this, in milliseconds; undefined: any limit. */
  readonly stepMs?: number;
  /** As {@link Question.recall}. */
  readonly recall?: 'ask';
}

/** The activity of a connection. */
export interface JobActivity {
  /** The number of listed jobs that have not finished. */
  readonly activeCount: number;
}

/** The contents that a submission can have, and the poll interval. The wizard asks for nothing else. */
export interface BackendCapabilities {
  /** The kinds of workload that can be submitted; empty: none. */
  readonly kinds: readonly JobWorkload['kind'][];
  readonly args: boolean;
  readonly env: boolean;
  /** Undefined: jobs have no time limit. */
  readonly timeLimit?: TimeLimits;
  /** File extensions of scripts (`.jl`); undefined: any. */
  readonly scriptExtensions?: readonly string[];
  /** The only language of {@link scriptExtensions}, as users know it. */
  readonly scriptLanguage?: string;
  /** Present: a single script can be sent with an environment of this language. */
  readonly language?: Pick<LanguageSupport, 'id'>;
  /** Undefined: unlimited. */
  readonly maxBundleBytes?: number;
  /** Milliseconds until the next poll. Called after each poll. */
  readonly pollInterval: (activity: JobActivity) => number;
}

/** Creates a poll interval of `activeMs` while any job is active, and of `idleMs` otherwise. */
export const createPollInterval =
  (activeMs: number, idleMs: number): BackendCapabilities['pollInterval'] =>
  ({ activeCount: active }) =>
    active > 0 ? activeMs : idleMs;
