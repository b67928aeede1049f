import type { Account, Identity, SignInForm } from '../../../core/domain/account.js';
import { JobError } from '../../../core/domain/problem.js';
import { unreachable } from '../../../lib/unreachable.js';
import type { Tokens } from '../calls.js';
import { clientIdOf, type AuthServer } from './answers.js';
import { lenderOf, type Places } from './chain.js';
import { signInChanges } from './changes.js';
import { authPath, depotFolder, homely } from './depot.js';
import { findOf, knownOf, type Known } from './finding.js';
import { heldSignIn } from './held.js';
import { depotKeeper, heldKeeper } from './keepers.js';
import type { SignInParts } from './parts.js';
import { Renewal } from './renewal.js';
import { signIn, signOut, type Signing } from './signIn.js';
import { strangeUser } from './user.js';

/** The sign-in to one server: tokens for requests, the account for the user, and the server's version. */
export interface JuliaHubSignIn {
  readonly tokens: Tokens;
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
export function juliaHubTokens(parts: SignInParts): JuliaHubSignIn {
  const { secrets, place, env, home, server } = parts;
  const held = heldSignIn(secrets, server, parts.log);
  const places: Places = {
    depot: depotKeeper(parts, held),
    editor: heldKeeper(held, parts),
    held,
    lender: lenderOf(parts),
  };
  const changes = signInChanges(places, secrets, authPath({ env, home }, server));
  const authServer: AuthServer = {
    ...parts,
    rules: { allowHttpLoopback: parts.allowHttpLoopback },
    clientId: clientIdOf(env),
  };
  const renewal = new Renewal(authServer, changes.expect);
  const find = findOf(places, renewal, changes, place);
  const known = knownOf(find, renewal, authServer);
  const signing: Signing = { parts, server: authServer, places, renewal, changes, known };
  const token: Tokens['token'] = async (signal) => (await find(signal)).token;
  const who = async (signal: AbortSignal): Promise<Identity | undefined> => {
    try {
      return identityOf(await known.now(signal), parts);
    } catch (error) {
      if (error instanceof JobError && error.problem.kind === 'signedOut') return undefined;
      throw error;
    }
  };
  return {
    tokens: {
      token,
      renewed: (refused, signal) => {
        renewal.refuse(refused);
        return token(signal);
      },
    },
    account: {
      forms: formsOf(),
      who,
      token,
      signIn: async (how, signal) => identityOf(await signIn(how, signing, signal), parts),
      signOut: (signal) => signOut(signing, signal),
      changed: changes.event,
    },
    apiVersion: async (signal) => (await known.now(signal)).user.apiVersion,
  };
}

const formsOf = (): readonly SignInForm[] => [
  { by: 'browser', description: 'shared with Julia on this machine' },
  {
    by: 'token',
    description: "stored in VS Code's secret storage",
    prompt: "ID token of your account; stored in VS Code's secret storage",
  },
];

function identityOf({ found, user }: Known, { place, home, env }: SignInParts): Identity {
  const name = user.name ?? found.userName;
  if (name === undefined) throw strangeUser(place);
  switch (found.from) {
    case 'depot':
      return { name, kept: `Julia's depot (${homely(depotFolder({ env, home }), home)})` };
    case 'extension':
      return { name, kept: 'the JuliaHub Authentication extension' };
    case 'editor':
    case 'pasted':
      return { name, kept: "VS Code's secret storage" };
    default:
      return unreachable(found.from);
  }
}
