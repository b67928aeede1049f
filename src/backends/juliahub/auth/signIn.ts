import type { SignInRequest } from '../../../core/domain/account.js';
import { JobError } from '../../../core/domain/problem.js';
import { createRefusedError, type AuthServerDeps } from './authResponses.js';
import { toStoredSignIn, type AuthValues } from './authFile.js';
import { toCredential, type TokenCredential, type CredentialSources } from './credentialSources.js';
import type { SignInChanges } from './signInChanges.js';
import { isTokenText } from './jwtClaims.js';
import { signInByChallenge } from './classicFlow.js';
import { getAuthPath, isInsideJob, createAuthFolder, setAsideAuthFile, writeAuthFile } from './depot.js';
import { signInByDevice } from './deviceFlow.js';
import { discoverSignInFlow } from './discovery.js';
import type { SignedInUser, UserResolver } from './tokenResolver.js';
import type { StoredCredential } from './storedCredential.js';
import { getLockFolder } from './credentialStore.js';
import { getLockPathBeside, withCredentialLock } from './lock.js';
import type { JuliaHubSignInDeps } from './deps.js';
import type { TokenRenewer } from './tokenRenewer.js';
import type { ShowSignInPage } from './withPrompt.js';
import { fetchUser } from './user.js';
import { neverAborted } from '../../../lib/abort.js';

/** Dependencies of signing in and out. */
export interface SignInContext {
  readonly deps: JuliaHubSignInDeps;
  readonly server: AuthServerDeps;
  readonly places: CredentialSources;
  readonly renewal: TokenRenewer;
  readonly changes: SignInChanges;
  readonly known: UserResolver;
}

/** Signs in and stores the sign-in; see `Account.signIn`. */
export async function signIn(
  how: SignInRequest,
  signing: SignInContext,
  signal: AbortSignal,
): Promise<SignedInUser> {
  signal.throwIfAborted();
  try {
    const signed = await runSignIn(how, signing, signal);
    signing.known.setUser(signed);
    return signed;
  } finally {
    await signing.changes.check();
  }
}

async function runSignIn(
  how: SignInRequest,
  signing: SignInContext,
  signal: AbortSignal,
): Promise<SignedInUser> {
  switch (how.by) {
    case 'token':
      return signInByToken(how.token, signing, signal);
    case 'browser':
      return (await signInByExtension(signing, signal)) ?? (await signInByBrowser(how.open, signing, signal));
    default:
      throw new RangeError(`JuliaHub has no sign-in by ${how.by}.`);
  }
}

async function signInByToken(
  text: string,
  signing: SignInContext,
  signal: AbortSignal,
): Promise<SignedInUser> {
  const { deps: parts, server, places } = signing;
  const { place } = parts;
  const token = text.trim();
  if (!isTokenText(token)) throw new JobError({ kind: 'invalid', why: 'Not a valid token.' });
  const user = await fetchUser(token, server, signal);
  if (!user) throw createRefusedError(place, 'the server does not accept this token.');
  places.extensionTokens.forget();
  await storeCredential({ kind: 'pasted', token }, token, signing);
  return { credential: toCredential(token, 'pasted'), user };
}

/** Undefined if JuliaHub's own extension is not installed or returned no token that the server accepts. */
async function signInByExtension(
  signing: SignInContext,
  signal: AbortSignal,
): Promise<SignedInUser | undefined> {
  const { deps: parts, server, places, renewal } = signing;
  if (!parts.extension) return undefined;
  // A user who is signed in wants another account, or the token was refused.
  const isAnyone = ((await places.stored.read()) ?? (await places.depot.read())) !== undefined;
  const token = await places.extensionTokens.requestSignIn(isAnyone, signal);
  const user = token === undefined ? undefined : await fetchUser(token, server, signal);
  if (token === undefined || !user) {
    places.extensionTokens.forget();
    return undefined;
  }
  // If that extension stores its tokens in Julia's depot, they are renewed there.
  const kept = await places.depot.read();
  if (kept?.token === token) {
    await places.stored.delete();
    renewal.markAccepted(token);
    return { credential: { ...toCredential(token, 'depot'), userName: kept.userName }, user };
  }
  await storeCredential({ kind: 'extension' }, token, signing);
  return { credential: toCredential(token, 'extension'), user };
}

async function signInByBrowser(
  open: ShowSignInPage,
  signing: SignInContext,
  signal: AbortSignal,
): Promise<SignedInUser> {
  const { deps: parts, server, places, renewal } = signing;
  const { clock, place } = parts;
  const flow = await discoverSignInFlow(server, signal);
  const values =
    flow.kind === 'device'
      ? await signInByDevice(flow, open, server, signal)
      : await signInByChallenge(open, server, signal);
  const kept = toStoredSignIn(values, clock.now());
  if (!kept) throw new JobError({ kind: 'badAnswer', place, what: 'sign-in, token' });
  const asked = await fetchUser(kept.token, server, signal).catch((error: unknown) => ({ error }));
  if (!asked) throw createRefusedError(place, 'the server rejected the sign-in it just issued.');
  // The user has completed the sign-in, so it is stored even if the server cannot return the user now.
  const from = await storeTokens(values, signing);
  places.extensionTokens.forget();
  renewal.markAccepted(kept.token);
  if ('error' in asked) throw asked.error;
  return { credential: { token: kept.token, from, userName: kept.userName }, user: asked };
}

/** Stores new tokens in the depot, or in the editor if the depot must not or cannot be written. */
async function storeTokens(
  values: AuthValues,
  { deps: parts, places }: SignInContext,
): Promise<TokenCredential['from']> {
  const { env, home, server, clock, log } = parts;
  const path = getAuthPath({ env, home }, server);
  if (!isInsideJob(env))
    try {
      await createAuthFolder(path);
      const done = await withSignInLocks(path, () => writeAuthFile(path, values), parts);
      if (done) {
        await places.stored.delete();
        return 'depot';
      }
    } catch (error) {
      log.error(`${path} cannot be written.`, error);
    }
  const writtenMs = clock.now().getTime();
  await places.stored.write({ kind: 'tokens', values, writtenMs, isFirst: await isDepotInUse(places) });
  return 'editor';
}

/** Stores the sign-in made in the editor; it takes precedence if the depot contains one. */
async function storeCredential(
  held:
    | Omit<Extract<StoredCredential, { kind: 'pasted' }>, 'isFirst'>
    | Omit<Extract<StoredCredential, { kind: 'extension' }>, 'isFirst'>,
  token: string,
  { places, renewal }: SignInContext,
): Promise<void> {
  await places.stored.write({ ...held, isFirst: await isDepotInUse(places) });
  renewal.markAccepted(token);
}

const isDepotInUse = async ({ depot }: CredentialSources): Promise<boolean> =>
  (await depot.read()) !== undefined;

/**
 * Removes the sign-in from this machine: deletes the editor's entry and renames the depot's file, as
 * JuliaHub.jl does. If the file cannot be renamed, stores that the user is signed out. JuliaHub's own
 * extension stays signed in, since it offers no sign-out; it is not used until the user signs in again.
 */
export async function signOut(
  { deps: parts, places, known, changes }: SignInContext,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { env, home, server, log } = parts;
  const path = getAuthPath({ env, home }, server);
  known.setUser(undefined);
  places.extensionTokens.forget();
  if (!isInsideJob(env))
    await withSignInLocks(path, () => setAsideAuthFile(path), parts).catch((error: unknown) => {
      log.error(`${path} cannot be renamed.`, error);
    });
  if (await isDepotInUse(places)) await places.stored.write({ kind: 'out' });
  else await places.stored.delete();
  await changes.check();
}

/** Runs a function while no window renews the sign-in; undefined if it was not run. */
async function withSignInLocks<T>(
  path: string,
  body: () => Promise<T>,
  parts: JuliaHubSignInDeps,
): Promise<{ readonly value: T } | undefined> {
  return withCredentialLock(
    await getLockPathBeside(path, getLockFolder(parts)),
    body,
    parts.clock,
    neverAborted,
  );
}
