import { JobError } from '../../../core/domain/problem.js';
import type { AuthServer } from './answers.js';
import { findToken, type Found, type Places } from './chain.js';
import type { Changes } from './changes.js';
import type { Renewal } from './renewal.js';
import { userOf, type User } from './user.js';
import { dedupeCalls } from '../../../lib/abort.js';

/** Returns a valid token. @throws {@link JobError} of kind `signedOut`, `offline`. */
export type Find = (signal: AbortSignal) => Promise<Found>;

/** Creates a function that returns a valid token. Concurrent calls share one search. */
export function findOf(places: Places, renewal: Renewal, changes: Changes, place: string): Find {
  const look = dedupeCalls(async () => {
    await changes.look();
    const found = await findToken(places, renewal);
    await changes.look();
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
export interface Known {
  readonly found: Found;
  readonly user: User;
}

/** The server's data about the signed-in user. */
export interface KnownUser {
  /** @throws {@link JobError} of kind `signedOut`, `offline`, `badAnswer`, `refused`. */
  readonly now: (signal: AbortSignal) => Promise<Known>;
  /** Stores a known user; undefined discards it. */
  readonly note: (known: Known | undefined) => void;
}

/** Requests the user of each token once; see {@link KnownUser}. */
export function knownOf(find: Find, renewal: Renewal, server: AuthServer): KnownUser {
  let last: Known | undefined;
  const ask = async (found: Found, signal: AbortSignal): Promise<Known | undefined> => {
    if (last?.found.token === found.token) return { found, user: last.user };
    const user = await userOf(found.token, server, signal);
    if (!user) renewal.refuse(found.token);
    else last = { found, user };
    return user && { found, user };
  };
  return {
    now: async (signal) => {
      const known = (await ask(await find(signal), signal)) ?? (await ask(await find(signal), signal));
      if (!known) throw new JobError({ kind: 'signedOut', place: server.place });
      return known;
    },
    note: (known) => {
      last = known;
    },
  };
}
