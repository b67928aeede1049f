import type { LogTarget } from '../commands/resolveTargets.js';
import { isActive } from '../core/domain/job.js';
import type { LogSink } from '../core/logs/logSink.js';
import { followLog, type FollowLogDeps } from './followLog.js';
import { createRereadSink } from './rereadSink.js';

/** Reads one job's log into one view, and again when it is shown again. */
export class LogFollower {
  #reading: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  #hasRead = false;

  /** @param maxChars - The view's capacity. */
  constructor(
    private target: LogTarget,
    private readonly sink: LogSink,
    private readonly maxChars: number,
    private readonly deps: FollowLogDeps,
  ) {}

  /** Resolves when reading has stopped. */
  get done(): Promise<void> {
    return this.#reading?.done ?? Promise.resolve();
  }

  /**
   * Follows the log unless that is in progress. A log that ended or failed is read again, since it may have
   * been read too early; the text shown stays until there is new text.
   */
  read(target: LogTarget): void {
    this.target = target;
    this.#reading ??= this.#start();
  }

  /** Shows the log again after a change of the settings. */
  restart(): void {
    this.stop();
    this.sink.replaceAll('');
    this.#hasRead = false;
    this.#reading = this.#start();
  }

  /** Stops reading and no longer changes the view. */
  stop(): void {
    this.#reading?.stop.abort();
    this.#reading = undefined;
  }

  #start(): { readonly stop: AbortController; readonly done: Promise<void> } {
    const stop = new AbortController();
    const reread = this.#hasRead ? createRereadSink(this.sink, !isActive(this.target.job)) : undefined;
    this.#hasRead = true;
    const following = followLog(this.target, reread ?? this.sink, this.maxChars, this.deps, stop.signal);
    const done = following.finally(() => {
      if (this.#reading?.stop !== stop) return;
      this.#reading = undefined;
      reread?.finish();
    });
    return { stop, done };
  }
}
