/** Any JSON value. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** The request a job was submitted with, without secrets. */
export interface StoredRequest {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The answers to the backend's own questions, by question id. */
  readonly options: Readonly<Record<string, string>>;
  readonly limitMs?: number | undefined;
  /** Names of the arguments, variables and options that are not stored because they contain secrets. */
  readonly omitted?: readonly string[] | undefined;
}

/** The sweep row of a task. */
export interface SweepRow {
  /** Zero-based. */
  readonly index: number;
  readonly values: Readonly<Record<string, JsonValue>>;
}

/** Why a job failed, as its log shows it. */
export interface StoredFailure {
  /** The error as the program printed it: `KeyError: 'lr'`. Absent: the log has no known error. */
  readonly text?: string | undefined;
  /** The user's own file closest to the error, as the log names it, and the line in it. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  /** The last line of the log that is not blank. */
  readonly lastLine?: string | undefined;
  /** The run that failed: see {@link getRunStartMs}. A requeued job runs again. */
  readonly startedMs?: number | undefined;
}

/**
 * Everything the extension stores about a job in addition to the backend's data. The field names are part of
 * a file format: changing one requires a migration.
 */
export interface JobMetadata {
  /** The user's name for the job, instead of the submitted one. */
  readonly label?: string;
  readonly isPinned?: boolean;
  readonly group?: string;
  /** Absolute path of the folder that the job was submitted from, on the machine of the editor. */
  readonly folder?: string;
  readonly description?: string;
  readonly labels?: readonly string[];
  /** The user's own properties, by name. */
  readonly properties?: Readonly<Record<string, JsonValue>>;
  readonly request?: StoredRequest;
  /** Named parameters, if the job is not part of a sweep. */
  readonly parameters?: Readonly<Record<string, JsonValue>>;
  readonly row?: SweepRow;
  /** What the submission took over from the previous one, as text for the user: `n=1000`, `limit 2 h`. */
  readonly repeated?: readonly string[];
  readonly failure?: StoredFailure;
  /** The value that the job declared as its result. */
  readonly result?: JsonValue;
  /**
   * The core of the run record, at most {@link maxRecordBytes}. Long lists are stored in separate files,
   * which it references by hash.
   */
  readonly record?: Readonly<Record<string, JsonValue>>;
  /**
   * Data that the backend created and needs again, such as the path of the job's folder. Never user input.
   */
  readonly facts?: Readonly<Record<string, JsonValue>>;
  /**
   * The modification time of the job's note from version 0.1.0 when `facts` was written, in milliseconds
   * since 1970. A note that changed later is newer than `facts`.
   */
  readonly noteMs?: number;
}

/** The maximum size of the core of a record, in bytes of JSON. */
export const maxRecordBytes = 4_096;

/** Identifies a job of one connection. */
export interface JobKey {
  /** The job's id, which can contain any characters. */
  readonly job: string;
  /**
   * The submission time, for services that reuse ids: a stored time that differs by more than a day belongs
   * to another job. Absent: the latest job with this id.
   */
  readonly submitted?: Date | undefined;
}

/**
 * A change of some fields. All other fields keep their values, even if another window changes them
 * concurrently.
 */
export interface JobMetadataChange {
  /** New values. `properties` is merged into the existing properties. */
  readonly set?: JobMetadata;
  readonly remove?: readonly (keyof JobMetadata)[];
  /** Names of properties to remove. */
  readonly removeProperties?: readonly string[];
}

/** Reads and writes the metadata of one connection's jobs, which all windows and the command line share. */
export interface JobMetadataStore {
  /** Undefined if nothing is stored. Never rejects: a damaged file is moved away and logged. */
  readonly get: (key: JobKey) => Promise<JobMetadata | undefined>;
  /** The same for several jobs, in the order of `keys`. */
  readonly getAll: (keys: readonly JobKey[]) => Promise<readonly (JobMetadata | undefined)[]>;
  /**
   * Changes fields. Secrets are not stored.
   *
   * @returns the names of the values that were omitted because they contain secrets.
   * @throws RangeError if a record is larger than {@link maxRecordBytes}, or the system error of a failed
   * write.
   */
  readonly update: (key: JobKey, change: JobMetadataChange) => Promise<readonly string[]>;
  /** Deletes everything stored for this id. Called when the job itself is deleted. */
  readonly remove: (job: string) => Promise<void>;
  /** Stores a list that is too long for a record and returns its hash. Equal lists have the same hash. */
  readonly putList: (list: readonly JsonValue[]) => Promise<string>;
  /** The list with this hash; undefined if it is missing or damaged. */
  readonly getList: (hash: string) => Promise<readonly JsonValue[] | undefined>;
  /**
   * Deletes the entries that were last written before `beforeMs` (milliseconds since 1970), contain nothing
   * that the user set, and belong to a job that the service no longer has. The caller must ensure that the
   * clock is correct.
   *
   * @returns the number of deleted entries.
   */
  readonly removeUnused: (
    beforeMs: number,
    isKnown: (job: string) => boolean | Promise<boolean>,
  ) => Promise<number>;
}
