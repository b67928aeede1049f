import type { Work } from './jobSpec.js';
import type { LanguageSupport } from './language.js';

/** The time limits that jobs of a connection may have. */
export interface TimeLimits {
  readonly defaultMs?: number;
  readonly mayBeNone: boolean;
  /** A limit is a multiple of this; undefined: any will do. */
  readonly stepMs?: number;
  /** As {@link Question.recall}. */
  readonly recall?: 'ask';
}

/** How much is going on in the jobs of a connection. */
export interface Activity {
  /** How many of the listed jobs have not ended. */
  readonly active: number;
}

/** What a submission may carry, and how often to look; the wizard asks for nothing else. */
export interface Capabilities {
  /** What can be submitted; empty: nothing. */
  readonly kinds: readonly Work['kind'][];
  readonly args: boolean;
  readonly env: boolean;
  /** Undefined: jobs have no time limit here. */
  readonly timeLimit?: TimeLimits;
  /** File endings that scripts may have (`.jl`); undefined: any. */
  readonly scriptEndings?: readonly string[];
  /** Present: a single script may come with an environment of this language. */
  readonly language?: Pick<LanguageSupport, 'id'>;
  /** Undefined: no bound of its own. */
  readonly maxBundleBytes?: number;
  /** Milliseconds until the next look at the jobs. */
  readonly pollInterval: (activity: Activity) => number;
}

/** A poll interval of `activeMs` while a job is active, and of `idleMs` while none is. */
export const createPollInterval =
  (activeMs: number, idleMs: number): Capabilities['pollInterval'] =>
  ({ active }) =>
    active > 0 ? activeMs : idleMs;
