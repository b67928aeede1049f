import * as z from 'zod/mini';
import { JobError } from '../../../core/domain/problem.js';
import type { HttpResponse } from '../../../http/http.js';
import { isSafeServerUrl } from '../serverUrl.js';
import {
  createAuthError,
  encodeForm,
  formHeaders,
  parseOAuthError,
  createRefusedError,
  createUnexpectedResponseError,
  rethrowUnlessOffline,
  type AuthServerDeps,
} from './authResponses.js';
import { toAuthValues, toStoredSignIn, addExpiry, type AuthValues } from './authFile.js';
import type { SignInFlow } from './discovery.js';
import { withPrompt, type ShowSignInPage } from './withPrompt.js';
import { parseJson } from '../../../lib/json.js';

/** Poll interval in seconds if the server returns none. Source: RFC 8628, 3.2. */
const defaultIntervalS = 5;

/** Increase of the interval in seconds after `slow_down`. Source: RFC 8628, 3.5. */
const slowDownS = 5;

/** Maximum poll interval in seconds while the server is unreachable. */
const maxIntervalS = 60;

const DeviceCodeShape = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.optional(z.string()),
  expires_in: z.number(),
  interval: z.optional(z.number()),
});

type DeviceCode = z.infer<typeof DeviceCodeShape>;
type DeviceFlow = Extract<SignInFlow, { kind: 'device' }>;

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
  show: ShowSignInPage,
  server: AuthServerDeps,
  signal: AbortSignal,
): Promise<AuthValues> {
  const { place, rules, clock } = server;
  const code = await requestDeviceCode(flow, server, signal);
  const url = code.verification_uri_complete || code.verification_uri;
  if (!isSafeServerUrl(url, rules))
    throw new JobError({ kind: 'badAnswer', place, what: 'sign-in, URL without https' });
  const endMs = clock.now().getTime() + code.expires_in * 1000;
  const answer = await withPrompt(
    () => show(url, code.user_code),
    (stop) => pollDeviceToken(flow, code, endMs, server, stop),
    signal,
  );
  const told = toAuthValues(parseJson(answer.text));
  const now = clock.now();
  if (!told || !toStoredSignIn(told, now))
    throw createUnexpectedResponseError(place, 'sign-in, token', answer);
  return addExpiry({ ...told, refresh_url: flow.refreshUrl }, now);
}

async function requestDeviceCode(
  { codeUrl, scope }: DeviceFlow,
  { http, clientId, place }: AuthServerDeps,
  signal: AbortSignal,
): Promise<DeviceCode> {
  const body = encodeForm({ client_id: clientId, ...(scope === undefined ? {} : { scope }) });
  const answer = await http.ask({ method: 'POST', url: codeUrl, headers: formHeaders, body }, signal);
  if (answer.status !== 200) throw createAuthError(answer, place, []);
  const read = DeviceCodeShape.safeParse(parseJson(answer.text));
  if (!read.success) throw createUnexpectedResponseError(place, 'sign-in, device code', answer);
  return read.data;
}

/** Polls until the user has decided or the code has expired; returns the response that contains the token. */
async function pollDeviceToken(
  { tokenUrl }: DeviceFlow,
  code: DeviceCode,
  endMs: number,
  server: AuthServerDeps,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { http, clientId, clock, place } = server;
  const body = encodeForm({
    client_id: clientId,
    device_code: code.device_code,
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
  });
  let intervalS = Math.max(1, code.interval ?? defaultIntervalS);
  for (;;) {
    const leftMs = endMs - clock.now().getTime();
    if (leftMs <= 0)
      throw createRefusedError(place, 'the code expired before it was approved. Sign in again.');
    await clock.sleep(Math.min(intervalS * 1000, leftMs), signal);
    // A failed request does not end the sign-in: the user can still approve it.
    const answer = await http
      .ask({ method: 'POST', url: tokenUrl, headers: formHeaders, body }, signal)
      .catch(rethrowUnlessOffline);
    const next = answer ? classifyTokenResponse(answer, server, code) : 'unreachable';
    if (next === 'done' && answer) return answer;
    if (next === 'slower') intervalS += slowDownS;
    // RFC 8628, 3.5: back off while there is no response.
    if (next === 'unreachable') intervalS = Math.min(intervalS * 2, Math.max(maxIntervalS, intervalS));
  }
}

/** Classifies a response of the token endpoint; throws if it ends the sign-in. */
function classifyTokenResponse(
  answer: HttpResponse,
  { place }: AuthServerDeps,
  code: DeviceCode,
): 'done' | 'pending' | 'slower' | 'unreachable' {
  if (answer.status === 200) return 'done';
  if (answer.status === 429 || answer.status >= 500) return 'unreachable';
  const told = parseOAuthError(answer)?.error;
  if (told === 'slow_down') return 'slower';
  if (told === 'authorization_pending') return 'pending';
  if (told === 'access_denied') throw createRefusedError(place, 'the sign-in was denied in the browser.');
  if (told === 'expired_token')
    throw createRefusedError(place, 'the code expired before it was approved. Sign in again.');
  // Some servers return only the status while the approval is pending. Source: docs/protocols/juliahub.md,
  // 1.5.
  if (told === undefined && (answer.status === 400 || answer.status === 401)) return 'pending';
  throw createAuthError(answer, place, [code.device_code]);
}
