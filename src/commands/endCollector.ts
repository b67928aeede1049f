import type { CommandDeps } from './commandDeps.js';
import type { JobTarget } from './resolveTargets.js';

/** How long ends are collected that are notified of together, in milliseconds. */
const collectMs = 1_500;

/** Collects the jobs of all connections that finish within a short time. */
export class EndCollector {
  #here: JobTarget[] = [];
  #away: JobTarget[] = [];
  #isCollecting = false;

  /** @param notify - Called with the jobs that finished together; `whileAway` as for `JobsEndedEvent`. */
  constructor(
    private readonly notify: (ended: readonly JobTarget[], whileAway: boolean) => Promise<void>,
    private readonly deps: Pick<CommandDeps, 'clock' | 'log'>,
    private readonly signal: AbortSignal,
  ) {}

  /** Adds jobs that have just finished. */
  add(ended: readonly JobTarget[], whileAway: boolean): void {
    (whileAway ? this.#away : this.#here).push(...ended);
    if (this.#isCollecting) return;
    this.#isCollecting = true;
    void this.#notifyLater();
  }

  async #notifyLater(): Promise<void> {
    try {
      await this.deps.clock.sleep(collectMs, this.signal);
    } catch {
      // The window is closing.
      return;
    }
    const away = this.#away;
    const here = this.#here;
    this.#away = [];
    this.#here = [];
    this.#isCollecting = false;
    const failed = (error: unknown): void => {
      if (!this.signal.aborted) this.deps.log.error('could not notify of finished jobs', error);
    };
    if (away.length > 0) void this.notify(away, true).catch(failed);
    if (here.length > 0) void this.notify(here, false).catch(failed);
  }
}
