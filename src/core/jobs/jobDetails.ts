import type { Connection } from '../domain/connection.js';
import type { Job, JobId } from '../domain/job.js';
import type { JobKey, JobMetadata, JobMetadataChange, JobMetadataStore } from '../domain/jobMetadata.js';
import type { Log } from '../domain/ports.js';
import { Emitter } from '../../lib/event.js';
import type { Disposable } from '../../lib/lifetime.js';

/** The dependencies of {@link JobDetails}. */
export interface JobDetailsDeps {
  readonly openStore: (connection: Connection) => Promise<JobMetadataStore>;
  readonly log: Log;
}

/** Jobs whose metadata has changed. */
export interface JobDetailsChangedEvent {
  readonly connection: string;
  readonly ids: readonly JobId[];
}

/** The metadata of one connection's jobs. `requested` are read next. */
interface ConnectionDetails {
  readonly store: Promise<JobMetadataStore>;
  readonly known: Map<JobId, JobMetadata | undefined>;
  readonly requested: Map<JobId, Job>;
  isReading: boolean;
}

/**
 * What the extension stores about jobs, for rows, which need it synchronously: it is read when a row first
 * needs it, and kept until {@link invalidate}.
 */
export class JobDetails implements Disposable {
  readonly #connections = new Map<string, ConnectionDetails>();
  readonly #emitter = new Emitter<JobDetailsChangedEvent>();
  #isDisposed = false;

  /** Fires when metadata was read that differs from what {@link get} returned before. */
  readonly onDidChange = this.#emitter.event;

  constructor(private readonly deps: JobDetailsDeps) {}

  /** Undefined if nothing is stored, or if it is not read yet: then {@link onDidChange} fires later. */
  get(connection: Connection, job: Job): JobMetadata | undefined {
    const details = this.#open(connection);
    if (!details.known.has(job.id)) this.#request(connection, details, job);
    return details.known.get(job.id);
  }

  /** Reads the metadata of one job, also what another window has just written. */
  async read(connection: Connection, job: Job): Promise<JobMetadata | undefined> {
    const details = this.#open(connection);
    const store = await details.store;
    const metadata = await store.get(toKey(job));
    this.#set(connection.id, details, [[job.id, metadata]]);
    return metadata;
  }

  /**
   * Changes fields of a job's metadata; see {@link JobMetadataStore.update}.
   *
   * @returns the names of the values that were omitted because they contain secrets.
   */
  async update(connection: Connection, job: Job, change: JobMetadataChange): Promise<readonly string[]> {
    const store = await this.#open(connection).store;
    const omitted = await store.update(toKey(job), change);
    await this.read(connection, job);
    return omitted;
  }

  /** Reads all known metadata again: another window may have changed it. */
  async invalidate(find: (connection: string, id: JobId) => Job | undefined): Promise<void> {
    for (const [connection, details] of this.#connections) {
      const jobs: Job[] = [];
      for (const id of details.known.keys()) {
        const job = find(connection, id);
        if (job) jobs.push(job);
        else details.known.delete(id);
      }
      await this.#load(connection, details, jobs);
    }
  }

  #open(connection: Connection): ConnectionDetails {
    const open = this.#connections.get(connection.id);
    if (open) return open;
    const details = {
      store: this.deps.openStore(connection),
      known: new Map<JobId, JobMetadata | undefined>(),
      requested: new Map<JobId, Job>(),
      isReading: false,
    };
    this.#connections.set(connection.id, details);
    return details;
  }

  /** Requests of the same turn are read together, and those that arrive meanwhile after them. */
  #request({ id }: Connection, details: ConnectionDetails, job: Job): void {
    details.requested.set(job.id, job);
    if (details.isReading) return;
    details.isReading = true;
    setImmediate(() => void this.#readRequested(id, details));
  }

  async #readRequested(connection: string, details: ConnectionDetails): Promise<void> {
    while (details.requested.size > 0) {
      const jobs = [...details.requested.values()];
      details.requested.clear();
      await this.#load(connection, details, jobs);
    }
    details.isReading = false;
  }

  async #load(connection: string, details: ConnectionDetails, jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    try {
      const store = await details.store;
      const all = await store.getAll(jobs.map(toKey));
      this.#set(
        connection,
        details,
        jobs.map(({ id }, at) => [id, all[at]]),
      );
    } catch (error) {
      this.deps.log.warn(`the metadata of the jobs of ${connection} could not be read: ${String(error)}`);
      for (const { id } of jobs) if (!details.known.has(id)) details.known.set(id, undefined);
    }
  }

  #set(
    connection: string,
    details: ConnectionDetails,
    entries: readonly (readonly [JobId, JobMetadata | undefined])[],
  ): void {
    const changed = entries.filter(
      ([id, metadata]) => JSON.stringify(details.known.get(id)) !== JSON.stringify(metadata),
    );
    for (const [id, metadata] of entries) details.known.set(id, metadata);
    if (changed.length > 0 && !this.#isDisposed)
      this.#emitter.fire({ connection, ids: changed.map(([id]) => id) });
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#connections.clear();
    this.#emitter.dispose();
  }
}

const toKey = ({ id, submitted }: Job): JobKey => ({ job: id, submitted });
