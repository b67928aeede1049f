import type { Clock } from '../core/domain/ports.js';
import { getAbortError, raceAbort } from '../lib/abort.js';
import { backoffMs } from '../lib/time.js';

/**
 * The initial maximum number of concurrent programs over one connection; sshd's default is 10 (MaxSessions).
 */
const usualSessions = 8;

/**
 * Milliseconds until a refused session is retried, since another one may just have ended; doubled each time.
 */
const againMs = 50;

/** The number of programs after which one more session is tried, since the learned limit can be too low. */
const moreAfter = 20;

/**
 * The maximum number of retries while no other program runs, and how long a program waits for a free session.
 */
const maxAgain = 7;
const waitMs = 20_000;

/** A program's session on a connection. */
export interface Session {
  /** Call when the host has accepted it. */
  readonly begun: () => void;
  /** Call when the program has exited or was never started. */
  readonly leave: () => void;
  /** Call when the host has refused it: waits until it can be retried; false if it will not be accepted. */
  readonly refused: (signal: AbortSignal) => Promise<boolean>;
}

/** A program's request for a session. */
export interface SessionWish {
  /**
   * Stops the program, which can be restarted. Called if others wait for a session; such a program waits
   * without a timeout.
   */
  readonly yields?: () => void;
}

/** Limits the number of concurrent programs over one connection to what the host accepts. */
export interface Sessions {
  /** Waits for a free session; undefined after a timeout. */
  readonly take: (wish: SessionWish, signal: AbortSignal) => Promise<Session | undefined>;
  /** True if a long-running program would leave hardly any sessions for others. */
  readonly isNarrow: () => boolean;
}

interface Waiting {
  readonly wish: SessionWish;
  readonly go: () => void;
}

/** Creates a limiter that learns the host's limit when it refuses a session. */
export const createSessions = (clock: Clock): Sessions => new SharedSessions(clock);

class SharedSessions implements Sessions {
  #limit = usualSessions;
  /** The programs with a session; true: the host has accepted it. */
  readonly #running = new Map<SessionWish, boolean>();
  readonly #waiting: Waiting[] = [];
  #ended = 0;

  constructor(private readonly clock: Clock) {}

  isNarrow = (): boolean => this.#limit <= 2;

  take = async (wish: SessionWish, signal: AbortSignal): Promise<Session | undefined> => {
    if (!(await this.#room(wish, signal))) return undefined;
    let tries = 0;
    return {
      begun: () => {
        if (this.#running.has(wish)) this.#running.set(wish, true);
      },
      leave: () => this.#leave(wish),
      refused: async (stop) => {
        const others = this.#running.size - 1;
        const begun = [...this.#running.values()].filter((isIn) => isIn).length;
        if (others === 0) this.#limit = 1;
        // The host may still count a program that has just exited; the second refusal means that the limit is
        // reached.
        else if (tries > 0 && begun > 0) {
          this.#limit = Math.min(this.#limit, begun);
          this.#running.delete(wish);
          tries = 0;
          return this.#room(wish, stop);
        }
        if (tries++ >= maxAgain) return false;
        await this.clock.sleep(backoffMs(tries, againMs), stop);
        return true;
      },
    };
  };

  #leave(wish: SessionWish): void {
    if (!this.#running.delete(wish)) return;
    if (this.#limit < usualSessions && ++this.#ended % moreAfter === 0) this.#limit++;
    this.#next();
  }

  #next(): void {
    while (this.#running.size < this.#limit) {
      const one = this.#waiting.shift();
      if (!one) return;
      this.#running.set(one.wish, false);
      one.go();
    }
    // A restartable program frees its session.
    if (this.#waiting.some(({ wish }) => !wish.yields))
      [...this.#running.keys()].find((one) => one.yields)?.yields?.();
  }

  /** False after a timeout. */
  async #room(wish: SessionWish, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const enough = new AbortController();
    let go = (): void => undefined;
    const came = new Promise<void>((resolve) => {
      go = resolve;
    });
    const one: Waiting = { wish, go };
    this.#waiting.push(one);
    this.#next();
    const late = this.clock.sleep(waitMs, enough.signal).catch(() => undefined);
    try {
      await raceAbort(wish.yields ? came : Promise.race([came, late]), signal, getAbortError);
      return this.#running.has(wish);
    } catch (error) {
      // It may have received a session at the same time.
      this.#leave(wish);
      throw error;
    } finally {
      enough.abort();
      const at = this.#waiting.indexOf(one);
      if (at >= 0) this.#waiting.splice(at, 1);
    }
  }
}

/** No limit, for programs that each have their own connection. */
export const freeSessions: Sessions = {
  take: () =>
    Promise.resolve({
      begun: () => undefined,
      leave: () => undefined,
      refused: () => Promise.resolve(false),
    }),
  isNarrow: () => false,
};
