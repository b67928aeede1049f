import type { Clock } from '../core/domain/ports.js';
import { getAbortError, raceAbort } from '../lib/abort.js';
import { getBackoffMs } from '../lib/time.js';

/**
 * The initial maximum number of concurrent programs over one connection; sshd's default is 10 (MaxSessions).
 */
const defaultSessions = 8;

/**
 * Milliseconds until a refused session is retried, since another one may just have ended; doubled each time.
 */
const firstRetryMs = 50;

/** The number of programs after which one more session is tried, since the learned limit can be too low. */
const probeAfter = 20;

/**
 * The maximum number of retries while no other program runs, and how long a program waits for a free session.
 */
const maxRetries = 7;
const maxWaitMs = 20_000;

/** A program's session on a connection. */
export interface SshSession {
  /** Call when the host has accepted it. */
  readonly markStarted: () => void;
  /** Call when the program has exited or was never started. */
  readonly release: () => void;
  /** Call when the host has refused it: waits until it can be retried; false if it will not be accepted. */
  readonly waitAfterRefusal: (signal: AbortSignal) => Promise<boolean>;
}

/** A program's request for a session. */
export interface SessionRequest {
  /**
   * Stops the program, which can be restarted. Called if others wait for a session; such a program waits
   * without a timeout.
   */
  readonly onYield?: () => void;
}

/** Limits the number of concurrent programs over one connection to what the host accepts. */
export interface SessionPool {
  /** Waits for a free session; undefined after a timeout. */
  readonly take: (wish: SessionRequest, signal: AbortSignal) => Promise<SshSession | undefined>;
  /** True if a long-running program would leave hardly any sessions for others. */
  readonly isNarrow: () => boolean;
}

interface WaitingProgram {
  readonly wish: SessionRequest;
  readonly go: () => void;
}

/** Creates a limiter that learns the host's limit when it refuses a session. */
export const createSessionPool = (clock: Clock): SessionPool => new SharedSessionPool(clock);

class SharedSessionPool implements SessionPool {
  #limit = defaultSessions;
  /** The programs with a session; true: the host has accepted it. */
  readonly #running = new Map<SessionRequest, boolean>();
  readonly #waiting: WaitingProgram[] = [];
  #ended = 0;

  constructor(private readonly clock: Clock) {}

  isNarrow = (): boolean => this.#limit <= 2;

  take = async (wish: SessionRequest, signal: AbortSignal): Promise<SshSession | undefined> => {
    if (!(await this.#waitForRoom(wish, signal))) return undefined;
    let tries = 0;
    return {
      markStarted: () => {
        if (this.#running.has(wish)) this.#running.set(wish, true);
      },
      release: () => this.#release(wish),
      waitAfterRefusal: async (stop) => {
        const others = this.#running.size - 1;
        const begun = [...this.#running.values()].filter((isIn) => isIn).length;
        if (others === 0) this.#limit = 1;
        // The host may still count a program that has just exited; the second refusal means that the limit is
        // reached.
        else if (tries > 0 && begun > 0) {
          this.#limit = Math.min(this.#limit, begun);
          this.#running.delete(wish);
          tries = 0;
          return this.#waitForRoom(wish, stop);
        }
        if (tries++ >= maxRetries) return false;
        await this.clock.sleep(getBackoffMs(tries, firstRetryMs), stop);
        return true;
      },
    };
  };

  #release(wish: SessionRequest): void {
    if (!this.#running.delete(wish)) return;
    if (this.#limit < defaultSessions && ++this.#ended % probeAfter === 0) this.#limit++;
    this.#startNext();
  }

  #startNext(): void {
    while (this.#running.size < this.#limit) {
      const one = this.#waiting.shift();
      if (!one) return;
      this.#running.set(one.wish, false);
      one.go();
    }
    // A restartable program frees its session.
    if (this.#waiting.some(({ wish }) => !wish.onYield))
      [...this.#running.keys()].find((one) => one.onYield)?.onYield?.();
  }

  /** False after a timeout. */
  async #waitForRoom(wish: SessionRequest, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const enough = new AbortController();
    let go = (): void => undefined;
    const came = new Promise<void>((resolve) => {
      go = resolve;
    });
    const one: WaitingProgram = { wish, go };
    this.#waiting.push(one);
    this.#startNext();
    const late = this.clock.sleep(maxWaitMs, enough.signal).catch(() => undefined);
    try {
      await raceAbort(wish.onYield ? came : Promise.race([came, late]), signal, getAbortError);
      return this.#running.has(wish);
    } catch (error) {
      // It may have received a session at the same time.
      this.#release(wish);
      throw error;
    } finally {
      enough.abort();
      const at = this.#waiting.indexOf(one);
      if (at >= 0) this.#waiting.splice(at, 1);
    }
  }
}

/** No limit, for programs that each have their own connection. */
export const unlimitedSessions: SessionPool = {
  take: () =>
    Promise.resolve({
      markStarted: () => undefined,
      release: () => undefined,
      waitAfterRefusal: () => Promise.resolve(false),
    }),
  isNarrow: () => false,
};
