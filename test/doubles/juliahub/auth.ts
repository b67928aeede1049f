import { randomBytes } from 'node:crypto';
import { html, json, jsonOf, text, type Asked, type Reply } from './http.js';
import type { Pending, Session, State } from './state.js';

const random = (bytes = 16): string => randomBytes(bytes).toString('hex');

/** A signed-in user, as a sign-in page would make one. */
export function newSession(state: State, user = 'ada'): Session {
  const now = Date.now();
  const claims = Buffer.from(
    JSON.stringify({ preferred_username: user, exp: Math.floor((now + state.controls.tokenMs) / 1000) }),
  );
  const idToken = `eyJhbGciOiJub25lIn0.${claims.toString('base64url')}.${random()}`;
  const session: Session = {
    user,
    idToken,
    refreshToken: `refresh-${random()}`,
    expires: now + state.controls.tokenMs,
  };
  state.sessions.set(idToken, session);
  state.refresh.set(session.refreshToken, session);
  return session;
}

/** The keys of `auth.toml`. Source: reference 1.2. */
export function tomlKeys(state: State, session: Session): Readonly<Record<string, string | number>> {
  const expires = Math.floor(session.expires / 1000);
  return {
    id_token: session.idToken,
    access_token: `access-${session.idToken.slice(-8)}`,
    refresh_token: session.refreshToken,
    refresh_url: `${state.url}/auth/renew/token.toml/v2/`,
    expires,
    expires_at: expires,
    expires_in: Math.floor(state.controls.tokenMs / 1000),
    user_name: session.user,
  };
}

export const toml = (keys: Readonly<Record<string, string | number>>): string =>
  Object.entries(keys)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join('');

/** The user of a request; undefined: it has no valid token. */
export function userOf(state: State, header: string | undefined): string | undefined {
  const [, token] = /^Bearer (.+)$/.exec(header ?? '') ?? [];
  const session = state.sessions.get(token ?? '');
  return session && session.expires > Date.now() ? session.user : undefined;
}

/** The routes that need no token. Source: reference 1.3 to 1.6. */
export function authRoute(state: State, asked: Asked): Reply | undefined {
  const route = `${asked.method} /${asked.path.join('/')}`;
  switch (route) {
    case 'GET /auth/configuration':
      return json({
        auth_flows: state.controls.flows,
        device_authorization_endpoint: `${state.url}/auth/device/code`,
        device_token_endpoint: `${state.url}/auth/token`,
        device_token_refresh_url: `${state.url}/auth/renew/token.toml/device/`,
        device_token_scope: 'openid email profile offline_access',
      });
    case 'POST /auth/device/code':
      return deviceCode(state, asked);
    case 'POST /auth/token':
    case 'POST /dex/token':
      return token(state, asked);
    case 'GET /dex/device':
      return page(state, asked.query.get('user_code') ?? '');
    case 'POST /auth/challenge':
      return challenge(state, asked);
    case 'GET /auth/response':
      return page(state, decodeURIComponent(asked.request.url?.split('?')[1] ?? ''));
    case 'POST /auth/claimtoken':
      return claim(state, asked);
    case 'GET /auth/renew/token.toml/v2/':
    case 'GET /auth/renew/token.toml/device/':
    case 'GET /auth/renew/token.toml/v2':
    case 'GET /auth/renew/token.toml/device':
      return renew(state, asked);
    case 'POST /decide':
      return decide(state, asked);
    default:
      return undefined;
  }
}

function form(state: State, asked: Asked, section: string): URLSearchParams {
  if (asked.header('content-type')?.split(';')[0] !== 'application/x-www-form-urlencoded')
    state.violations.push(`${asked.path.join('/')}: not form-encoded (${section})`);
  return new URLSearchParams(asked.body.toString());
}

function deviceCode(state: State, asked: Asked): Reply {
  const fields = form(state, asked, '1.5');
  if (!fields.get('client_id')) state.violations.push('device code without client_id (1.5)');
  const userCode = `${random(2)}-${random(2)}`.toUpperCase();
  const pending: Pending = {
    kind: 'device',
    code: random(),
    userCode,
    state: 'pending',
    expires: Date.now() + 300_000,
    lastPoll: 0,
  };
  state.pending.set(pending.code, pending);
  return json({
    device_code: pending.code,
    user_code: userCode,
    verification_uri: `${state.url}/dex/device`,
    verification_uri_complete: `${state.url}/dex/device?user_code=${userCode}`,
    expires_in: 300,
    interval: state.controls.interval,
  });
}

function token(state: State, asked: Asked): Reply {
  const fields = form(state, asked, '1.5');
  if (fields.get('grant_type') === 'refresh_token') {
    const session = used(state, fields.get('refresh_token') ?? '');
    return session ? json(answerOf(state, session)) : json({ error: 'invalid_grant' }, 401);
  }
  const pending = state.pending.get(fields.get('device_code') ?? '');
  if (fields.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:device_code')
    state.violations.push('device token with another grant_type (1.5)');
  if (!pending || pending.expires < Date.now()) return json({ error: 'expired_token' }, 400);
  const since = Date.now() - pending.lastPoll;
  pending.lastPoll = Date.now();
  if (pending.state === 'denied') return json({ error: 'access_denied' }, 401);
  if (pending.state === 'approved') {
    pending.state = 'used';
    return json(answerOf(state, newSession(state)));
  }
  if (since < state.controls.interval * 900) {
    state.violations.push(`device polling after ${String(since)} ms (1.5: obey interval)`);
    return json({ error: 'slow_down' }, 400);
  }
  return json({ error: 'authorization_pending' }, 400);
}

const answerOf = (state: State, session: Session) => ({
  access_token: `access-${session.idToken.slice(-8)}`,
  token_type: 'bearer',
  expires_in: Math.floor(state.controls.tokenMs / 1000),
  refresh_token: session.refreshToken,
  id_token: session.idToken,
});

function challenge(state: State, asked: Asked): Reply {
  if (!/^\w{32}$/.test(asked.body.toString())) state.violations.push('a challenge of another form (1.6)');
  const response = random();
  state.pending.set(response, {
    kind: 'classic',
    code: asked.body.toString(),
    userCode: response,
    state: 'pending',
    expires: Date.now() + 180_000,
    lastPoll: 0,
  });
  return text(response);
}

function claim(state: State, asked: Asked): Reply {
  const given = jsonOf(asked.body) as { challenge?: string; response?: string } | undefined;
  const pending = state.pending.get(given?.response ?? '');
  if (!pending || pending.code !== given?.challenge) return json({ error: 'no such challenge' });
  if (pending.state === 'approved') {
    pending.state = 'used';
    return json({ token: tomlKeys(state, newSession(state)) });
  }
  if (pending.state === 'denied') return text('denied', 403);
  return json({ expiry: Math.floor(pending.expires / 1000) });
}

/** A refresh token is good for one use. Source: reference 1.3. */
function used(state: State, refreshToken: string): Session | undefined {
  const session = state.refresh.get(refreshToken);
  state.refresh.delete(refreshToken);
  if (!session) {
    state.violations.push('a refresh token was used that is not valid (any more) (1.3)');
    return undefined;
  }
  state.sessions.delete(session.idToken);
  return newSession(state, session.user);
}

function renew(state: State, asked: Asked): Reply {
  const [, refreshToken = ''] = /^Bearer (.+)$/.exec(asked.header('authorization') ?? '') ?? [];
  const session = used(state, refreshToken);
  return session ? text(toml(tomlKeys(state, session))) : text('invalid refresh token', 401);
}

function page(state: State, code: string): Reply {
  const pending = [...state.pending.values()].find(({ userCode }) => userCode === code);
  if (!pending) return html('<h1>This code is not known.</h1>');
  const shown = pending.kind === 'device' ? `<p>Code: <b>${pending.userCode}</b></p>` : '';
  return html(
    `<h1>Sign in to JuliaHub (stand-in)</h1>${shown}<form method="post" action="${state.url}/decide">` +
      `<input type="hidden" name="code" value="${pending.userCode}">` +
      '<button name="answer" value="approved">Approve</button> <button name="answer" value="denied">Deny</button></form>',
  );
}

function decide(state: State, asked: Asked): Reply {
  const fields = new URLSearchParams(asked.body.toString());
  const pending = [...state.pending.values()].find(({ userCode }) => userCode === fields.get('code'));
  if (pending) pending.state = fields.get('answer') === 'approved' ? 'approved' : 'denied';
  return html(`<h1>${pending?.state === 'approved' ? 'Approved' : 'Denied'}. You can close this tab.</h1>`);
}
