import { createHash } from 'node:crypto';
import { JobError } from '../../../core/domain/problem.js';
import { withTimeout } from '../../../lib/time.js';
import { unreachable } from '../../../lib/unreachable.js';
import { claimsOf, isTokenText } from './claims.js';
import { lifeOf, type KeptSignIn } from './authFile.js';
import type { Held, HeldSignIn } from './held.js';
import type { Keeper } from './keepers.js';
import type { SignInParts } from './parts.js';
import type { Renewal } from './renewal.js';
import { neverAborted, raceAbort } from '../../../lib/abort.js';

/** A token, its origin, and the user name to use if the server returns none. */
export interface Found {
  readonly token: string;
  readonly from: 'depot' | 'editor' | 'extension' | 'pasted';
  readonly userName: string | undefined;
}

/** How long to wait for another extension, in milliseconds. */
const extensionMs = 60_000;

/** All places that can contain a sign-in. */
export interface Places {
  readonly depot: Keeper;
  readonly editor: Keeper;
  readonly held: HeldSignIn;
  readonly lender: Lender;
}

/**
 * Finds a valid token: in the depot first, then in the editor's secret storage; in the reverse order if the
 * user signed in here while the depot already contained a sign-in. Undefined: not signed in.
 *
 * @throws {@link JobError} of kind `offline` if a token has expired and cannot be renewed now.
 */
export async function findToken(
  { depot, editor, held, lender }: Places,
  renewal: Renewal,
): Promise<Found | undefined> {
  const chosen = await held.read();
  if (chosen?.kind === 'out') return undefined;
  const inDepot = async (): Promise<Found | undefined> => foundIn(await renewal.usable(depot), 'depot');
  const inEditor = async (): Promise<Found | undefined> => {
    switch (chosen?.kind) {
      case 'tokens':
        return foundIn(await renewal.usable(editor), 'editor');
      case 'pasted':
        return renewal.isRefused(chosen.token) ? undefined : foundAs(chosen.token, 'pasted');
      case 'extension': {
        const token = await lender.lend(renewal);
        return token === undefined ? undefined : foundAs(token, 'extension');
      }
      case undefined:
        return undefined;
      default:
        return unreachable(chosen);
    }
  };
  // Never replace the user that was chosen by another one: prompt instead.
  if (chosen?.isFirst) return inEditor();
  return (await inDepot()) ?? (await inEditor());
}

const foundIn = (kept: KeptSignIn | undefined, from: Found['from']): Found | undefined =>
  kept && { token: kept.token, from, userName: kept.userName };

/** A token without a renewal, as a found token. */
export const foundAs = (token: string, from: Found['from']): Found => ({
  token,
  from,
  userName: claimsOf(token).userName,
});

/** A fingerprint of the current sign-in, without secrets: it differs if the sign-in differs. */
export function standing(chosen: Held | undefined, inDepot: KeptSignIn | undefined): string {
  // Renewed tokens in the editor's storage are the same sign-in.
  const own = chosen?.kind === 'tokens' ? { kind: chosen.kind } : chosen;
  return createHash('sha256')
    .update(JSON.stringify([own ?? null, inDepot?.token ?? null]))
    .digest('hex');
}

/** Tokens from JuliaHub's own extension. */
export interface Lender {
  /** Returns its token, requesting it at most once; undefined if it has no valid token. */
  readonly lend: (renewal: Renewal) => Promise<string | undefined>;
  /**
   * Lets the user sign in there; undefined if the extension is not installed or the sign-in fails. The signal
   * ends the wait.
   */
  readonly ask: (force: boolean, signal: AbortSignal) => Promise<string | undefined>;
  /** Discards the stored token. */
  readonly forget: () => void;
}

/** Requests tokens from JuliaHub's own extension. */
export function lenderOf({ extension, server, clock, log, place }: SignInParts): Lender {
  let lent: string | undefined;
  // Each request can open a window, so requests in the background are not repeated.
  let isGivenUp = false;
  const ask = async (force: boolean, signal: AbortSignal): Promise<string | undefined> => {
    if (!extension) return undefined;
    try {
      const token = await raceAbort(extension(server, force), signal);
      return token !== undefined && isTokenText(token) ? token : undefined;
    } catch (error) {
      signal.throwIfAborted();
      // The message can quote the token.
      const name = error instanceof Error ? error.name : typeof error;
      log.warn(`JuliaHub's own extension returned no token for ${place} (${name}).`);
      return undefined;
    }
  };
  const isGood = (token: string, renewal: Renewal): boolean => {
    const { expires } = claimsOf(token);
    const isOver = expires !== undefined && lifeOf({ expires, lifeMs: undefined }, clock.now()) !== 'good';
    return !renewal.isRefused(token) && !isOver;
  };
  return {
    lend: async (renewal) => {
      if (lent !== undefined && isGood(lent, renewal)) return lent;
      if (isGivenUp) return undefined;
      const late = (): Error => new JobError({ kind: 'signedOut', place });
      lent = await withTimeout(
        (signal) => ask(false, signal),
        { ms: extensionMs, late, clock },
        neverAborted,
      ).catch(() => undefined);
      isGivenUp = lent === undefined || renewal.isRefused(lent);
      return isGivenUp ? undefined : lent;
    },
    ask: async (force, signal) => {
      lent = await ask(force, signal);
      isGivenUp = false;
      return lent;
    },
    forget: () => {
      lent = undefined;
      isGivenUp = false;
    },
  };
}
