/** Any value that JSON has. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** The request a job was submitted with, without secrets. */
export interface StoredRequest {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The answers to the backend's own questions, by the questions' ids. */
  readonly options: Readonly<Record<string, string>>;
  readonly limitMs?: number | undefined;
  /** Names of arguments, variables and options that are not kept, since they hold secrets. */
  readonly omitted?: readonly string[] | undefined;
}

/** The row of a sweep that a task received. */
export interface SweepRow {
  /** From 0. */
  readonly index: number;
  readonly values: Readonly<Record<string, JsonValue>>;
}

/** All that is known of a job beside what its service tells. These names are in files: they change only with a migration. */
export interface JobMetadata {
  /** The user's own name for it. */
  readonly label?: string;
  readonly isPinned?: boolean;
  readonly group?: string;
  readonly description?: string;
  readonly labels?: readonly string[];
  /** The user's own values by their names. */
  readonly properties?: Readonly<Record<string, JsonValue>>;
  readonly request?: StoredRequest;
  /** Parameters that it was given by name, outside a sweep. */
  readonly parameters?: Readonly<Record<string, JsonValue>>;
  readonly row?: SweepRow;
  /** The value that it gave as its result. */
  readonly result?: JsonValue;
  /** The core of its record, {@link maxRecordBytes} at most; long lists are side files, named in it by their hash. */
  readonly record?: Readonly<Record<string, JsonValue>>;
  /** What its backend needs to know of it and made itself, such as its folder. Nothing that a user typed. */
  readonly facts?: Readonly<Record<string, JsonValue>>;
  /** The time of the job's note of version 0.1.0 when `facts` was written, in milliseconds since 1970: a later note is newer. */
  readonly noteMs?: number;
}

/** The most that the core of a record may have, in bytes of JSON. */
export const maxRecordBytes = 4_096;

/** A job of one connection. */
export interface JobKey {
  /** Its id, which may hold any characters. */
  readonly job: string;
  /**
   * When it was submitted, where its service gives ids again: a time that is more than a day apart means another job.
   * Absent: the latest job of this id.
   */
  readonly submitted?: Date | undefined;
}

/** A change of some fields; the others stay, also where another window changes them at the same time. */
export interface JobMetadataChange {
  /** New values. Those of `properties` are added to the properties that are there. */
  readonly set?: JobMetadata;
  readonly remove?: readonly (keyof JobMetadata)[];
  /** Names of properties. */
  readonly removeProperties?: readonly string[];
}

/** The metadata of one connection's jobs, shared by all windows and the command line. */
export interface JobMetadataStore {
  /** Undefined: nothing is known. Never fails: what is damaged is set aside and logged. */
  readonly get: (key: JobKey) => Promise<JobMetadata | undefined>;
  /** The same for the jobs of a page, in their order. */
  readonly getAll: (keys: readonly JobKey[]) => Promise<readonly (JobMetadata | undefined)[]>;
  /**
   * Changes fields; secrets are left out.
   *
   * @returns the names of what was left out.
   * @throws RangeError where a record is longer than {@link maxRecordBytes}; what the disk says where it takes nothing.
   */
  readonly update: (key: JobKey, change: JobMetadataChange) => Promise<readonly string[]>;
  /** Removes all that is known of this id, together with the job itself. */
  readonly remove: (job: string) => Promise<void>;
  /** Keeps a list that is too long for a record; gives its hash, the same for the same list. */
  readonly putList: (list: readonly JsonValue[]) => Promise<string>;
  /** The list of this hash; undefined: it is not there, or is damaged. */
  readonly getList: (hash: string) => Promise<readonly JsonValue[] | undefined>;
  /**
   * Removes entries that nothing was written to since `beforeMs`, in which the user has set nothing, and whose job the
   * service does not know any more. The caller answers for the clock. Gives how many were removed.
   */
  readonly removeUnused: (
    beforeMs: number,
    isKnown: (job: string) => boolean | Promise<boolean>,
  ) => Promise<number>;
}
