import * as z from 'zod/mini';
import { JobError } from '../../../core/domain/problem.js';
import type { Answer } from '../../../http/http.js';
import { isSafeUrl } from '../serverUrl.js';
import {
  failure,
  form,
  formHeaders,
  oauthError,
  refusal,
  strange,
  unlessOffline,
  type AuthServer,
} from './answers.js';
import { asValues, signInOf, withEnd, type AuthValues } from './authFile.js';
import type { Flow } from './discovery.js';
import { whileShown, type Show } from './showing.js';
import { parseJson } from '../../../lib/json.js';

/** Poll interval in seconds if the server returns none. Source: RFC 8628, 3.2. */
const defaultIntervalS = 5;

/** Increase of the interval in seconds after `slow_down`. Source: RFC 8628, 3.5. */
const slowerS = 5;

/** Maximum poll interval in seconds while the server is unreachable. */
const mostIntervalS = 60;

const CodeShape = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.optional(z.string()),
  expires_in: z.number(),
  interval: z.optional(z.number()),
});

type Code = z.infer<typeof CodeShape>;
type DeviceFlow = Extract<Flow, { kind: 'device' }>;

/**
 * Signs in by a code that the user approves in a browser: RFC 8628. Returns the values of an `auth.toml`.
 *
 * @throws {@link JobError} of kind `offline`, `refused` (denied, expired, or in the server's words),
 * `badAnswer`.
 *
 * Source: docs/protocols/juliahub.md, 1.5.
 */
export async function signInByDevice(
  flow: DeviceFlow,
  show: Show,
  server: AuthServer,
  signal: AbortSignal,
): Promise<AuthValues> {
  const { place, rules, clock } = server;
  const code = await askCode(flow, server, signal);
  const url = code.verification_uri_complete || code.verification_uri;
  if (!isSafeUrl(url, rules))
    throw new JobError({ kind: 'badAnswer', place, what: 'sign-in, URL without https' });
  const endMs = clock.now().getTime() + code.expires_in * 1000;
  const answer = await whileShown(
    () => show(url, code.user_code),
    (stop) => poll(flow, code, endMs, server, stop),
    signal,
  );
  const told = asValues(parseJson(answer.text));
  const now = clock.now();
  if (!told || !signInOf(told, now)) throw strange(place, 'sign-in, token', answer);
  return withEnd({ ...told, refresh_url: flow.refreshUrl }, now);
}

async function askCode(
  { codeUrl, scope }: DeviceFlow,
  { http, clientId, place }: AuthServer,
  signal: AbortSignal,
): Promise<Code> {
  const body = form({ client_id: clientId, ...(scope === undefined ? {} : { scope }) });
  const answer = await http.ask({ method: 'POST', url: codeUrl, headers: formHeaders, body }, signal);
  if (answer.status !== 200) throw failure(answer, place, []);
  const read = CodeShape.safeParse(parseJson(answer.text));
  if (!read.success) throw strange(place, 'sign-in, device code', answer);
  return read.data;
}

/** Polls until the user has decided or the code has expired; returns the response that contains the token. */
async function poll(
  { tokenUrl }: DeviceFlow,
  code: Code,
  endMs: number,
  server: AuthServer,
  signal: AbortSignal,
): Promise<Answer> {
  const { http, clientId, clock, place } = server;
  const body = form({
    client_id: clientId,
    device_code: code.device_code,
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
  });
  let intervalS = Math.max(1, code.interval ?? defaultIntervalS);
  for (;;) {
    const leftMs = endMs - clock.now().getTime();
    if (leftMs <= 0) throw refusal(place, 'the code expired before it was approved. Sign in again.');
    await clock.sleep(Math.min(intervalS * 1000, leftMs), signal);
    // A failed request does not end the sign-in: the user can still approve it.
    const answer = await http
      .ask({ method: 'POST', url: tokenUrl, headers: formHeaders, body }, signal)
      .catch(unlessOffline);
    const next = answer ? verdict(answer, server, code) : 'unreachable';
    if (next === 'done' && answer) return answer;
    if (next === 'slower') intervalS += slowerS;
    // RFC 8628, 3.5: back off while there is no response.
    if (next === 'unreachable') intervalS = Math.min(intervalS * 2, Math.max(mostIntervalS, intervalS));
  }
}

/** Classifies a response of the token endpoint; throws if it ends the sign-in. */
function verdict(
  answer: Answer,
  { place }: AuthServer,
  code: Code,
): 'done' | 'pending' | 'slower' | 'unreachable' {
  if (answer.status === 200) return 'done';
  if (answer.status === 429 || answer.status >= 500) return 'unreachable';
  const told = oauthError(answer)?.error;
  if (told === 'slow_down') return 'slower';
  if (told === 'authorization_pending') return 'pending';
  if (told === 'access_denied') throw refusal(place, 'the sign-in was denied in the browser.');
  if (told === 'expired_token')
    throw refusal(place, 'the code expired before it was approved. Sign in again.');
  // Some servers return only the status while the approval is pending. Source: docs/protocols/juliahub.md,
  // 1.5.
  if (told === undefined && (answer.status === 400 || answer.status === 401)) return 'pending';
  throw failure(answer, place, [code.device_code]);
}
