import type { Backend } from '../domain/backend.js';
import { ConnectionJobs, type Change, type Ended } from './connectionJobs.js';
import { Emitter } from '../../lib/event.js';
import { isActive, type Job, type JobId } from '../domain/job.js';
import { disposable, Lifetime, type Disposable } from '../../lib/lifetime.js';
import type { Clock, JobStore, Log } from '../domain/ports.js';

/** What the list needs. */
export interface ListPorts {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** The jobs of all connections. It looks while it is watched or a job is waited for, and rests otherwise. */
export class JobList implements Disposable {
  readonly #connections = new Map<string, { readonly jobs: ConnectionJobs; readonly life: Lifetime }>();
  readonly #changed = new Emitter<Change>();
  readonly #ended = new Emitter<Ended>();
  #watchers = 0;

  /** Rows to draw again. */
  readonly changed = this.#changed.event;
  /** Jobs that have just ended, each once in this window. */
  readonly ended = this.#ended.event;

  constructor(private readonly ports: ListPorts) {}

  /**
   * Takes these backends from now on. Those that were there before keep their jobs; a backend in the place of another
   * of the same connection begins anew, but is waited for as that was.
   */
  setBackends(backends: readonly Backend[]): void {
    const awaited = new Map<string, readonly JobId[]>();
    for (const [id, { life, jobs }] of this.#connections) {
      if (backends.includes(jobs.backend)) continue;
      awaited.set(id, jobs.awaited);
      life.dispose();
      this.#connections.delete(id);
      this.#tell(this.#changed, { connection: id, order: true, updated: [] });
    }
    for (const backend of backends) {
      const { id } = backend.connection;
      const kept = this.#connections.get(id);
      if (kept) {
        // To the end, so that all stand in the order they were given in.
        this.#connections.delete(id);
        this.#connections.set(id, kept);
        continue;
      }
      const life = new Lifetime();
      const about = {
        ...this.ports,
        isWatched: () => this.#watchers > 0,
        changed: (change: Change) => {
          this.#tell(this.#changed, change);
        },
        ended: (ended: Ended) => {
          this.#tell(this.#ended, ended);
        },
      };
      const jobs = new ConnectionJobs(backend, about, life.signal);
      this.#connections.set(id, { jobs, life });
      jobs.reconsider(true);
      for (const job of awaited.get(id) ?? []) jobs.awaitEnd(job);
      about.changed({ connection: id, order: true, updated: [] });
    }
  }

  /** The connections with their jobs, newest first. */
  connections(): readonly ConnectionJobs[] {
    return [...this.#connections.values()].map(({ jobs }) => jobs);
  }

  /** Somebody looks, until the result is disposed of. */
  watch(): Disposable {
    if (++this.#watchers === 1) this.#reconsider(true);
    return disposable(() => {
      if (--this.#watchers === 0) this.#reconsider(false);
    });
  }

  /** Looks after a job until it has ended, watched or not. */
  awaitEnd(connection: string, id: JobId): void {
    this.#connections.get(connection)?.jobs.awaitEnd(id);
  }

  /**
   * Looks after all jobs of a connection that are active, since their number is shown even while the view is not. Tasks
   * are looked after with their array.
   */
  awaitActive(connection: string): void {
    const jobs = this.#connections.get(connection)?.jobs;
    for (const { id } of jobs?.index.top.filter(isActive) ?? []) jobs?.awaitEnd(id);
  }

  /** One round now, of one connection or of all. */
  async refresh(connection?: string): Promise<void> {
    const chosen = this.connections().filter(
      ({ backend }) => connection === undefined || backend.connection.id === connection,
    );
    await Promise.all(chosen.map((jobs) => jobs.refresh()));
  }

  /** Asks a connection for older jobs as well. */
  async more(connection: string): Promise<void> {
    await this.#connections.get(connection)?.jobs.loadMore();
  }

  /** Puts a job that was just submitted into the list at once. */
  include(connection: string, job: Job): void {
    this.#connections.get(connection)?.jobs.include(job);
  }

  #reconsider(begun: boolean): void {
    for (const { jobs } of this.#connections.values()) jobs.reconsider(begun);
  }

  /** A listener that fails must not stop the loop that told it. */
  #tell<T>(emitter: Emitter<T>, value: T): void {
    try {
      emitter.fire(value);
    } catch (error) {
      this.ports.log.error('a listener to the list of jobs failed', error);
    }
  }

  dispose(): void {
    for (const { life } of this.#connections.values()) life.dispose();
    this.#connections.clear();
    this.#changed.dispose();
    this.#ended.dispose();
  }
}
