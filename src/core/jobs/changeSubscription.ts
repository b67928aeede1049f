import type { Backend, JobQueries } from '../domain/backend.js';
import type { Clock, Log } from '../domain/ports.js';
import { isAbort } from '../domain/problem.js';

/** The minimum interval between two polls caused by changes, in milliseconds. */
const minRoundIntervalMs = 250;

/** Subscribes to a backend's changes while they are needed. */
export class ChangeSubscription {
  #stop: AbortController | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly deps: { readonly clock: Clock; readonly log: Log },
    private readonly onChange: () => void,
  ) {}

  /** Starts or stops the subscription. */
  setActive(wanted: boolean): void {
    const { changes } = this.backend.jobs;
    if (!wanted || !changes) {
      this.#stop?.abort();
      this.#stop = undefined;
    } else if (!this.#stop) {
      this.#stop = new AbortController();
      void this.#consume(changes, this.#stop.signal);
    }
  }

  async #consume(changes: NonNullable<JobQueries['changes']>, signal: AbortSignal): Promise<void> {
    try {
      for await (const _ of changes(signal)) {
        this.onChange();
        // A job that writes continuously would otherwise cause continuous polling.
        await this.deps.clock.sleep(minRoundIntervalMs, signal);
      }
    } catch (error) {
      if (!isAbort(error) && !signal.aborted)
        this.deps.log.warn(`no change notifications from ${this.backend.connection.id}: ${String(error)}`);
    }
  }
}
