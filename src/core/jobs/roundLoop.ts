import type { Clock } from '../domain/ports.js';
import { runPollLoop, createWakeSignal } from './pollLoop.js';

/** The dependencies of a {@link RoundLoop}. */
export interface RoundLoopDeps {
  /** True while rounds should run even if none was requested. */
  readonly isWanted: () => boolean;
  /** Runs one round. A rejection stops the loop. */
  readonly run: () => Promise<void>;
  /** Milliseconds until the next round; undefined: wait to be woken. */
  readonly getPauseMs: () => number | undefined;
}

/** Runs rounds one after another: while they are needed, and one for each request. */
export class RoundLoop {
  readonly #wakeSignal;
  #requests: (() => void)[] = [];
  #isOver = false;

  constructor(clock: Clock) {
    this.#wakeSignal = createWakeSignal(clock);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Starts the next round without a pause, or stops the timer if none is needed. */
  readonly wake = (): void => {
    this.#wakeSignal.wake();
  };

  /** Requests one complete round; resolves after it. */
  request(): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      this.#requests.push(resolve);
      this.#wakeSignal.wake();
    });
  }

  /**
   * Waits for the first wake, then runs rounds until aborted. @throws an AbortError if aborted during the
   * first wait.
   */
  async run(deps: RoundLoopDeps, signal: AbortSignal): Promise<void> {
    await this.#wakeSignal.wait(undefined, signal);
    await runPollLoop(() => this.#runRound(deps), this.#wakeSignal, signal);
  }

  /** Resolves all requests; later ones resolve without a round. */
  stop(): void {
    this.#isOver = true;
    for (const resolve of this.#requests.splice(0)) resolve();
  }

  async #runRound({ isWanted, run, getPauseMs: pauseMs }: RoundLoopDeps): Promise<number | undefined> {
    if (!this.#isWanted(isWanted)) return undefined;
    const requests = this.#requests.splice(0);
    try {
      await run();
    } finally {
      for (const resolve of requests) resolve();
    }
    return this.#isWanted(isWanted) ? pauseMs() : undefined;
  }

  #isWanted(isWanted: () => boolean): boolean {
    return isWanted() || this.#requests.length > 0;
  }
}
