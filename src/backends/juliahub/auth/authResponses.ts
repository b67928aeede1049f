import * as z from 'zod/mini';
import { isAbort, JobError } from '../../../core/domain/problem.js';
import type { Clock, Log } from '../../../core/domain/ports.js';
import type { HttpResponse, HttpClient } from '../../../http/http.js';
import { classifyResponse, createResponseError, createServerRefusedError } from '../httpErrors.js';
import type { AddressRules } from '../serverUrl.js';
import { parseJson } from '../../../lib/json.js';

/** Everything needed for requests that concern a sign-in. */
export interface AuthServerDeps {
  readonly http: HttpClient;
  /** Base URL of the server, without a trailing slash. */
  readonly server: string;
  /** Name of the server in messages. */
  readonly place: string;
  readonly rules: AddressRules;
  /** OAuth `client_id`. */
  readonly clientId: string;
  readonly clock: Clock;
  readonly log: Log;
}

const OAuthErrorShape = z.object({
  error: z.string(),
  error_description: z.catch(z.optional(z.string()), undefined),
});

/** The OAuth client id that JuliaHub accepts from programs. Source: docs/protocols/juliahub.md, 1.5. */
export const getClientId = (env: NodeJS.ProcessEnv): string =>
  env['JULIA_PKG_AUTHENTICATION_DEVICE_CLIENT_ID'] || 'device';

/** A URL-encoded form body. */
export const encodeForm = (fields: Readonly<Record<string, string>>): Uint8Array =>
  new TextEncoder().encode(new URLSearchParams(fields).toString());

/** The headers for {@link encodeForm}. Source: docs/protocols/juliahub.md, 1.5. */
export const formHeaders = {
  Accept: 'application/json',
  'Content-Type': 'application/x-www-form-urlencoded',
} as const;

/** The OAuth error in a failed response; undefined if it contains none. */
export function parseOAuthError({
  text,
}: HttpResponse): { readonly error: string; readonly words: string } | undefined {
  const read = OAuthErrorShape.safeParse(parseJson(text));
  if (!read.success) return undefined;
  const { error, error_description: description } = read.data;
  return { error, words: description ? `${description} (${error})` : error };
}

/** The error for a response other than success, without the secrets that the request contained. */
export function createAuthError(answer: HttpResponse, place: string, secrets: readonly string[]): JobError {
  const words = parseOAuthError(answer)?.words;
  const text = secrets.reduce((told, secret) => told.replaceAll(secret, '…'), words ?? answer.text);
  const failed = { status: answer.status, text };
  // The user is not signed in yet, so the problem cannot be an expired sign-in.
  return classifyResponse(failed) === 'unauthenticated'
    ? createServerRefusedError(failed, place)
    : createResponseError(failed, place);
}

/** The error for an unexpected response. Omits the body, which can contain a token. */
export const createUnexpectedResponseError = (
  place: string,
  call: string,
  { status }: HttpResponse,
): JobError => new JobError({ kind: 'badAnswer', place, what: `${call}, status ${status}` });

/** The server, or the user on its page, refused the sign-in. */
export const createRefusedError = (place: string, words: string): JobError =>
  new JobError({ kind: 'refused', place, words });

/** For `catch`: returns undefined if the server did not respond, rethrows all other errors. */
export function rethrowUnlessOffline(error: unknown): undefined {
  if (isAbort(error) || !(error instanceof JobError) || error.problem.kind !== 'offline') throw error;
}
