import { createHash } from 'node:crypto';
import { JobError } from '../../../core/domain/problem.js';
import { withTimeout } from '../../../lib/time.js';
import { assertNever } from '../../../lib/assertNever.js';
import { parseJwtClaims, isTokenText } from './jwtClaims.js';
import { getTokenStatus, type StoredSignIn } from './authFile.js';
import type { StoredCredential, StoredCredentialSlot } from './storedCredential.js';
import type { CredentialStore } from './credentialStore.js';
import type { JuliaHubSignInDeps } from './deps.js';
import type { TokenRenewer } from './tokenRenewer.js';
import { neverAborted, raceAbort } from '../../../lib/abort.js';

/** A token, its origin, and the user name to use if the server returns none. */
export interface TokenCredential {
  readonly token: string;
  readonly from: 'depot' | 'editor' | 'extension' | 'pasted';
  readonly userName: string | undefined;
}

/** How long to wait for another extension, in milliseconds. */
const extensionTimeoutMs = 60_000;

/** All places that can contain a sign-in. */
export interface CredentialSources {
  readonly depot: CredentialStore;
  readonly editor: CredentialStore;
  readonly stored: StoredCredentialSlot;
  readonly extensionTokens: ExtensionTokenSource;
}

/**
 * Finds a valid token: in the depot first, then in the editor's secret storage; in the reverse order if the
 * user signed in here while the depot already contained a sign-in. Undefined: not signed in.
 *
 * @throws {@link JobError} of kind `offline` if a token has expired and cannot be renewed now.
 */
export async function findToken(
  { depot, editor, stored: held, extensionTokens: lender }: CredentialSources,
  renewal: TokenRenewer,
): Promise<TokenCredential | undefined> {
  const chosen = await held.read();
  if (chosen?.kind === 'out') return undefined;
  const inDepot = async (): Promise<TokenCredential | undefined> =>
    storedToCredential(await renewal.getUsableToken(depot), 'depot');
  const inEditor = async (): Promise<TokenCredential | undefined> => {
    switch (chosen?.kind) {
      case 'tokens':
        return storedToCredential(await renewal.getUsableToken(editor), 'editor');
      case 'pasted':
        return renewal.isRefused(chosen.token) ? undefined : toCredential(chosen.token, 'pasted');
      case 'extension': {
        const token = await lender.getToken(renewal);
        return token === undefined ? undefined : toCredential(token, 'extension');
      }
      case undefined:
        return undefined;
      default:
        return assertNever(chosen);
    }
  };
  // Never replace the user that was chosen by another one: prompt instead.
  if (chosen?.isFirst) return inEditor();
  return (await inDepot()) ?? (await inEditor());
}

const storedToCredential = (
  kept: StoredSignIn | undefined,
  from: TokenCredential['from'],
): TokenCredential | undefined => kept && { token: kept.token, from, userName: kept.userName };

/** A token without a renewal, as a found token. */
export const toCredential = (token: string, from: TokenCredential['from']): TokenCredential => ({
  token,
  from,
  userName: parseJwtClaims(token).userName,
});

/** A fingerprint of the current sign-in, without secrets: it differs if the sign-in differs. */
export function getCredentialStatus(
  chosen: StoredCredential | undefined,
  inDepot: StoredSignIn | undefined,
): string {
  // Renewed tokens in the editor's storage are the same sign-in.
  const own = chosen?.kind === 'tokens' ? { kind: chosen.kind } : chosen;
  return createHash('sha256')
    .update(JSON.stringify([own ?? null, inDepot?.token ?? null]))
    .digest('hex');
}

/** Tokens from JuliaHub's own extension. */
export interface ExtensionTokenSource {
  /** Returns its token, requesting it at most once; undefined if it has no valid token. */
  readonly getToken: (renewal: TokenRenewer) => Promise<string | undefined>;
  /**
   * Lets the user sign in there; undefined if the extension is not installed or the sign-in fails. The signal
   * ends the wait.
   */
  readonly requestSignIn: (force: boolean, signal: AbortSignal) => Promise<string | undefined>;
  /** Discards the stored token. */
  readonly forget: () => void;
}

/** Requests tokens from JuliaHub's own extension. */
export function createExtensionTokenSource({
  extension,
  server,
  clock,
  log,
  place,
}: JuliaHubSignInDeps): ExtensionTokenSource {
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
  const isGood = (token: string, renewal: TokenRenewer): boolean => {
    const { expires } = parseJwtClaims(token);
    const isOver =
      expires !== undefined && getTokenStatus({ expires, lifeMs: undefined }, clock.now()) !== 'good';
    return !renewal.isRefused(token) && !isOver;
  };
  return {
    getToken: async (renewal) => {
      if (lent !== undefined && isGood(lent, renewal)) return lent;
      if (isGivenUp) return undefined;
      const late = (): Error => new JobError({ kind: 'signedOut', place });
      lent = await withTimeout(
        (signal) => ask(false, signal),
        { ms: extensionTimeoutMs, late, clock },
        neverAborted,
      ).catch(() => undefined);
      isGivenUp = lent === undefined || renewal.isRefused(lent);
      return isGivenUp ? undefined : lent;
    },
    requestSignIn: async (force, signal) => {
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
