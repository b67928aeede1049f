import { JobError } from '../../../core/domain/problem.js';
import type { AuthServer } from './answers.js';
import { findToken, type Found, type Places } from './chain.js';
import type { Changes } from './changes.js';
import type { Renewal } from './renewal.js';
import { userOf, type User } from './user.js';
import { dedupeCalls } from '../../../lib/abort.js';

/** Gives a token that can be used now. @throws {@link JobError} of kind `signedOut`, `offline`. */
export type Find = (signal: AbortSignal) => Promise<Found>;

/** A token that can be used now, looked for once for all who ask meanwhile. */
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
      // It may have been refused while it was being looked for.
      if (!renewal.isRefused(found.token)) return found;
    }
  };
}

/** A token with what the server has said of it. */
export interface Known {
  readonly found: Found;
  readonly user: User;
}

/** What the server says of who is signed in. */
export interface KnownUser {
  /** @throws {@link JobError} of kind `signedOut`, `offline`, `badAnswer`, `refused`. */
  readonly now: (signal: AbortSignal) => Promise<Known>;
  /** Takes what has just been learnt; undefined: nothing of before counts. */
  readonly note: (known: Known | undefined) => void;
}

/** Asks the server for each token once; see {@link KnownUser}. */
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
