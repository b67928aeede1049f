import * as z from 'zod/mini';
import { isAbort, JobError } from '../../../core/domain/problem.js';
import type { Clock, Log } from '../../../core/domain/ports.js';
import type { Answer, Http } from '../../../http/http.js';
import { classifyAnswer, failedAnswer, refusedBy } from '../failedAnswer.js';
import type { AddressRules } from '../serverUrl.js';
import { parseJson } from '../../../lib/json.js';

/** What talking to the server about a sign-in needs. */
export interface AuthServer {
  readonly http: Http;
  /** As `readServer` gives it. */
  readonly server: string;
  /** As messages name the server. */
  readonly place: string;
  readonly rules: AddressRules;
  /** As OAuth's `client_id`. */
  readonly clientId: string;
  readonly clock: Clock;
  readonly log: Log;
}

const OauthErrorShape = z.object({
  error: z.string(),
  error_description: z.catch(z.optional(z.string()), undefined),
});

/** The client that JuliaHub knows for programs. Source: docs/protocols/juliahub.md, 1.5. */
export const clientIdOf = (env: NodeJS.ProcessEnv): string =>
  env['JULIA_PKG_AUTHENTICATION_DEVICE_CLIENT_ID'] || 'device';

/** A body of form fields, each encoded. */
export const form = (fields: Readonly<Record<string, string>>): Uint8Array =>
  new TextEncoder().encode(new URLSearchParams(fields).toString());

/** The headers that go with {@link form}. Source: docs/protocols/juliahub.md, 1.5. */
export const formHeaders = {
  Accept: 'application/json',
  'Content-Type': 'application/x-www-form-urlencoded',
} as const;

/** The error that OAuth servers name in a failed answer; undefined: there is none in it. */
export function oauthError({ text }: Answer): { readonly error: string; readonly words: string } | undefined {
  const read = OauthErrorShape.safeParse(parseJson(text));
  if (!read.success) return undefined;
  const { error, error_description: description } = read.data;
  return { error, words: description ? `${description} (${error})` : error };
}

/** An answer that is no success, as an error that holds none of the secrets that the request carried. */
export function failure(answer: Answer, place: string, secrets: readonly string[]): JobError {
  const words = oauthError(answer)?.words;
  const text = secrets.reduce((told, secret) => told.replaceAll(secret, '…'), words ?? answer.text);
  const failed = { status: answer.status, text };
  // Nobody is signed in yet who could be signed out.
  return classifyAnswer(failed) === 'unauthenticated'
    ? refusedBy(failed, place)
    : failedAnswer(failed, place);
}

/** An answer in a form that this version does not know. Its body is not told: a token may stand in it. */
export const strange = (place: string, call: string, { status }: Answer): JobError =>
  new JobError({ kind: 'badAnswer', place, what: `${call}, status ${status}` });

/** The server, or the user there, has said no. */
export const refusal = (place: string, words: string): JobError =>
  new JobError({ kind: 'refused', place, words });

/** For `catch`: makes nothing of a server that did not answer, and throws on all else. */
export function unlessOffline(error: unknown): undefined {
  if (isAbort(error) || !(error instanceof JobError) || error.problem.kind !== 'offline') throw error;
}
