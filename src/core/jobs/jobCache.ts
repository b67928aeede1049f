import type { Job } from '../domain/job.js';
import type { JobStore, Log } from '../domain/ports.js';
import type { JobIndex } from './jobIndex.js';
import { parseJobs, serializeJobs } from './jobSerialization.js';

/** Stores the last known jobs of one connection. Failures are logged and affect only the cache. */
export class JobCache {
  constructor(
    private readonly connection: string,
    private readonly deps: { readonly store: JobStore; readonly log: Log },
  ) {}

  /** The stored jobs; none if they cannot be read. */
  async read(): Promise<readonly Job[]> {
    const { store, log } = this.deps;
    try {
      return parseJobs(await store.read(this.connection));
    } catch (error) {
      log.warn(`the last known jobs of ${this.connection} cannot be read: ${String(error)}`);
      return [];
    }
  }

  /** Stores the jobs in the background. */
  write(index: JobIndex): void {
    const { store, log } = this.deps;
    store.write(this.connection, serializeJobs(index)).catch((error: unknown) => {
      log.warn(`the jobs of ${this.connection} could not be stored: ${String(error)}`);
    });
  }
}
