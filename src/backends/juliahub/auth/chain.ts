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

/** A token, where it is from, and what its user is called where the server does not tell. */
export interface Found {
  readonly token: string;
  readonly from: 'depot' | 'editor' | 'extension' | 'pasted';
  readonly userName: string | undefined;
}

/** Another extension that does not answer for so long is not waited for, in milliseconds. */
const extensionMs = 60_000;

/** All places that may hold a sign-in. */
export interface Places {
  readonly depot: Keeper;
  readonly editor: Keeper;
  readonly held: HeldSignIn;
  readonly lender: Lender;
}

/**
 * Looks for a token that can be used now: in the depot, then in what the editor holds; the other way round where the user
 * has signed in here while the depot already held somebody. Undefined: nobody is signed in.
 *
 * @throws {@link JobError} of kind `offline` where a token has run out and cannot be renewed for now.
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
  // Whom the user chose is never replaced by somebody else: they are asked.
  if (chosen?.isFirst) return inEditor();
  return (await inDepot()) ?? (await inEditor());
}

const foundIn = (kept: KeptSignIn | undefined, from: Found['from']): Found | undefined =>
  kept && { token: kept.token, from, userName: kept.userName };

/** A token by itself, as something found. */
export const foundAs = (token: string, from: Found['from']): Found => ({
  token,
  from,
  userName: claimsOf(token).userName,
});

/** What stands for the present sign-in: another text, another sign-in. Holds no secret. */
export function standing(chosen: Held | undefined, inDepot: KeptSignIn | undefined): string {
  // Renewing what the editor holds is no other sign-in.
  const own = chosen?.kind === 'tokens' ? { kind: chosen.kind } : chosen;
  return createHash('sha256')
    .update(JSON.stringify([own ?? null, inDepot?.token ?? null]))
    .digest('hex');
}

/** Tokens of JuliaHub's own extension. */
export interface Lender {
  /** Its token without asking more than once; undefined: it has none that can be used. */
  readonly lend: (renewal: Renewal) => Promise<string | undefined>;
  /** Lets the user sign in there; undefined: it is not installed, or that failed. The signal stops the waiting. */
  readonly ask: (force: boolean, signal: AbortSignal) => Promise<string | undefined>;
  /** Forgets what it has lent. */
  readonly forget: () => void;
}

/** Borrows tokens of JuliaHub's own extension. */
export function lenderOf({ extension, server, clock, log, place }: SignInParts): Lender {
  let lent: string | undefined;
  // It may show a window each time, so nobody asks again behind the user's back.
  let isGivenUp = false;
  const ask = async (force: boolean, signal: AbortSignal): Promise<string | undefined> => {
    if (!extension) return undefined;
    try {
      const token = await raceAbort(extension(server, force), signal);
      return token !== undefined && isTokenText(token) ? token : undefined;
    } catch (error) {
      signal.throwIfAborted();
      // What it says may quote the token.
      const name = error instanceof Error ? error.name : typeof error;
      log.warn(`JuliaHub's own extension gave no token for ${place} (${name}).`);
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
