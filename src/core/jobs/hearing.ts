import type { Backend, JobQueries } from '../domain/backend.js';
import type { Clock, Log } from '../domain/ports.js';
import { isAbort } from '../domain/problem.js';

/** The minimum interval between two polls caused by changes, in milliseconds. */
const changesMs = 250;

/** Subscribes to a backend's changes while they are needed. */
export class Hearing {
  #stop: AbortController | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly about: { readonly clock: Clock; readonly log: Log },
    private readonly heard: () => void,
  ) {}

  /** Starts or stops the subscription. */
  listen(wanted: boolean): void {
    const { changes } = this.backend.jobs;
    if (!wanted || !changes) {
      this.#stop?.abort();
      this.#stop = undefined;
    } else if (!this.#stop) {
      this.#stop = new AbortController();
      void this.#hear(changes, this.#stop.signal);
    }
  }

  async #hear(changes: NonNullable<JobQueries['changes']>, signal: AbortSignal): Promise<void> {
    try {
      for await (const _ of changes(signal)) {
        this.heard();
        // A job that writes continuously would otherwise cause continuous polling.
        await this.about.clock.sleep(changesMs, signal);
      }
    } catch (error) {
      if (!isAbort(error) && !signal.aborted)
        this.about.log.warn(`no change notifications from ${this.backend.connection.id}: ${String(error)}`);
    }
  }
}
