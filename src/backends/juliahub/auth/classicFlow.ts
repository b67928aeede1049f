import { randomInt } from 'node:crypto';
import * as z from 'zod/mini';
import { JobError } from '../../../core/domain/problem.js';
import type { Answer } from '../../../http/http.js';
import { failure, refusal, strange, unlessOffline, type AuthServer } from './answers.js';
import { asValues, signInOf, withEnd, type AuthValues } from './authFile.js';
import { whileShown, type Show } from './showing.js';
import { parseJson } from '../../../lib/json.js';

/** Poll interval in milliseconds. This and the following values: docs/protocols/juliahub.md, 1.6. */
const everyMs = 5_000;

/** Time for the approval if the server returns none, in milliseconds. */
const nominalMs = 180_000;

/** Upper bound of the time for the approval, whatever the server returns, in milliseconds. */
const mostMs = 15 * 60_000;

/** Polling stops after this number of responses that are neither a token nor pending. */
const mostFailures = 20;

/** A smaller number of seconds is a duration: as a time it would be before 2001. */
const lengthBelowS = 1_000_000_000;

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const ClaimShape = z.union([
  z.object({ token: z.record(z.string(), z.unknown()) }),
  z.object({ expiry: z.number() }),
]);

/** The text that the user approves, and the server's response to it. */
interface Challenge {
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
  show: Show,
  server: AuthServer,
  signal: AbortSignal,
): Promise<AuthValues> {
  const asked = await challenge(server, signal);
  // The response is the whole query; only `#`, which would end the query, is encoded.
  const url = `${server.server}/auth/response?${asked.response.replaceAll('#', '%23')}`;
  const token = await whileShown(
    () => show(url, undefined),
    (stop) => claim(asked, server, stop),
    signal,
  );
  return withEnd(token, server.clock.now());
}

async function challenge({ http, server, place }: AuthServer, signal: AbortSignal): Promise<Challenge> {
  const text = Array.from({ length: 32 }, () => letters.charAt(randomInt(letters.length))).join('');
  const answer = await http.ask(
    { method: 'POST', url: `${server}/auth/challenge`, body: new TextEncoder().encode(text) },
    signal,
  );
  if (answer.status !== 200) throw failure(answer, place, [text]);
  const response = answer.text.trim();
  if (!/^[\x21-\x7e]{1,4096}$/.test(response)) throw strange(place, 'sign-in, challenge', answer);
  return { challenge: text, response };
}

/**
 * Polls until the user has approved, the time has run out, or the server's responses no longer make sense.
 */
async function claim(asked: Challenge, server: AuthServer, signal: AbortSignal): Promise<AuthValues> {
  const { http, clock, place } = server;
  const body = new TextEncoder().encode(JSON.stringify(asked));
  const startMs = clock.now().getTime();
  let endMs = startMs + nominalMs;
  let isTold = false;
  for (let failures = 0; failures < mostFailures;) {
    if (clock.now().getTime() >= endMs)
      throw refusal(place, 'the sign-in was not approved in time. Sign in again.');
    await clock.sleep(Math.min(everyMs, endMs - clock.now().getTime()), signal);
    const answer = await http
      .ask({ method: 'POST', url: `${server.server}/auth/claimtoken`, body }, signal)
      .catch(unlessOffline);
    const read = answer && claimIn(answer, server, asked);
    if (read?.kind === 'token') return read.values;
    if (read?.kind === 'pending') {
      const told = Math.min(endOf(read.expiry, clock.now()), startMs + mostMs);
      // A duration that never decreases must not extend the wait without limit.
      endMs = isTold ? Math.min(endMs, told) : told;
      isTold = true;
    } else failures++;
  }
  throw new JobError({ kind: 'badAnswer', place, what: 'sign-in, claimed token' });
}

type Claim =
  | { readonly kind: 'token'; readonly values: AuthValues }
  | { readonly kind: 'pending'; readonly expiry: number };

/** Parses a response; undefined if it is not understood. Throws if the server has refused. */
function claimIn(answer: Answer, { place, clock }: AuthServer, asked: Challenge): Claim | undefined {
  if (answer.status !== 200) throw failure(answer, place, [asked.challenge, asked.response]);
  const read = ClaimShape.safeParse(parseJson(answer.text));
  if (!read.success) return undefined;
  if ('expiry' in read.data) return { kind: 'pending', expiry: read.data.expiry };
  const values = asValues(read.data.token);
  if (!values || !signInOf(values, clock.now())) throw strange(place, 'sign-in, token', answer);
  return { kind: 'token', values };
}

/**
 * The deadline for the approval, in milliseconds since 1970; `expiry` is a time or the remaining duration, in
 * seconds.
 */
const endOf = (expiry: number, now: Date): number =>
  expiry < lengthBelowS ? now.getTime() + expiry * 1000 : expiry * 1000;
