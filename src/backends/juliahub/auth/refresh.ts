import { JobError } from '../../../core/domain/problem.js';
import type { HttpResponse } from '../../../http/http.js';
import { isSafeServerUrl } from '../serverUrl.js';
import { encodeForm, formHeaders, type AuthServerDeps } from './authResponses.js';
import {
  toAuthValues,
  parseAuthFile,
  toStoredSignIn,
  addExpiry,
  type AuthValues,
  type StoredSignIn,
} from './authFile.js';
import { parseJson } from '../../../lib/json.js';

/** Temporary statuses that do not concern the refresh token, in addition to server errors. */
const transientStatuses = new Set([407, 408, 425, 429]);

/**
 * Requests new tokens in the way that the sign-in requires. The server invalidates the refresh token.
 *
 * The returned values replace the stored ones. Undefined if this sign-in cannot be renewed (any longer): the
 * user has to sign in again. The signal aborts the request; whether the server has renewed the sign-in is
 * then unknown.
 *
 * @throws {@link JobError} of kind `offline`, also if the server or a proxy is temporarily unavailable.
 *
 * Source: docs/protocols/juliahub.md, 1.3.
 */
export async function refreshToken(
  kept: StoredSignIn,
  server: AuthServerDeps,
  signal: AbortSignal,
): Promise<AuthValues | undefined> {
  const { refresh } = kept;
  // Pkg requires TLS here too: the refresh token is worth more than the token.
  if (!refresh || !isSafeServerUrl(refresh.url, server.rules)) return undefined;
  const isOauth = /\/dex\/token\/?$/.test(new URL(refresh.url).pathname);
  const answer = await (isOauth ? requestOAuthRefresh : requestPkgRefresh)(refresh, server, signal);
  if (transientStatuses.has(answer.status) || answer.status >= 500)
    throw new JobError({
      kind: 'offline',
      place: server.place,
      why: answer.status >= 500 ? `server error ${answer.status}, try again` : `status ${answer.status}`,
      hasAnswered: true,
    });
  if (answer.status !== 200) return undefined;
  const now = server.clock.now();
  const values = isOauth ? parseOAuthValues(kept, answer) : parsePkgValues(kept, answer);
  return values && toStoredSignIn(values, now) ? addExpiry(values, now) : undefined;
}

type RefreshMethod = NonNullable<StoredSignIn['refresh']>;

/** Style A: the body is the new file. */
const requestPkgRefresh = (
  refresh: RefreshMethod,
  { http }: AuthServerDeps,
  signal: AbortSignal,
): Promise<HttpResponse> =>
  http.ask(
    { method: 'GET', url: refresh.url, headers: { Authorization: `Bearer ${refresh.token}` } },
    signal,
  );

/** Style B: the same request as `jh`. */
const requestOAuthRefresh = (
  refresh: RefreshMethod,
  { http, clientId }: AuthServerDeps,
  signal: AbortSignal,
): Promise<HttpResponse> =>
  http.ask(
    {
      method: 'POST',
      url: refresh.url,
      headers: formHeaders,
      body: encodeForm({ client_id: clientId, grant_type: 'refresh_token', refresh_token: refresh.token }),
    },
    signal,
  );

function parsePkgValues({ refresh }: StoredSignIn, { text }: HttpResponse): AuthValues | undefined {
  const values = parseAuthFile(text);
  if (!values || typeof values['expires_in'] !== 'number') return undefined;
  // The next renewal needs these. A refresh token that is not replaced remains valid.
  return { ...(refresh && { refresh_token: refresh.token, refresh_url: refresh.url }), ...values };
}

function parseOAuthValues({ values, refresh }: StoredSignIn, { text }: HttpResponse): AuthValues | undefined {
  const told = toAuthValues(parseJson(text));
  if (!told || typeof told['expires_in'] !== 'number') return undefined;
  return { ...values, ...told, ...(refresh && { refresh_url: refresh.url }) };
}
