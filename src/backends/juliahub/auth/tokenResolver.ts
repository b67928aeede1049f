import { JobError } from '../../../core/domain/problem.js';
import type { AuthServerDeps } from './authResponses.js';
import { findToken, type TokenCredential, type CredentialSources } from './credentialSources.js';
import type { SignInChanges } from './signInChanges.js';
import type { TokenRenewer } from './tokenRenewer.js';
import { fetchUser, type ServerUser } from './user.js';
import { dedupeCalls } from '../../../lib/abort.js';

/** Returns a valid token. @throws {@link JobError} of kind `signedOut`, `offline`. */
export type TokenResolver = (signal: AbortSignal) => Promise<TokenCredential>;

/** Creates a function that returns a valid token. Concurrent calls share one search. */
export function createTokenResolver(
  places: CredentialSources,
  renewal: TokenRenewer,
  changes: SignInChanges,
  place: string,
): TokenResolver {
  const look = dedupeCalls(async () => {
    await changes.check();
    const found = await findToken(places, renewal);
    await changes.check();
    return found;
  });
  return async (signal) => {
    signal.throwIfAborted();
    for (;;) {
      const found = await look(signal);
      if (!found) throw new JobError({ kind: 'signedOut', place });
      // It may have been refused during the search.
      if (!renewal.isRefused(found.token)) return found;
    }
  };
}

/** A token and the server's data about its user. */
export interface SignedInUser {
  readonly credential: TokenCredential;
  readonly user: ServerUser;
}

/** The server's data about the signed-in user. */
export interface UserResolver {
  /** @throws {@link JobError} of kind `signedOut`, `offline`, `badAnswer`, `refused`. */
  readonly getUser: (signal: AbortSignal) => Promise<SignedInUser>;
  /** Stores a known user; undefined discards it. */
  readonly setUser: (known: SignedInUser | undefined) => void;
}

/** Requests the user of each token once; see {@link UserResolver}. */
export function createUserResolver(
  find: TokenResolver,
  renewal: TokenRenewer,
  server: AuthServerDeps,
): UserResolver {
  let last: SignedInUser | undefined;
  const ask = async (found: TokenCredential, signal: AbortSignal): Promise<SignedInUser | undefined> => {
    if (last?.credential.token === found.token) return { credential: found, user: last.user };
    const user = await fetchUser(found.token, server, signal);
    if (!user) renewal.markRefused(found.token);
    else last = { credential: found, user };
    return user && { credential: found, user };
  };
  return {
    getUser: async (signal) => {
      const known = (await ask(await find(signal), signal)) ?? (await ask(await find(signal), signal));
      if (!known) throw new JobError({ kind: 'signedOut', place: server.place });
      return known;
    },
    setUser: (known) => {
      last = known;
    },
  };
}
