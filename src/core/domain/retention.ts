/** An ended job that the settings of its connection no longer keep. */
export interface ExpiredJob {
  /** Unique among the jobs of one request. */
  readonly id: string;
  readonly name: string;
  /** Undefined: not known. */
  readonly ended?: Date;
  /** True: it has result files, and none of them was ever opened, revealed or downloaded. */
  readonly hasUnseenResults: boolean;
}

/** What a user is asked before ended jobs are removed. */
export interface RetentionRequest {
  /** Title of the connection. */
  readonly place: string;
  /** Names of the settings that say how much is kept: `batchJobs.local.keepDays`. */
  readonly settings: readonly string[];
  /** How many ended jobs are kept, and for how many days; absent: without bound. */
  readonly maxJobs?: number;
  readonly maxDays?: number;
  /** Not empty. */
  readonly jobs: readonly ExpiredJob[];
}

/**
 * `removeSeen`: all but those with unseen results, and such jobs from now on without a question. `removeAll`: these
 * with unseen results too. `keep`: none of them, for good.
 */
export type RetentionAnswer = 'removeSeen' | 'removeAll' | 'keep';

/** Asks the user; undefined: they left it open. */
export type AskRetention = (request: RetentionRequest) => Promise<RetentionAnswer | undefined>;
