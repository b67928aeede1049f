import type { Clock } from '../core/domain/ports.js';
import { getAbortError, raceAbort } from '../lib/abort.js';
import { backoffMs } from '../lib/time.js';

/** How many programs run over one connection at once until a host refuses one; sshd lets 10 (MaxSessions). */
const usualSessions = 8;

/** Milliseconds until a refused session is tried again, where another one may just have ended, doubled each time. */
const againMs = 50;

/** After so many programs one more is tried: what was learned may have been too little. */
const moreAfter = 20;

/** How often that is done while nothing else runs over the connection, and how long a program waits for room. */
const maxAgain = 7;
const waitMs = 20_000;

/** One program's place among those that run over a connection. */
export interface Session {
  /** The host let it in. */
  readonly begun: () => void;
  /** The program has ended, or never began. */
  readonly leave: () => void;
  /** The host refused it: waits until it may be tried again. False: it will not be let in. */
  readonly refused: (signal: AbortSignal) => Promise<boolean>;
}

/** What a program says about itself when it wants a place. */
export interface SessionWish {
  /** Ends it; it can go on later. Where others wait for room it is asked to, and it may wait without an end itself. */
  readonly yields?: () => void;
}

/** Counts the programs that run over one connection, as many as the host lets. */
export interface Sessions {
  /** Waits for room. Undefined: there was none for too long. */
  readonly take: (wish: SessionWish, signal: AbortSignal) => Promise<Session | undefined>;
  /** True where a program that runs for long would leave no room, or hardly any, for others. */
  readonly isNarrow: () => boolean;
}

interface Waiting {
  readonly wish: SessionWish;
  readonly go: () => void;
}

/** Keeps to what a host lets run at once, which is learned when it refuses a session. */
export const createSessions = (clock: Clock): Sessions => new SharedSessions(clock);

class SharedSessions implements Sessions {
  #limit = usualSessions;
  /** Those that have room; true: the host has let them in. */
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
        // One that has just ended may still be counted there; the second time it is the host's limit.
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
    // One that can go on later makes room.
    if (this.#waiting.some(({ wish }) => !wish.yields))
      [...this.#running.keys()].find((one) => one.yields)?.yields?.();
  }

  /** False: there was none for too long. */
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
      // It may have been let in at the same moment.
      this.#leave(wish);
      throw error;
    } finally {
      enough.abort();
      const at = this.#waiting.indexOf(one);
      if (at >= 0) this.#waiting.splice(at, 1);
    }
  }
}

/** Sessions without a limit, for programs that each have a connection of their own. */
export const freeSessions: Sessions = {
  take: () =>
    Promise.resolve({
      begun: () => undefined,
      leave: () => undefined,
      refused: () => Promise.resolve(false),
    }),
  isNarrow: () => false,
};
