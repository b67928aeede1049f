import { createHmac, randomBytes } from 'node:crypto';
import { bearerOf, text, type Asked, type Reply } from './http.js';
import { now, violate, type Session, type State } from './state.js';

export const random = (bytes = 16): string => randomBytes(bytes).toString('hex');

const key = randomBytes(32);
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A signed token with the known claims. Source: docs/protocols/juliahub.md, 1.2. */
function idTokenOf(state: State, user: string, expires: number): string {
  const body = [
    encoded({ alg: 'HS256', typ: 'JWT' }),
    encoded({
      iss: `${state.url}/dex`,
      sub: `user-${user}`,
      aud: 'device',
      iat: Math.floor(now(state) / 1000),
      exp: Math.floor(expires / 1000),
      name: `${user} example`,
      email: `${user}@example.org`,
      preferred_username: user,
      jti: random(),
    }),
  ].join('.');
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
}

/** Signs a user in. */
export function newSession(state: State, user = state.controls.user, refreshUrl?: string): Session {
  const expires = now(state) + state.controls.tokenMs;
  const style = state.controls.refreshStyle;
  const session: Session = {
    user,
    idToken: idTokenOf(state, user, expires),
    accessToken: `access-${random()}`,
    refreshToken: `refresh-${random()}`,
    refreshUrl:
      refreshUrl ?? (style === 'dex' ? `${state.url}/dex/token` : `${state.url}/auth/renew/token.toml/v2/`),
    expires,
  };
  state.sessions.set(session.idToken, session);
  state.refresh.set(session.refreshToken, session);
  for (const secret of [session.idToken, session.accessToken, session.refreshToken])
    state.secrets.add(secret);
  return session;
}

/** The keys of `auth.toml`. Source: docs/protocols/juliahub.md, 1.2. */
export function tomlKeys(state: State, session: Session): Readonly<Record<string, string | number>> {
  const expires = Math.floor(session.expires / 1000);
  return {
    id_token: session.idToken,
    access_token: session.accessToken,
    refresh_token: session.refreshToken,
    refresh_url: session.refreshUrl,
    expires,
    expires_at: expires,
    expires_in: Math.floor(state.controls.tokenMs / 1000),
    user_name: session.user,
    user_email: `${session.user}@example.org`,
  };
}

/** Formats such keys as TOML. */
export const toml = (keys: Readonly<Record<string, string | number>>): string =>
  Object.entries(keys)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join('');

/** The user of a request; undefined if it has no valid token. */
export function userOf(state: State, header: string | undefined): string | undefined {
  const session = state.sessions.get(bearerOf(header) ?? '');
  return session && session.expires > now(state) ? session.user : undefined;
}

/**
 * Records violations in the `Authorization` header of a request that requires it. An expired, invalidated or
 * unknown token is not a violation. Source: docs/protocols/juliahub.md, 0 (1), 1.8.
 */
export function checkBearer(state: State, header: string | undefined, way: string): void {
  const token = bearerOf(header);
  if (header === undefined) violate(state, `${way} without a token`, '1.8');
  else if (token === undefined) violate(state, `${way} with an Authorization other than Bearer`, '1.8');
  else if (token.startsWith('access-') || token.startsWith('refresh-'))
    violate(
      state,
      `${way} with the ${token.slice(0, token.indexOf('-'))} token instead of the id token`,
      '1.2',
    );
}

/**
 * Accepts a refresh token, which can be used once, and returns the next session; undefined if it is refused.
 * Source: docs/protocols/juliahub.md, 1.3.
 */
export function refreshed(state: State, refreshToken: string): Session | undefined {
  const session = state.refresh.get(refreshToken);
  if (!session) {
    if (state.rotated.has(refreshToken)) violate(state, 'a refresh token was used twice', '1.3: it rotates');
    else if (state.sessions.has(refreshToken)) violate(state, 'the id token was sent to refresh', '1.3');
    return undefined;
  }
  state.refresh.delete(refreshToken);
  state.rotated.add(refreshToken);
  if (state.controls.oldTokenDies) state.sessions.delete(session.idToken);
  return newSession(state, session.user, session.refreshUrl);
}

/** Style A: a bearer token in, TOML out. Source: docs/protocols/juliahub.md, 1.3. */
export function renew(state: State, asked: Asked): Reply {
  const session = refreshed(state, bearerOf(asked.header('authorization')) ?? '');
  return session ? text(toml(tomlKeys(state, session))) : text('invalid refresh token', 401);
}
