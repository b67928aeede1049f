import type { Clock } from '../domain/ports.js';
import { repeat, waker } from './repeat.js';

/** The rounds of a {@link RoundLoop}. */
export interface RoundDeps {
  /** True while rounds are wanted even where none was asked for. */
  readonly isWanted: () => boolean;
  /** One round; never rejects but for a fault, which ends the loop. */
  readonly run: () => Promise<void>;
  /** Milliseconds to the next round; undefined: it waits to be woken. */
  readonly pauseMs: () => number | undefined;
}

/** Runs rounds, never two at a time: while they are wanted, and one for each time that one is asked for. */
export class RoundLoop {
  readonly #waker;
  #requests: (() => void)[] = [];
  #isOver = false;

  constructor(clock: Clock) {
    this.#waker = waker(clock);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Makes the next round follow at once; where none is wanted the loop rests at once. */
  readonly wake = (): void => {
    this.#waker.wake();
  };

  /** One whole round from now on; resolves after it. */
  request(): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      this.#requests.push(resolve);
      this.#waker.wake();
    });
  }

  /** Waits for the first wake, then runs rounds until stopped. @throws an AbortError when stopped during the first wait. */
  async run(deps: RoundDeps, signal: AbortSignal): Promise<void> {
    await this.#waker.wait(undefined, signal);
    await repeat(() => this.#round(deps), this.#waker, signal);
  }

  /** Resolves what is asked for and takes no more. */
  end(): void {
    this.#isOver = true;
    for (const resolve of this.#requests.splice(0)) resolve();
  }

  async #round({ isWanted, run, pauseMs }: RoundDeps): Promise<number | undefined> {
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
