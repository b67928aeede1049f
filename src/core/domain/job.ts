declare const jobIdBrand: unique symbol;

/** A backend's id of a job: unique within its connection, stable, and opaque outside the backend. */
export type JobId = string & { readonly [jobIdBrand]: true };

/** Marks a backend's id of a job as a {@link JobId}. Only for backends and stores. */
// SAFETY: the caller received it from the backend.
export const toJobId = (text: string): JobId => text as JobId;

/**
 * How a finished job ended: successfully, because of a failure of the job or the engine, or because a user or
 * an administrator cancelled it.
 */
export type JobOutcome = 'completed' | 'failed' | 'stopped';

/**
 * The state of a job. `word` is the engine's own name of the state, shown where it is more specific. A state
 * that the backend does not recognize is `unknown` and counts as active.
 */
export type JobState =
  | { readonly kind: 'queued' | 'running' | 'unknown'; readonly word: string }
  | { readonly kind: 'ended'; readonly word: string; readonly outcome: JobOutcome };

/** A file of a job. `name` is unique within its job and `kind`. It comes from outside and can contain `/`. */
export interface JobFile {
  readonly name: string;
  /**
   * `input`: sent with the submission. `source`: the script that was run. `project`: the environment that was
   * used. `result`: declared as a result by the job. `output`: any other file the job wrote. `log`: printed
   * output.
   */
  readonly kind: 'input' | 'source' | 'project' | 'result' | 'output' | 'log';
  /** Size in bytes; undefined if unknown. */
  readonly bytes?: number;
  /** 64 lowercase hexadecimal digits; undefined if unknown. */
  readonly sha256?: string;
}

/** The number of tasks or jobs in each state. */
export interface TaskCounts {
  readonly queued: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly stopped: number;
}

/** How the process of a job ended. Both members are undefined if unknown. */
export interface ExitStatus {
  readonly code?: number;
  readonly signal?: string;
}

/** A requested or allocated resource, as text: `{ label: 'Node', value: 'm6 · 4 vCPU' }`. */
export interface JobResource {
  readonly label: string;
  readonly value: string;
}

/** A snapshot of a job, as its backend reported it. Immutable: the next poll creates new objects. */
export interface Job {
  readonly id: JobId;
  /** The user's name for the job; never empty. */
  readonly name: string;
  readonly state: JobState;
  /** Why the job is waiting, or how it ended, in a few words: `2nd in queue`, `out of memory`. */
  readonly reason?: string;
  /** The array, batch or group this job belongs to: the id of a job in the same list. */
  readonly parent?: JobId;
  /** True: the job has children, which {@link JobQueries.children} lists. */
  readonly hasChildren?: true;
  /**
   * Only for the row of an array: the number of its tasks in each state. The tasks are jobs with this job as
   * their parent. Every action on the array applies to all its tasks.
   */
  readonly tasks?: TaskCounts;
  /** True: the job is queued and will not start before it is released. */
  readonly isHeld?: true;
  /** True: the job can be queued again with the same id. */
  readonly mayRequeue?: true;
  readonly submitted?: Date;
  readonly started?: Date;
  readonly ended?: Date;
  /** Time limit in milliseconds, counted from `started`; undefined if there is none or it is unknown. */
  readonly limitMs?: number;
  /** True: the job has a time limit of unknown length. */
  readonly isLimited?: true;
  readonly resources: readonly JobResource[];
  /** Named inputs of the job: environment variables, or the engine's equivalent. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The folder it runs in, absolute on its machine; undefined if unknown, or if the extension created it. */
  readonly folder?: string;
  /** The script's file name; its extension determines the language. */
  readonly script?: string;
  /** The command line, as a person would type it. */
  readonly command?: string;
  readonly exit?: ExitStatus;
  /** The job's result, unchanged; often JSON. */
  readonly results?: string;
  /** URL of the port that the job opened, `https://…/`; undefined if it opened none. */
  readonly endpoint?: string;
  /** URL of the job's page on its server. */
  readonly page?: string;
  /** The maximum or actual cost, as text: `at most $0.34`. */
  readonly cost?: string;
  /** The files that are known without another request; {@link JobFiles.list} returns all of them. */
  readonly files: readonly JobFile[];
  /** The backend's own record, for the *Show Raw Job Data* document. Never used for decisions. */
  readonly raw: unknown;
}

/** True until the job has finished. */
export const isActive = (job: Job): boolean => job.state.kind !== 'ended';

/** How long a job has run, in milliseconds; undefined if it has not started or its times are unknown. */
export function getRunTimeMs(job: Job, now: Date): number | undefined {
  if (!job.started) return undefined;
  if (!isActive(job) && !job.ended) return undefined;
  return Math.max(0, (job.ended ?? now).getTime() - job.started.getTime());
}

/** The states that the user interface distinguishes. */
export type JobStatus = 'queued' | 'running' | 'completed' | 'failed' | 'stopped' | 'unknown';

/** Converts a state into the one that is shown. */
export const getJobStatus = (state: JobState): JobStatus =>
  state.kind === 'ended' ? state.outcome : state.kind;
