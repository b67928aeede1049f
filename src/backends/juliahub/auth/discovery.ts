import * as z from 'zod/mini';
import { JobError } from '../../../core/domain/problem.js';
import { isSafeServerUrl } from '../serverUrl.js';
import type { AuthServerDeps } from './authResponses.js';
import { parseJson } from '../../../lib/json.js';

/** The sign-in flow of a server. */
export type SignInFlow =
  | { readonly kind: 'classic' }
  | {
      readonly kind: 'device';
      readonly codeUrl: string;
      readonly tokenUrl: string;
      readonly refreshUrl: string;
      /** Undefined: no scope is sent. */
      readonly scope: string | undefined;
    };

const optionalText = z.catch(z.optional(z.string()), undefined);

const AuthConfigurationShape = z.object({
  auth_flows: z.optional(z.array(z.string())),
  device_authorization_endpoint: optionalText,
  device_token_endpoint: optionalText,
  device_token_refresh_url: optionalText,
  device_token_scope: optionalText,
});

/**
 * Requests the sign-in flows of a server; prefers the device flow.
 *
 * @throws {@link JobError} of kind `offline`, `badAnswer`.
 *
 * Source: docs/protocols/juliahub.md, 1.4.
 */
export async function discoverSignInFlow(
  { http, server, place, rules }: AuthServerDeps,
  signal: AbortSignal,
): Promise<SignInFlow> {
  const url = `${server}/auth/configuration`;
  const { status, text: body } = await http.ask(
    { method: 'GET', url, headers: { Accept: 'application/json' }, reads: true },
    signal,
  );
  const read = AuthConfigurationShape.safeParse(parseJson(body));
  if (status !== 200 || !read.success) return { kind: 'classic' };
  const { auth_flows: flows = ['classic'], ...told } = read.data;
  const codeUrl = told.device_authorization_endpoint;
  const tokenUrl = told.device_token_endpoint;
  const refreshUrl = told.device_token_refresh_url;
  if (flows.includes('device') && codeUrl && tokenUrl && refreshUrl) {
    if (![codeUrl, tokenUrl, refreshUrl].every((address) => isSafeServerUrl(address, rules)))
      throw new JobError({ kind: 'badAnswer', place, what: 'sign-in, URL without https' });
    return { kind: 'device', codeUrl, tokenUrl, refreshUrl, scope: told.device_token_scope || undefined };
  }
  if (flows.includes('classic')) return { kind: 'classic' };
  throw new JobError({ kind: 'badAnswer', place, what: 'sign-in, no supported flow' });
}
