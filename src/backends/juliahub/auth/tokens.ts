import type { Account, AccountIdentity, SignInMethod } from '../../../core/domain/account.js';
import { JobError } from '../../../core/domain/problem.js';
import { assertNever } from '../../../lib/assertNever.js';
import type { TokenSource } from '../serverCalls.js';
import { getClientId, type AuthServerDeps } from './authResponses.js';
import { createExtensionTokenSource, type CredentialSources } from './credentialSources.js';
import { createSignInChanges } from './signInChanges.js';
import { getAuthPath, getDepotFolder, tildify } from './depot.js';
import { createTokenResolver, createUserResolver, type SignedInUser } from './tokenResolver.js';
import { createStoredCredentialSlot } from './storedCredential.js';
import { createDepotCredentialStore, createSecretCredentialStore } from './credentialStore.js';
import type { JuliaHubSignInDeps } from './deps.js';
import { TokenRenewer } from './tokenRenewer.js';
import { signIn, signOut, type SignInContext } from './signIn.js';
import { createUnknownUserError } from './user.js';

/** The sign-in to one server: tokens for requests, the account for the user, and the server's version. */
export interface JuliaHubSignIn {
  readonly tokens: TokenSource;
  readonly account: Account;
  /**
   * The version of the server's API (`0.2.0`); `0.0.0-legacy` for a server without one.
   *
   * @throws {@link JobError} of kind `signedOut`, `offline`, `badAnswer`, `refused`.
   */
  readonly apiVersion: (signal: AbortSignal) => Promise<string>;
}

/**
 * Creates the sign-in to one server. Searches Julia's depot first, then the editor's secret storage: a
 * sign-in by JuliaHub's own extension, tokens of a browser sign-in if the depot cannot be written, or a
 * pasted token.
 *
 * Tokens are renewed ten minutes before they expire, by one window at a time. A refused token is not reused.
 * A signal ends only the caller's wait: a renewal in progress completes, since otherwise its refresh token
 * would be lost. Source: docs/protocols/juliahub.md, 1.
 */
export function createJuliaHubSignIn(parts: JuliaHubSignInDeps): JuliaHubSignIn {
  const { secrets, place, env, home, server } = parts;
  const held = createStoredCredentialSlot(secrets, server, parts.log);
  const places: CredentialSources = {
    depot: createDepotCredentialStore(parts, held),
    editor: createSecretCredentialStore(held, parts),
    stored: held,
    extensionTokens: createExtensionTokenSource(parts),
  };
  const changes = createSignInChanges(places, secrets, getAuthPath({ env, home }, server));
  const authServer: AuthServerDeps = {
    ...parts,
    rules: { allowHttpLoopback: parts.allowHttpLoopback },
    clientId: getClientId(env),
  };
  const renewal = new TokenRenewer(authServer, changes.expectToken);
  const find = createTokenResolver(places, renewal, changes, place);
  const known = createUserResolver(find, renewal, authServer);
  const signing: SignInContext = { deps: parts, server: authServer, places, renewal, changes, known };
  const token: TokenSource['getToken'] = async (signal) => (await find(signal)).token;
  const who = async (signal: AbortSignal): Promise<AccountIdentity | undefined> => {
    try {
      return toIdentity(await known.getUser(signal), parts);
    } catch (error) {
      if (error instanceof JobError && error.problem.kind === 'signedOut') return undefined;
      throw error;
    }
  };
  return {
    tokens: {
      getToken: token,
      refreshToken: (refused, signal) => {
        renewal.markRefused(refused);
        return token(signal);
      },
    },
    account: {
      methods: listSignInMethods(),
      getIdentity: who,
      getToken: token,
      signIn: async (how, signal) => toIdentity(await signIn(how, signing, signal), parts),
      signOut: (signal) => signOut(signing, signal),
      onDidChange: changes.onDidChange,
    },
    apiVersion: async (signal) => (await known.getUser(signal)).user.apiVersion,
  };
}

const listSignInMethods = (): readonly SignInMethod[] => [
  { by: 'browser', description: 'shared with Julia on this machine' },
  {
    by: 'token',
    description: "stored in VS Code's secret storage",
    prompt: "ID token of your account; stored in VS Code's secret storage",
  },
];

function toIdentity(
  { credential: found, user }: SignedInUser,
  { place, home, env }: JuliaHubSignInDeps,
): AccountIdentity {
  const name = user.name ?? found.userName;
  if (name === undefined) throw createUnknownUserError(place);
  switch (found.from) {
    case 'depot':
      return { name, storage: `Julia's depot (${tildify(getDepotFolder({ env, home }), home)})` };
    case 'extension':
      return { name, storage: 'the JuliaHub Authentication extension' };
    case 'editor':
    case 'pasted':
      return { name, storage: "VS Code's secret storage" };
    default:
      return assertNever(found.from);
  }
}
