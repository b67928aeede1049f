import type { Backend } from '../domain/backend.js';
import type { Log } from '../domain/ports.js';
import { jobPageSize } from './jobListSize.js';
import type { JobIndex } from './jobIndex.js';

/** The jobs of a connection, as a search uses them. */
export interface SearchableJobs {
  readonly backend: Backend;
  readonly index: JobIndex;
  /** True if older jobs than the listed ones exist. */
  readonly more: boolean;
  /** True while the jobs are in their last known state. */
  readonly isStale: boolean;
  readonly listAtLeast: (count: number) => Promise<void>;
}

/** The dependencies of {@link JobSearch}. */
export interface JobSearchDeps {
  readonly connections: () => readonly SearchableJobs[];
  /** True if a listed job of the connection matches the filter. */
  readonly hasMatch: (connection: string) => boolean;
  /** Called when a search of a connection begins or ends. */
  readonly onChanged: () => void;
  readonly log: Log;
}

/** How many of a service's jobs are searched without being asked to search all of them. */
export const autoSearchSize = 2 * jobPageSize;

/** More jobs than any disk has. */
const allJobs = 1_000_000;

/** Lists older jobs while a filter is active: all of those on disk, and of a service's as many as are needed. */
export class JobSearch {
  #abort = new AbortController();
  readonly #running = new Set<string>();

  constructor(private readonly deps: JobSearchDeps) {}

  /** True while older jobs of the connection are being listed. */
  isRunning(connection: string): boolean {
    return this.#running.has(connection);
  }

  /** Searches all connections for a new filter. */
  start(): void {
    this.#end();
    for (const jobs of this.deps.connections()) void this.#run(jobs, jobs.backend.jobs.isOnDisk === true);
  }

  /** Searches all jobs of one connection. */
  async searchAll(connection: string): Promise<void> {
    const jobs = this.deps.connections().find(({ backend }) => backend.connection.id === connection);
    if (jobs && !this.isRunning(connection)) await this.#run(jobs, true);
  }

  /** Stops: no filter is active any more. */
  stop(): void {
    this.#end();
    for (const jobs of this.deps.connections()) void jobs.listAtLeast(0);
  }

  #end(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#running.clear();
  }

  async #run(jobs: SearchableJobs, isAll: boolean): Promise<void> {
    const { id } = jobs.backend.connection;
    const { signal } = this.#abort;
    if (!this.#isUnfinished(jobs, isAll)) return;
    this.#running.add(id);
    this.deps.onChanged();
    try {
      while (!signal.aborted && this.#isUnfinished(jobs, isAll)) {
        const before = jobs.index.top.length;
        await jobs.listAtLeast(getNextSize(jobs, isAll));
        if (jobs.index.top.length <= before) break;
      }
    } catch (error) {
      this.deps.log.warn(`the search in ${id} stopped: ${String(error)}`);
    }
    if (signal.aborted) return;
    this.#running.delete(id);
    this.deps.onChanged();
  }

  #isUnfinished(jobs: SearchableJobs, isAll: boolean): boolean {
    if (!jobs.more || jobs.isStale) return false;
    return (
      isAll || (jobs.index.top.length < autoSearchSize && !this.deps.hasMatch(jobs.backend.connection.id))
    );
  }
}

/** A service is asked for twice as many each time: each answer is shown, and few requests are sent. */
function getNextSize({ backend, index: { top } }: SearchableJobs, isAll: boolean): number {
  if (backend.jobs.isOnDisk) return allJobs;
  return isAll ? Math.max(2 * top.length, autoSearchSize) : autoSearchSize;
}
