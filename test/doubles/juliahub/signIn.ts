import { newSession, random, refreshed, renew, tomlKeys } from './auth.js';
import { json, objectOf, text, type Asked, type Reply } from './http.js';
import { approvalPage, codePage, html } from './pages.js';
import { now, violate, type Pending, type Session, type State } from './state.js';

/** The routes that do not require an id token. Source: docs/protocols/juliahub.md, 1.3 to 1.6. */
export function signInRoute(state: State, asked: Asked): Reply | undefined {
  switch (`${asked.method} /${asked.path.join('/')}`) {
    case 'GET /auth/configuration':
      return configuration(state, asked);
    case 'POST /auth/device/code':
    case 'POST /dex/device/code':
      return deviceCode(state, asked);
    case 'POST /auth/token':
    case 'POST /dex/token':
      return token(state, asked);
    case 'GET /dex/device':
      return devicePage(state, asked.query.get('user_code'));
    case 'POST /auth/challenge':
      return challenge(state, asked);
    case 'GET /auth/response':
      return page(state, decodeURIComponent(asked.request.url?.split('?')[1] ?? ''));
    case 'POST /auth/claimtoken':
      return claim(state, asked);
    case 'GET /auth/renew/token.toml/v2':
    case 'GET /auth/renew/token.toml/device':
      return renew(state, asked);
    case 'POST /decide':
      return decide(state, asked);
    default:
      return undefined;
  }
}

/** Source: docs/protocols/juliahub.md, 1.4. */
function configuration(state: State, asked: Asked): Reply {
  if (!asked.header('accept')?.includes('application/json'))
    violate(state, 'auth/configuration without Accept: application/json', '1.4');
  const { flows } = state.controls;
  if (!flows) return json({});
  if (!flows.includes('device')) return json({ auth_flows: flows });
  return json({
    auth_flows: flows,
    device_authorization_endpoint: `${state.url}/auth/device/code`,
    device_token_endpoint: `${state.url}/auth/token`,
    device_token_refresh_url: deviceRefreshUrl(state),
    device_token_scope: scope,
  });
}

const scope = 'openid email profile offline_access';

const deviceRefreshUrl = (state: State): string =>
  state.controls.refreshStyle === 'dex'
    ? `${state.url}/dex/token`
    : `${state.url}/auth/renew/token.toml/device/`;

function form(state: State, asked: Asked): URLSearchParams {
  const way = asked.path.join('/');
  if (asked.header('content-type')?.split(';')[0] !== 'application/x-www-form-urlencoded')
    violate(state, `${way} is not form-encoded`, '1.5');
  const fields = new URLSearchParams(asked.body.toString());
  if (!fields.get('client_id')) violate(state, `${way} without client_id`, '1.5');
  return fields;
}

/** Source: docs/protocols/juliahub.md, 1.5 (1). */
function deviceCode(state: State, asked: Asked): Reply {
  const fields = form(state, asked);
  if (!asked.header('accept')?.includes('application/json'))
    violate(state, 'device code without Accept: application/json', '1.5');
  const asks = fields.get('scope');
  if (asks !== null && asks !== scope) violate(state, `device code with the scope ${asks}`, '1.5');
  const userCode = `${random(2)}-${random(2)}`.toUpperCase();
  const pending = newPending(state, 'device', random(), userCode);
  state.pending.set(pending.code, pending);
  state.secrets.add(pending.code);
  return json({
    device_code: pending.code,
    user_code: userCode,
    verification_uri: `${state.url}/dex/device`,
    verification_uri_complete: `${state.url}/dex/device?user_code=${userCode}`,
    expires_in: Math.ceil(state.controls.codeMs / 1000),
    interval: state.controls.interval,
  });
}

const newPending = (state: State, kind: Pending['kind'], code: string, userCode: string): Pending => ({
  kind,
  code,
  userCode,
  state: 'pending',
  expires: now(state) + state.controls.codeMs,
  lastPoll: 0,
  intervalMs: state.controls.interval * 1000,
});

/** Source: docs/protocols/juliahub.md, 1.5 (3); style B of 1.3. */
function token(state: State, asked: Asked): Reply {
  const fields = form(state, asked);
  switch (fields.get('grant_type')) {
    case 'refresh_token': {
      const session = refreshed(state, fields.get('refresh_token') ?? '');
      return session ? json(answerOf(state, session)) : json({ error: 'invalid_grant' }, 401);
    }
    case 'urn:ietf:params:oauth:grant-type:device_code':
      return poll(state, state.pending.get(fields.get('device_code') ?? ''));
    default:
      violate(state, `token with the grant_type ${String(fields.get('grant_type'))}`, '1.5');
      return json({ error: 'unsupported_grant_type' }, 400);
  }
}

function poll(state: State, pending: Pending | undefined): Reply {
  if (pending?.kind !== 'device' || pending.state === 'used') return json({ error: 'invalid_grant' }, 400);
  if (pending.expires < now(state)) return json({ error: 'expired_token' }, 400);
  const since = Date.now() - pending.lastPoll;
  pending.lastPoll = Date.now();
  if (pending.state === 'denied') return json({ error: 'access_denied' }, 401);
  if (pending.state === 'approved') {
    pending.state = 'used';
    return json(answerOf(state, newSession(state, undefined, deviceRefreshUrl(state))));
  }
  // RFC 8628, 3.5: each slow_down adds five seconds. Allows 10 % for clock differences and latency.
  if (since < pending.intervalMs * 0.9) {
    violate(
      state,
      `device polling after ${String(since)} ms instead of ${String(pending.intervalMs)}`,
      '1.5: obey interval, slow_down',
    );
    return json({ error: 'slow_down' }, 400);
  }
  if (state.controls.slowDowns > 0) {
    state.controls.slowDowns--;
    pending.intervalMs += 5000;
    return json({ error: 'slow_down' }, 400);
  }
  return json({ error: 'authorization_pending' }, state.controls.pendingStatus);
}

const answerOf = (state: State, session: Session): unknown => ({
  access_token: session.accessToken,
  token_type: 'bearer',
  expires_in: Math.floor(state.controls.tokenMs / 1000),
  refresh_token: session.refreshToken,
  id_token: session.idToken,
});

/** Source: docs/protocols/juliahub.md, 1.6 (1). */
function challenge(state: State, asked: Asked): Reply {
  const code = asked.body.toString();
  if (!/^[\x21-\x7e]{32}$/.test(code)) violate(state, 'a challenge that is not 32 characters', '1.6');
  const response = random();
  state.pending.set(response, newPending(state, 'classic', code, response));
  state.secrets.add(code).add(response);
  return text(response);
}

/** Source: docs/protocols/juliahub.md, 1.6 (3). */
function claim(state: State, asked: Asked): Reply {
  const given = objectOf(asked.body);
  const pending = state.pending.get(typeof given['response'] === 'string' ? given['response'] : '');
  if (pending?.kind !== 'classic' || pending.code !== given['challenge'])
    return json({ error: 'unknown challenge' });
  if (pending.expires < now(state)) return json({ error: 'expired' });
  if (pending.state === 'approved') {
    pending.state = 'used';
    return json({ token: tomlKeys(state, newSession(state)) });
  }
  if (pending.state !== 'pending') return text(pending.state, 403);
  const until = state.controls.classicExpiry === 'point' ? 0 : now(state);
  return json({ expiry: Math.ceil((pending.expires - until) / 1000) });
}

const devicePage = (state: State, code: string | null): Reply =>
  code === null ? codePage() : page(state, code);

function find(state: State, code: string): Pending | undefined {
  return [...state.pending.values()].find((one) => one.userCode === code && one.expires >= now(state));
}

function page(state: State, code: string): Reply {
  const pending = find(state, code);
  if (!pending) return html('<h1>Unknown code.</h1>', 404);
  const shown = pending.kind === 'device' ? pending.userCode : undefined;
  return approvalPage(`${state.url}/decide`, state.controls.user, code, shown);
}

function decide(state: State, asked: Asked): Reply {
  const fields = new URLSearchParams(asked.body.toString());
  const pending = find(state, fields.get('code') ?? '');
  if (!pending) return html('<h1>Unknown code.</h1>', 404);
  if (pending.state === 'pending')
    pending.state = fields.get('answer') === 'approved' ? 'approved' : 'denied';
  return html(`<h1>${pending.state === 'denied' ? 'Denied' : 'Approved'}. You can close this tab.</h1>`);
}
