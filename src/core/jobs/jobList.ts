import type { Backend } from '../domain/backend.js';
import { ConnectionJobs, type JobsChangedEvent, type JobsEndedEvent } from './connectionJobs.js';
import { Emitter } from '../../lib/event.js';
import { isActive, type Job, type JobId } from '../domain/job.js';
import { createDisposable, Lifetime, type Disposable } from '../../lib/lifetime.js';
import type { Clock, JobStore, Log } from '../domain/ports.js';

/** The dependencies of {@link JobList}. */
export interface JobListDeps {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** The jobs of all connections. Polls while the list is visible or a job's end is awaited. */
export class JobList implements Disposable {
  readonly #connections = new Map<string, { readonly jobs: ConnectionJobs; readonly life: Lifetime }>();
  readonly #changeEmitter = new Emitter<JobsChangedEvent>();
  readonly #endEmitter = new Emitter<JobsEndedEvent>();
  #watchers = 0;

  /** Fires when rows must be redrawn. */
  readonly onDidChange = this.#changeEmitter.event;
  /** Fires when jobs finish, once per job in this window. */
  readonly onDidEnd = this.#endEmitter.event;

  constructor(private readonly deps: JobListDeps) {}

  /**
   * Sets the backends. A backend that is already present keeps its jobs. A backend that replaces another one
   * of the same connection starts with an empty list, but continues to await the same jobs.
   */
  setBackends(backends: readonly Backend[]): void {
    const awaited = new Map<string, readonly JobId[]>();
    for (const [id, { life, jobs }] of this.#connections) {
      if (backends.includes(jobs.backend)) continue;
      awaited.set(id, jobs.awaitedIds);
      life.dispose();
      this.#connections.delete(id);
      this.#fire(this.#changeEmitter, { connection: id, isReordered: true, updated: [] });
    }
    for (const backend of backends) {
      const { id } = backend.connection;
      const kept = this.#connections.get(id);
      if (kept) {
        // Moved to the end, so that the order is the one of `backends`.
        this.#connections.delete(id);
        this.#connections.set(id, kept);
        continue;
      }
      const life = new Lifetime();
      const about = {
        ...this.deps,
        isWatched: () => this.#watchers > 0,
        onChanged: (change: JobsChangedEvent) => {
          this.#fire(this.#changeEmitter, change);
        },
        onEnded: (ended: JobsEndedEvent) => {
          this.#fire(this.#endEmitter, ended);
        },
      };
      const jobs = new ConnectionJobs(backend, about, life.signal);
      this.#connections.set(id, { jobs, life });
      jobs.reschedule(true);
      for (const job of awaited.get(id) ?? []) jobs.watchUntilDone(job);
      about.onChanged({ connection: id, isReordered: true, updated: [] });
    }
  }

  /** The connections with their jobs, newest first. */
  connections(): readonly ConnectionJobs[] {
    return [...this.#connections.values()].map(({ jobs }) => jobs);
  }

  /** Keeps polling while the list is visible, until the result is disposed. */
  watch(): Disposable {
    if (++this.#watchers === 1) this.#reschedule(true);
    return createDisposable(() => {
      if (--this.#watchers === 0) this.#reschedule(false);
    });
  }

  /** Keeps polling until a job has finished, even if the list is not visible. */
  watchUntilDone(connection: string, id: JobId): void {
    this.#connections.get(connection)?.jobs.watchUntilDone(id);
  }

  /**
   * Keeps polling while a connection has active jobs, since their number is shown even if the list is not
   * visible. Tasks are included with their array.
   */
  watchActive(connection: string): void {
    const jobs = this.#connections.get(connection)?.jobs;
    for (const { id } of jobs?.index.top.filter(isActive) ?? []) jobs?.watchUntilDone(id);
  }

  /** Polls one connection, or all. */
  async refresh(connection?: string): Promise<void> {
    const chosen = this.connections().filter(
      ({ backend }) => connection === undefined || backend.connection.id === connection,
    );
    await Promise.all(chosen.map((jobs) => jobs.refresh()));
  }

  /** Loads older jobs of a connection. */
  async loadMore(connection: string): Promise<void> {
    await this.#connections.get(connection)?.jobs.loadMore();
  }

  /** Adds a job that was just submitted to the list without waiting for a poll. */
  include(connection: string, job: Job): void {
    this.#connections.get(connection)?.jobs.include(job);
  }

  #reschedule(begun: boolean): void {
    for (const { jobs } of this.#connections.values()) jobs.reschedule(begun);
  }

  /** A failing listener must not stop the poll loop. */
  #fire<T>(emitter: Emitter<T>, value: T): void {
    try {
      emitter.fire(value);
    } catch (error) {
      this.deps.log.error('a listener of the job list failed', error);
    }
  }

  dispose(): void {
    for (const { life } of this.#connections.values()) life.dispose();
    this.#connections.clear();
    this.#changeEmitter.dispose();
    this.#endEmitter.dispose();
  }
}
