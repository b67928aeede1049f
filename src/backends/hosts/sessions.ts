import type { Clock } from '../../core/ports.js';

/** How many programs run over one connection at once until a host refuses one; sshd lets 10 (MaxSessions). */
const usualSessions = 8;

/** Milliseconds until a refused session is tried again, where another one may just have ended, doubled each time. */
const againMs = 50;

/** How often that is done while nothing else runs over the connection, and how long a program waits for room. */
const maxAgain = 7;
const waitMs = 20_000;

/** One program's place among those that run over a connection. */
export interface Session {
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
export function createSessions(clock: Clock): Sessions {
  let limit = usualSessions;
  const running = new Set<SessionWish>();
  const waiting: Waiting[] = [];

  const next = (): void => {
    while (running.size < limit) {
      const one = waiting.shift();
      if (!one) return;
      running.add(one.wish);
      one.go();
    }
    if (waiting.some(({ wish }) => !wish.yields)) yieldOne();
  };
  /** One that can go on later makes room. */
  const yieldOne = (): void => {
    [...running].find((one) => one.yields)?.yields?.();
  };
  const room = async (wish: SessionWish, signal: AbortSignal): Promise<boolean> => {
    signal.throwIfAborted();
    const enough = new AbortController();
    const came = new Promise<boolean>((resolve, reject) => {
      const one: Waiting = { wish, go: () => resolve(true) };
      waiting.push(one);
      const leave = (): void => {
        const at = waiting.indexOf(one);
        if (at >= 0) waiting.splice(at, 1);
      };
      const stop = (): void => {
        leave();
        reject(signal.reason instanceof Error ? signal.reason : new DOMException('Aborted', 'AbortError'));
      };
      signal.addEventListener('abort', stop, { once: true });
      enough.signal.addEventListener('abort', () => signal.removeEventListener('abort', stop));
      next();
      if (wish.yields || running.has(wish)) return;
      clock.sleep(waitMs, enough.signal).then(
        () => {
          leave();
          // It may have been let in at the same moment.
          resolve(running.has(wish));
        },
        () => undefined,
      );
    });
    return came.finally(() => enough.abort());
  };

  const take = async (wish: SessionWish, signal: AbortSignal): Promise<Session | undefined> => {
    if (!(await room(wish, signal))) return undefined;
    let tries = 0;
    const leave = (): void => {
      if (running.delete(wish)) next();
    };
    const refused = async (stop: AbortSignal): Promise<boolean> => {
      tries++;
      const others = running.size - 1;
      if (others === 0) limit = 1;
      else if (tries > 1) {
        // A session that has just ended may still be counted there; the second time it is the host's limit.
        limit = Math.min(limit, others);
        running.delete(wish);
        tries = 0;
        return room(wish, stop);
      }
      if (tries > maxAgain) return false;
      await clock.sleep(againMs * 2 ** (tries - 1), stop);
      return true;
    };
    return { leave, refused };
  };
  return { take, isNarrow: () => limit <= 2 };
}

/** Sessions without a limit, for programs that each have a connection of their own. */
export const freeSessions: Sessions = {
  take: () => Promise.resolve({ leave: () => undefined, refused: () => Promise.resolve(false) }),
  isNarrow: () => false,
};
