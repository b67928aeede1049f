import { isAbort, JobError } from '../../../core/domain/problem.js';
import { withTimeout } from '../../../lib/time.js';
import type { AuthServer } from './answers.js';
import { lifeOf, signInOf, type AuthValues, type KeptSignIn, type Life } from './authFile.js';
import type { Keeper } from './keepers.js';
import { underLock, type LockPath } from './lock.js';
import { refreshed } from './refresh.js';
import { neverAborted } from '../../../lib/abort.js';

/** A renewal takes at most so long, in milliseconds; a lock is thought forgotten later only. */
const mostMs = 45_000;

/** Milliseconds until the next try after one that failed, while the token is still good. */
const pauseMs = 60_000;

/** A token that the server refuses so soon after it gave it is not a matter of renewing; in milliseconds. */
const youngMs = 10 * 60_000;

/**
 * After so long a refused token may be tried once more, in milliseconds: something on the way may have refused it, and
 * whoever is signed out by that would else be so until VS Code is started again.
 */
const forgivenMs = 10 * 60_000;

/** Keeps tokens fresh, and remembers which of them the server did not accept. */
export class Renewal {
  /** Tokens that no request goes out with for now, with when they were refused, in milliseconds since 1970. */
  readonly #refused = new Map<string, number>();
  /** Refused tokens for which it is no use to ask for another for now, in the same way. */
  readonly #final = new Map<string, number>();
  /** Refresh tokens that gave no tokens. */
  readonly #spent = new Set<string>();
  /** When tokens were given in the place of refused ones, in milliseconds since 1970. */
  readonly #given = new Map<string, number>();
  /** When a renewal last failed while the token was still good. */
  #failedMs = -Infinity;

  /** `renewed` is told each token that was got, before it is written. */
  constructor(
    private readonly server: AuthServer,
    private readonly renewed: (token: string) => void,
  ) {}

  isRefused(token: string): boolean {
    return this.#isRecent(this.#refused.get(token), forgivenMs);
  }

  /** The server did not accept this token. */
  refuse(token: string): void {
    this.#refused.set(token, this.#nowMs());
    if (this.#isRecent(this.#given.get(token), youngMs)) this.#final.set(token, this.#nowMs());
  }

  /** The server accepts this token after all, or the user has signed in with it anew. */
  accept(token: string): void {
    this.#refused.delete(token);
    this.#final.delete(token);
  }

  /**
   * A sign-in that can be used now, renewed where it has to be; undefined: there is none, and signing in anew helps. A
   * renewal that fails while the token is still good leaves the token as it is.
   *
   * @throws {@link JobError} of kind `offline` where a renewal is needed and fails for now.
   */
  async usable(keeper: Keeper): Promise<KeptSignIn | undefined> {
    const kept = await keeper.read();
    if (!kept) return undefined;
    const life = this.#lifeOf(kept);
    if (life === 'good') return kept;
    const old = life === 'due' ? kept : undefined;
    if (!this.#canRenew(kept, keeper) || (old && this.#isRecent(this.#failedMs, pauseMs))) return old;
    try {
      const fresh = await this.#renew(keeper, keeper.lock);
      if (fresh && this.#lifeOf(fresh) !== 'over') return fresh;
      this.#failedMs = this.#nowMs();
      return old;
    } catch (error) {
      if (!old || isAbort(error)) throw error;
      this.#failedMs = this.#nowMs();
      this.server.log.warn(`the sign-in to ${this.server.place} could not be renewed yet; it is still good.`);
      return old;
    }
  }

  #lifeOf(kept: KeptSignIn): Life {
    return this.isRefused(kept.token) ? 'over' : lifeOf(kept, this.server.clock.now());
  }

  #canRenew({ token, refresh }: KeptSignIn, { lock }: Keeper): boolean {
    return (
      refresh !== undefined &&
      lock !== undefined &&
      !this.#isRecent(this.#final.get(token), forgivenMs) &&
      !this.#spent.has(refresh.token)
    );
  }

  /** One at a time of all windows: a refresh token is good for once. */
  async #renew(keeper: Keeper, lock: LockPath | undefined): Promise<KeptSignIn | undefined> {
    if (lock === undefined) return undefined;
    const done = await underLock(
      await lock(),
      () => this.#renewAlone(keeper),
      this.server.clock,
      neverAborted,
    );
    return done?.value;
  }

  async #renewAlone(keeper: Keeper): Promise<KeptSignIn | undefined> {
    // Somebody else may have renewed it while we waited.
    const kept = await keeper.read();
    if (!kept || this.#lifeOf(kept) === 'good' || !this.#canRenew(kept, keeper)) return kept;
    const values = await this.#ask(kept);
    // Programs that do not know the lock may have been faster, or somebody has signed in or out: that holds.
    const now = await keeper.read();
    if (!values || now?.token !== kept.token) return now?.token === kept.token ? undefined : now;
    return this.#keep(keeper, kept, values);
  }

  async #ask(kept: KeptSignIn): Promise<AuthValues | undefined> {
    const { place, clock } = this.server;
    const values = await withTimeout(
      (signal) => refreshed(kept, this.server, signal),
      {
        ms: mostMs,
        late: () => new JobError({ kind: 'offline', place, why: 'the renewal of the sign-in took too long' }),
        clock,
      },
      neverAborted,
    );
    if (kept.refresh && !values) this.#spent.add(kept.refresh.token);
    return values;
  }

  async #keep(keeper: Keeper, kept: KeptSignIn, values: AuthValues): Promise<KeptSignIn | undefined> {
    const fresh = signInOf(values, this.server.clock.now());
    if (!fresh) return undefined;
    if (this.isRefused(kept.token)) this.#given.set(fresh.token, this.#nowMs());
    this.renewed(fresh.token);
    await keeper.write(values);
    return fresh;
  }

  /** True: less than so long ago. A clock that has jumped makes it longer ago, whichever way. */
  #isRecent(atMs: number | undefined, ms: number): boolean {
    return atMs !== undefined && Math.abs(this.#nowMs() - atMs) < ms;
  }

  #nowMs(): number {
    return this.server.clock.now().getTime();
  }
}
