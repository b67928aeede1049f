import { isAbort, JobError } from '../../../core/domain/problem.js';
import { withTimeout } from '../../../lib/time.js';
import type { AuthServerDeps } from './authResponses.js';
import {
  getTokenStatus,
  toStoredSignIn,
  type AuthValues,
  type StoredSignIn,
  type TokenStatus,
} from './authFile.js';
import type { CredentialStore } from './credentialStore.js';
import { withCredentialLock, type LockPathResolver } from './lock.js';
import { refreshToken } from './refresh.js';
import { neverAborted } from '../../../lib/abort.js';

/** Maximum duration of a renewal, in milliseconds; shorter than the age of a stale lock. */
const maxRenewalMs = 45_000;

/** Milliseconds before a failed renewal is retried while the token is still valid. */
const renewalRetryMs = 60_000;

/**
 * If the server refuses a token this soon after issuing it, another renewal does not help; in milliseconds.
 */
const minTokenAgeMs = 10 * 60_000;

/**
 * How long a token counts as refused, in milliseconds. A proxy may have caused the refusal, and without a
 * limit the user would be signed out until VS Code is restarted.
 */
const refusalExpiryMs = 10 * 60_000;

/** Renews tokens and tracks the tokens that the server has refused. */
export class TokenRenewer {
  /** Refused tokens, which are not sent for now, and when they were refused, in milliseconds since 1970. */
  readonly #refused = new Map<string, number>();
  /**
   * Refused tokens whose renewal does not help for now, and when they were refused, in milliseconds since
   * 1970.
   */
  readonly #final = new Map<string, number>();
  /** Refresh tokens that returned no tokens. */
  readonly #expired = new Set<string>();
  /** When replacements of refused tokens were issued, in milliseconds since 1970. */
  readonly #refreshedAtMs = new Map<string, number>();
  /** When a renewal last failed while the token was still valid. */
  #failedMs = -Infinity;

  /** The callback receives each new token before it is written. */
  constructor(
    private readonly server: AuthServerDeps,
    private readonly renewed: (token: string) => void,
  ) {}

  isRefused(token: string): boolean {
    return this.#isRecent(this.#refused.get(token), refusalExpiryMs);
  }

  /** Records that the server has refused this token. */
  markRefused(token: string): void {
    this.#refused.set(token, this.#nowMs());
    if (this.#isRecent(this.#refreshedAtMs.get(token), minTokenAgeMs)) this.#final.set(token, this.#nowMs());
  }

  /** Records that the server accepts this token, or that the user has signed in with it again. */
  markAccepted(token: string): void {
    this.#refused.delete(token);
    this.#final.delete(token);
  }

  /**
   * A valid sign-in, renewed if needed; undefined if there is none and the user has to sign in again. If a
   * renewal fails while the token is still valid, the token is returned unchanged.
   *
   * @throws {@link JobError} of kind `offline` if a renewal is needed and fails for now.
   */
  async getUsableToken(keeper: CredentialStore): Promise<StoredSignIn | undefined> {
    const kept = await keeper.read();
    if (!kept) return undefined;
    const life = this.#getStatus(kept);
    if (life === 'good') return kept;
    const old = life === 'due' ? kept : undefined;
    if (!this.#canRenew(kept, keeper) || (old && this.#isRecent(this.#failedMs, renewalRetryMs))) return old;
    try {
      const fresh = await this.#renew(keeper, keeper.lock);
      if (fresh && this.#getStatus(fresh) !== 'over') return fresh;
      this.#failedMs = this.#nowMs();
      return old;
    } catch (error) {
      if (!old || isAbort(error)) throw error;
      this.#failedMs = this.#nowMs();
      this.server.log.warn(
        `the sign-in to ${this.server.place} could not be renewed yet; it is still valid.`,
      );
      return old;
    }
  }

  #getStatus(kept: StoredSignIn): TokenStatus {
    return this.isRefused(kept.token) ? 'over' : getTokenStatus(kept, this.server.clock.now());
  }

  #canRenew({ token, refresh }: StoredSignIn, { lock }: CredentialStore): boolean {
    return (
      refresh !== undefined &&
      lock !== undefined &&
      !this.#isRecent(this.#final.get(token), refusalExpiryMs) &&
      !this.#expired.has(refresh.token)
    );
  }

  /** One renewal at a time across all windows: a refresh token can be used only once. */
  async #renew(
    keeper: CredentialStore,
    lock: LockPathResolver | undefined,
  ): Promise<StoredSignIn | undefined> {
    if (lock === undefined) return undefined;
    const done = await withCredentialLock(
      await lock(),
      () => this.#renewAlone(keeper),
      this.server.clock,
      neverAborted,
    );
    return done?.value;
  }

  async #renewAlone(keeper: CredentialStore): Promise<StoredSignIn | undefined> {
    // Another process may have renewed it during the wait.
    const kept = await keeper.read();
    if (!kept || this.#getStatus(kept) === 'good' || !this.#canRenew(kept, keeper)) return kept;
    const values = await this.#requestRefresh(kept);
    // A program that does not use the lock may have renewed it, or the user has signed in or out: that takes
    // precedence.
    const now = await keeper.read();
    if (!values || now?.token !== kept.token) return now?.token === kept.token ? undefined : now;
    return this.#storeRefreshed(keeper, kept, values);
  }

  async #requestRefresh(kept: StoredSignIn): Promise<AuthValues | undefined> {
    const { place, clock } = this.server;
    const values = await withTimeout(
      (signal) => refreshToken(kept, this.server, signal),
      {
        ms: maxRenewalMs,
        late: () => new JobError({ kind: 'offline', place, why: 'renewing the sign-in timed out' }),
        clock,
      },
      neverAborted,
    );
    if (kept.refresh && !values) this.#expired.add(kept.refresh.token);
    return values;
  }

  async #storeRefreshed(
    keeper: CredentialStore,
    kept: StoredSignIn,
    values: AuthValues,
  ): Promise<StoredSignIn | undefined> {
    const fresh = toStoredSignIn(values, this.server.clock.now());
    if (!fresh) return undefined;
    if (this.isRefused(kept.token)) this.#refreshedAtMs.set(fresh.token, this.#nowMs());
    this.renewed(fresh.token);
    await keeper.write(values);
    return fresh;
  }

  /** True if less than `ms` ago. After a clock jump in either direction it is false. */
  #isRecent(atMs: number | undefined, ms: number): boolean {
    return atMs !== undefined && Math.abs(this.#nowMs() - atMs) < ms;
  }

  #nowMs(): number {
    return this.server.clock.now().getTime();
  }
}
