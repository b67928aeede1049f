declare const jobId: unique symbol;

/** The name a backend gave a job; unique within its connection, opaque to everybody else. */
export type JobId = string & { readonly [jobId]: true };

/** Marks a text that a backend gave as a job's name as a {@link JobId}. For backends and stores only. */
export const asJobId = (text: string): JobId => text as JobId; // SAFETY: the caller had it from the backend.

/** How a job ended: with success, by its own or the engine's fault, or because somebody wanted it to. */
export type Outcome = 'completed' | 'failed' | 'stopped';

/**
 * Where a job is in its life. `word` is the engine's own name of the state, shown where it says more than ours.
 * A state this version has never met is `unknown` and counts as active.
 */
export type JobState =
  | { readonly kind: 'queued' | 'running' | 'unknown'; readonly word: string }
  | { readonly kind: 'ended'; readonly word: string; readonly outcome: Outcome };

/** A file that belongs to a job. `name` is unique within its job and `kind`; it may hold `/` and comes from outside. */
export interface JobFile {
  readonly name: string;
  /**
   * What the job was given, the code as it ran (`source`), the environment as it was used (`project`), what it made
   * known as its result, what else it left, or what it printed.
   */
  readonly kind: 'input' | 'source' | 'project' | 'result' | 'output' | 'log';
  /** Undefined: not told. */
  readonly bytes?: number;
  /** SHA-256, 64 lowercase hex digits; undefined: not told. */
  readonly sha256?: string;
}

/** How many tasks of an array are in each state. */
export interface TaskCounts {
  readonly queued: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly stopped: number;
}

/** How the job's own process ended. Neither known: both undefined. */
export interface Exit {
  readonly code?: number;
  readonly signal?: string;
}

/** One thing the job asked for or got, in words: `{ label: 'Node', value: 'm6 · 4 vCPU' }`. */
export interface Resource {
  readonly label: string;
  readonly value: string;
}

/** A job as its backend told of it at one moment; it does not update itself. */
export interface Job {
  readonly id: JobId;
  /** What the user called it; never empty. */
  readonly name: string;
  readonly state: JobState;
  /** Why it waits, or how it ended, in a few words: `2nd in line`, `exit 1`. */
  readonly reason?: string;
  /** The array, batch or group it is part of: a job of the same list. */
  readonly parent?: JobId;
  /** True: it has jobs below it that its backend gives by `children`. */
  readonly hasChildren?: true;
  /**
   * Of an array's own row: how many of its tasks are in each state. The tasks themselves are jobs with this one as their
   * parent; all that can be done with the array is done with all of its tasks.
   */
  readonly tasks?: TaskCounts;
  /** True: it waits because somebody holds it back. */
  readonly isHeld?: true;
  /** True: it can be queued again under the same name. */
  readonly mayRequeue?: true;
  readonly submitted?: Date;
  readonly started?: Date;
  readonly ended?: Date;
  /** Milliseconds it may run, counted from `started`; undefined: no limit, or not told. */
  readonly limitMs?: number;
  /** True: it has a limit, though its length is not told. */
  readonly isLimited?: true;
  readonly resources: readonly Resource[];
  /** What it was given by name: environment variables, or the engine's equivalent. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The script's name, by which the editor finds the language. */
  readonly script?: string;
  /** The command as a person would type it. */
  readonly command?: string;
  readonly exit?: Exit;
  /** The value the job gave as its result, as it gave it; often JSON. */
  readonly results?: string;
  /** Address of the port it opened, `https://…/`; undefined: it has none. */
  readonly endpoint?: string;
  /** Address of the job's page on its server, for a browser. */
  readonly page?: string;
  /** What it costs at most, or has cost, in words: `at most $0.34`. */
  readonly cost?: string;
  /** What is known without asking; a backend with `files` is asked for the rest. */
  readonly files: readonly JobFile[];
  /** The backend's own record, for the document "Job record". Not for decisions. */
  readonly raw: unknown;
}

/** True while a job may still change by itself. */
export const isActive = (job: Job): boolean => job.state.kind !== 'ended';

/** Milliseconds a job has run or ran; undefined before it starts, or where its times are not told. */
export function runningMs(job: Job, now: Date): number | undefined {
  if (!job.started) return undefined;
  if (!isActive(job) && !job.ended) return undefined;
  return Math.max(0, (job.ended ?? now).getTime() - job.started.getTime());
}

/** The states that look different. */
export type Look = 'queued' | 'running' | 'completed' | 'failed' | 'stopped' | 'unknown';

/** Which of them a state is. */
export const lookName = (state: JobState): Look => (state.kind === 'ended' ? state.outcome : state.kind);
