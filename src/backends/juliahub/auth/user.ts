import * as z from 'zod/mini';
import { JobError } from '../../../core/domain/problem.js';
import { classifyResponse } from '../httpErrors.js';
import { createAuthError, createUnexpectedResponseError, type AuthServerDeps } from './authResponses.js';
import { parseJson } from '../../../lib/json.js';

/** The server's data about the user of a token. */
export interface ServerUser {
  /** Undefined if the server returns none. */
  readonly name: string | undefined;
  /** `0.2.0`; {@link legacyVersion} for a server that has none. */
  readonly apiVersion: string;
}

/** The version of servers too old to return one. Source: docs/protocols/juliahub.md, 1.7. */
export const legacyVersion = '0.0.0-legacy';

const ApiInfoShape = z.object({ api_version: z.string(), username: z.nullish(z.string()) });

const UserListShape = z.object({
  data: z.object({ users: z.array(z.object({ username: z.string() })) }),
  errors: z.optional(z.nullable(z.array(z.unknown()))),
});

/** A version as Julia parses it. Source: Julia `base/version.jl`. */
const versionPattern = /^v?\d+(\.\d+){0,2}([-+][0-9A-Za-z.+-]*)?$/;

const userQuery = JSON.stringify({
  operationName: null,
  variables: {},
  query: 'query { users { id username name firstname info: emails { email } } }',
});

/**
 * Requests the user of a token; undefined if the server does not accept the token.
 *
 * @throws {@link JobError} of kind `offline`, `badAnswer`, `refused`.
 *
 * Source: docs/protocols/juliahub.md, 1.7.
 */
export async function fetchUser(
  token: string,
  server: AuthServerDeps,
  signal: AbortSignal,
): Promise<ServerUser | undefined> {
  const { http, place } = server;
  const headers = { Authorization: `Bearer ${token}`, Accept: 'application/json' };
  const answer = await http.ask(
    { method: 'GET', url: `${server.server}/api/v1`, headers, reads: true },
    signal,
  );
  if (classifyResponse(answer) === 'unauthenticated') return undefined;
  if (answer.status === 404) return fetchLegacyUser(token, server, signal);
  if (classifyResponse(answer) !== 'success') throw createAuthError(answer, place, [token]);
  const read = ApiInfoShape.safeParse(parseJson(answer.text));
  if (!read.success || !versionPattern.test(read.data.api_version))
    throw createUnexpectedResponseError(place, 'api/v1', answer);
  const { username, api_version: apiVersion } = read.data;
  return { name: username || undefined, apiVersion: apiVersion.replace(/^v/, '') };
}

/** The request for servers up to 6.1. */
async function fetchLegacyUser(
  token: string,
  { http, server, place }: AuthServerDeps,
  signal: AbortSignal,
): Promise<ServerUser | undefined> {
  const headers = {
    Authorization: `Bearer ${token}`,
    'X-Hasura-Role': 'jhuser',
    'X-JuliaHub-Ensure-JS': 'true',
    'Content-Type': 'application/json',
    Accept: 'application/json',
  };
  const body = new TextEncoder().encode(userQuery);
  const answer = await http.ask(
    { method: 'POST', url: `${server}/v1/graphql`, headers, body, reads: true },
    signal,
  );
  if (classifyResponse(answer) === 'unauthenticated') return undefined;
  if (classifyResponse(answer) !== 'success') throw createAuthError(answer, place, [token]);
  const read = UserListShape.safeParse(parseJson(answer.text));
  if (!read.success || (read.data.errors ?? []).length > 0)
    throw createUnexpectedResponseError(place, 'user info', answer);
  const [user, other] = read.data.data.users;
  if (!user || other)
    throw new JobError({ kind: 'badAnswer', place, what: `user info, ${read.data.data.users.length} users` });
  return { name: user.username, apiVersion: legacyVersion };
}

/**
 * The error if neither the server nor the sign-in contains the user's name. Source:
 * docs/protocols/juliahub.md, 1.7.
 */
export const createUnknownUserError = (place: string): JobError =>
  new JobError({ kind: 'badAnswer', place, what: 'api/v1, no user name' });
