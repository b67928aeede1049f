import type { SignIn } from '../../../core/domain/account.js';
import { JobError } from '../../../core/domain/problem.js';
import { refusal, type AuthServer } from './answers.js';
import { signInOf, type AuthValues } from './authFile.js';
import { foundAs, type Found, type Places } from './chain.js';
import type { Changes } from './changes.js';
import { isTokenText } from './claims.js';
import { signInByChallenge } from './classicFlow.js';
import { authPath, isInsideJob, makeAuthFolder, setAsideAuthFile, writeAuthFile } from './depot.js';
import { signInByDevice } from './deviceFlow.js';
import { discoverFlow } from './discovery.js';
import type { Known, KnownUser } from './finding.js';
import type { Held } from './held.js';
import { lockFolderOf } from './keepers.js';
import { lockBeside, underLock } from './lock.js';
import type { SignInParts } from './parts.js';
import type { Renewal } from './renewal.js';
import type { Show } from './showing.js';
import { userOf } from './user.js';
import { neverAborted } from '../../../lib/abort.js';

/** Dependencies of signing in and out. */
export interface Signing {
  readonly parts: SignInParts;
  readonly server: AuthServer;
  readonly places: Places;
  readonly renewal: Renewal;
  readonly changes: Changes;
  readonly known: KnownUser;
}

/** Signs in and stores the sign-in; see `Account.signIn`. */
export async function signIn(how: SignIn, signing: Signing, signal: AbortSignal): Promise<Known> {
  signal.throwIfAborted();
  try {
    const signed = await signInBy(how, signing, signal);
    signing.known.note(signed);
    return signed;
  } finally {
    await signing.changes.look();
  }
}

async function signInBy(how: SignIn, signing: Signing, signal: AbortSignal): Promise<Known> {
  switch (how.by) {
    case 'token':
      return byToken(how.token, signing, signal);
    case 'browser':
      return (await byExtension(signing, signal)) ?? (await byBrowser(how.open, signing, signal));
    default:
      throw new RangeError(`JuliaHub has no sign-in by ${how.by}.`);
  }
}

async function byToken(text: string, signing: Signing, signal: AbortSignal): Promise<Known> {
  const { parts, server, places } = signing;
  const { place } = parts;
  const token = text.trim();
  if (!isTokenText(token)) throw new JobError({ kind: 'invalid', why: 'Not a valid token.' });
  const user = await userOf(token, server, signal);
  if (!user) throw refusal(place, 'the server does not accept this token.');
  places.lender.forget();
  await hold({ kind: 'pasted', token }, token, signing);
  return { found: foundAs(token, 'pasted'), user };
}

/** Undefined if JuliaHub's own extension is not installed or returned no token that the server accepts. */
async function byExtension(signing: Signing, signal: AbortSignal): Promise<Known | undefined> {
  const { parts, server, places, renewal } = signing;
  if (!parts.extension) return undefined;
  // A user who is signed in wants another account, or the token was refused.
  const isAnyone = ((await places.held.read()) ?? (await places.depot.read())) !== undefined;
  const token = await places.lender.ask(isAnyone, signal);
  const user = token === undefined ? undefined : await userOf(token, server, signal);
  if (token === undefined || !user) {
    places.lender.forget();
    return undefined;
  }
  // If that extension stores its tokens in Julia's depot, they are renewed there.
  const kept = await places.depot.read();
  if (kept?.token === token) {
    await places.held.drop();
    renewal.accept(token);
    return { found: { ...foundAs(token, 'depot'), userName: kept.userName }, user };
  }
  await hold({ kind: 'extension' }, token, signing);
  return { found: foundAs(token, 'extension'), user };
}

async function byBrowser(open: Show, signing: Signing, signal: AbortSignal): Promise<Known> {
  const { parts, server, places, renewal } = signing;
  const { clock, place } = parts;
  const flow = await discoverFlow(server, signal);
  const values =
    flow.kind === 'device'
      ? await signInByDevice(flow, open, server, signal)
      : await signInByChallenge(open, server, signal);
  const kept = signInOf(values, clock.now());
  if (!kept) throw new JobError({ kind: 'badAnswer', place, what: 'sign-in, token' });
  const asked = await userOf(kept.token, server, signal).catch((error: unknown) => ({ error }));
  if (!asked) throw refusal(place, 'the server rejected the sign-in it just issued.');
  // The user has completed the sign-in, so it is stored even if the server cannot return the user now.
  const from = await store(values, signing);
  places.lender.forget();
  renewal.accept(kept.token);
  if ('error' in asked) throw asked.error;
  return { found: { token: kept.token, from, userName: kept.userName }, user: asked };
}

/** Stores new tokens in the depot, or in the editor if the depot must not or cannot be written. */
async function store(values: AuthValues, { parts, places }: Signing): Promise<Found['from']> {
  const { env, home, server, clock, log } = parts;
  const path = authPath({ env, home }, server);
  if (!isInsideJob(env))
    try {
      await makeAuthFolder(path);
      const done = await locked(path, () => writeAuthFile(path, values), parts);
      if (done) {
        await places.held.drop();
        return 'depot';
      }
    } catch (error) {
      log.error(`${path} cannot be written.`, error);
    }
  const writtenMs = clock.now().getTime();
  await places.held.keep({ kind: 'tokens', values, writtenMs, isFirst: await isTaken(places) });
  return 'editor';
}

/** Stores the sign-in made in the editor; it takes precedence if the depot contains one. */
async function hold(
  held:
    | Omit<Extract<Held, { kind: 'pasted' }>, 'isFirst'>
    | Omit<Extract<Held, { kind: 'extension' }>, 'isFirst'>,
  token: string,
  { places, renewal }: Signing,
): Promise<void> {
  await places.held.keep({ ...held, isFirst: await isTaken(places) });
  renewal.accept(token);
}

const isTaken = async ({ depot }: Places): Promise<boolean> => (await depot.read()) !== undefined;

/**
 * Removes the sign-in from this machine: deletes the editor's entry and renames the depot's file, as
 * JuliaHub.jl does. If the file cannot be renamed, stores that the user is signed out. JuliaHub's own
 * extension stays signed in, since it offers no sign-out; it is not used until the user signs in again.
 */
export async function signOut(
  { parts, places, known, changes }: Signing,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { env, home, server, log } = parts;
  const path = authPath({ env, home }, server);
  known.note(undefined);
  places.lender.forget();
  if (!isInsideJob(env))
    await locked(path, () => setAsideAuthFile(path), parts).catch((error: unknown) => {
      log.error(`${path} cannot be renamed.`, error);
    });
  if (await isTaken(places)) await places.held.keep({ kind: 'out' });
  else await places.held.drop();
  await changes.look();
}

/** Runs a function while no window renews the sign-in; undefined if it was not run. */
async function locked<T>(
  path: string,
  body: () => Promise<T>,
  parts: SignInParts,
): Promise<{ readonly value: T } | undefined> {
  return underLock(await lockBeside(path, lockFolderOf(parts)), body, parts.clock, neverAborted);
}
