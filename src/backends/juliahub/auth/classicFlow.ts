import { randomInt } from 'node:crypto';
import * as z from 'zod/mini';
import { JobError } from '../../../core/domain/problem.js';
import type { HttpResponse } from '../../../http/http.js';
import {
  createAuthError,
  createRefusedError,
  createUnexpectedResponseError,
  rethrowUnlessOffline,
  type AuthServerDeps,
} from './authResponses.js';
import { toAuthValues, toStoredSignIn, addExpiry, type AuthValues } from './authFile.js';
import { withPrompt, type ShowSignInPage } from './withPrompt.js';
import { parseJson } from '../../../lib/json.js';

/** Poll interval in milliseconds. This and the following values: docs/protocols/juliahub.md, 1.6. */
const claimIntervalMs = 5_000;

/** Time for the approval if the server returns none, in milliseconds. */
const defaultClaimMs = 180_000;

/** Upper bound of the time for the approval, whatever the server returns, in milliseconds. */
const maxClaimMs = 15 * 60_000;

/** Polling stops after this number of responses that are neither a token nor pending. */
const maxClaimFailures = 20;

/** A smaller number of seconds is a duration: as a time it would be before 2001. */
const maxDurationS = 1_000_000_000;

const challengeLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const ClaimResponseShape = z.union([
  z.object({ token: z.record(z.string(), z.unknown()) }),
  z.object({ expiry: z.number() }),
]);

/** The text that the user approves, and the server's response to it. */
interface SignInChallenge {
  readonly challenge: string;
  readonly response: string;
}

/**
 * Signs in by a challenge that the user approves in a browser, as older servers require. Returns the values
 * of an `auth.toml`.
 *
 * @throws {@link JobError} of kind `offline`, `refused` (expired, or in the server's words), `badAnswer`.
 *
 * Source: docs/protocols/juliahub.md, 1.6.
 */
export async function signInByChallenge(
  show: ShowSignInPage,
  server: AuthServerDeps,
  signal: AbortSignal,
): Promise<AuthValues> {
  const asked = await requestChallenge(server, signal);
  // The response is the whole query; only `#`, which would end the query, is encoded.
  const url = `${server.server}/auth/response?${asked.response.replaceAll('#', '%23')}`;
  const token = await withPrompt(
    () => show(url, undefined),
    (stop) => pollClaim(asked, server, stop),
    signal,
  );
  return addExpiry(token, server.clock.now());
}

async function requestChallenge(
  { http, server, place }: AuthServerDeps,
  signal: AbortSignal,
): Promise<SignInChallenge> {
  const text = Array.from({ length: 32 }, () =>
    challengeLetters.charAt(randomInt(challengeLetters.length)),
  ).join('');
  const answer = await http.ask(
    { method: 'POST', url: `${server}/auth/challenge`, body: new TextEncoder().encode(text) },
    signal,
  );
  if (answer.status !== 200) throw createAuthError(answer, place, [text]);
  const response = answer.text.trim();
  if (!/^[\x21-\x7e]{1,4096}$/.test(response))
    throw createUnexpectedResponseError(place, 'sign-in, challenge', answer);
  return { challenge: text, response };
}

/**
 * Polls until the user has approved, the time has run out, or the server's responses no longer make sense.
 */
async function pollClaim(
  asked: SignInChallenge,
  server: AuthServerDeps,
  signal: AbortSignal,
): Promise<AuthValues> {
  const { http, clock, place } = server;
  const body = new TextEncoder().encode(JSON.stringify(asked));
  const startMs = clock.now().getTime();
  let endMs = startMs + defaultClaimMs;
  let isTold = false;
  for (let failures = 0; failures < maxClaimFailures;) {
    if (clock.now().getTime() >= endMs)
      throw createRefusedError(place, 'the sign-in was not approved in time. Sign in again.');
    await clock.sleep(Math.min(claimIntervalMs, endMs - clock.now().getTime()), signal);
    const answer = await http
      .ask({ method: 'POST', url: `${server.server}/auth/claimtoken`, body }, signal)
      .catch(rethrowUnlessOffline);
    const read = answer && parseClaim(answer, server, asked);
    if (read?.kind === 'token') return read.values;
    if (read?.kind === 'pending') {
      const told = Math.min(toDeadline(read.expiry, clock.now()), startMs + maxClaimMs);
      // A duration that never decreases must not extend the wait without limit.
      endMs = isTold ? Math.min(endMs, told) : told;
      isTold = true;
    } else failures++;
  }
  throw new JobError({ kind: 'badAnswer', place, what: 'sign-in, claimed token' });
}

type ClaimResult =
  | { readonly kind: 'token'; readonly values: AuthValues }
  | { readonly kind: 'pending'; readonly expiry: number };

/** Parses a response; undefined if it is not understood. Throws if the server has refused. */
function parseClaim(
  answer: HttpResponse,
  { place, clock }: AuthServerDeps,
  asked: SignInChallenge,
): ClaimResult | undefined {
  if (answer.status !== 200) throw createAuthError(answer, place, [asked.challenge, asked.response]);
  const read = ClaimResponseShape.safeParse(parseJson(answer.text));
  if (!read.success) return undefined;
  if ('expiry' in read.data) return { kind: 'pending', expiry: read.data.expiry };
  const values = toAuthValues(read.data.token);
  if (!values || !toStoredSignIn(values, clock.now()))
    throw createUnexpectedResponseError(place, 'sign-in, token', answer);
  return { kind: 'token', values };
}

/**
 * The deadline for the approval, in milliseconds since 1970; `expiry` is a time or the remaining duration, in
 * seconds.
 */
const toDeadline = (expiry: number, now: Date): number =>
  expiry < maxDurationS ? now.getTime() + expiry * 1000 : expiry * 1000;
