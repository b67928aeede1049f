/** A finished job that exceeds the retention settings of its connection. */
export interface ExpiredJob {
  /** Unique within one request. */
  readonly id: string;
  readonly name: string;
  /** Undefined if unknown. */
  readonly ended?: Date;
  /** True: the job has result files, and none of them was ever opened, revealed or downloaded. */
  readonly hasUnseenResults: boolean;
}

/** The confirmation before expired jobs are deleted. */
export interface RetentionRequest {
  /** Title of the connection. */
  readonly place: string;
  /** Ids of the settings that determine the limits: `batchJobs.local.keepDays`. */
  readonly settings: readonly string[];
  /** The maximum number of finished jobs, and their maximum age in days; absent: unlimited. */
  readonly maxJobs?: number;
  readonly maxDays?: number;
  /** Never empty. */
  readonly jobs: readonly ExpiredJob[];
}

/**
 * `removeSeen`: delete all jobs except those with unopened results; from now on, delete such jobs without
 * confirmation. `removeAll`: also delete the jobs with unopened results. `keep`: keep all of these jobs
 * permanently.
 */
export type RetentionAnswer = 'removeSeen' | 'removeAll' | 'keep';

/** Asks the user; undefined if the prompt was dismissed. */
export type RetentionPrompter = (request: RetentionRequest) => Promise<RetentionAnswer | undefined>;
