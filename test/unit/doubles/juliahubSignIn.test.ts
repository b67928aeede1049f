import assert from 'node:assert/strict';
import { parse } from 'smol-toml';
import type { Double } from '../../doubles/juliahub/double.js';
import { bearer, withHub } from './juliahubAsk.js';

const formOf = (fields: Readonly<Record<string, string>>) => ({
  method: 'POST',
  headers: { Accept: 'application/json' },
  body: new URLSearchParams(fields),
});

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

async function deviceCode({ url }: Double): Promise<Record<string, string>> {
  const answer = await fetch(`${url}/auth/device/code`, formOf({ client_id: 'device' }));
  return (await answer.json()) as Record<string, string>;
}

const poll = (double: Double, code = ''): Promise<Response> =>
  fetch(
    `${double.url}/auth/token`,
    formOf({ client_id: 'device', grant_type: deviceGrant, device_code: code }),
  );

const decide = ({ url }: Double, code: string, answer: string): Promise<Response> =>
  fetch(`${url}/decide`, { method: 'POST', body: new URLSearchParams({ code, answer }) });

const apiStatus = async ({ url }: Double, token: string): Promise<number> =>
  (await fetch(`${url}/api/v1`, { headers: bearer(token) })).status;

describe('JuliaHub stand-in: sign-in', () => {
  it('returns its flows, or none (1.4)', () =>
    withHub({}, async (double) => {
      const ask = async (): Promise<unknown> =>
        (await fetch(`${double.url}/auth/configuration`, { headers: { Accept: 'application/json' } })).json();
      assert.deepEqual(await ask(), {
        auth_flows: ['classic', 'device'],
        device_authorization_endpoint: `${double.url}/auth/device/code`,
        device_token_endpoint: `${double.url}/auth/token`,
        device_token_refresh_url: `${double.url}/auth/renew/token.toml/device/`,
        device_token_scope: 'openid email profile offline_access',
      });
      double.controls.flows = undefined;
      assert.deepEqual(await ask(), {});
    }));

  it('signs in by a device code after its page was approved (1.5)', () =>
    withHub({ controls: { interval: 0 } }, async (double) => {
      const code = await deviceCode(double);
      const page = await (await fetch(code['verification_uri_complete'] ?? '')).text();
      assert.match(page, new RegExp(`<b>${code['user_code'] ?? ''}</b>`));
      assert.match(page, />Approve<.*>Deny</);
      const waiting = await poll(double, code['device_code']);
      assert.deepEqual([waiting.status, await waiting.json()], [400, { error: 'authorization_pending' }]);
      await decide(double, code['user_code'] ?? '', 'approved');
      const done = (await (await poll(double, code['device_code'])).json()) as Record<string, string>;
      assert.deepEqual(Object.keys(done).sort(), [
        'access_token',
        'expires_in',
        'id_token',
        'refresh_token',
        'token_type',
      ]);
      assert.equal(await apiStatus(double, done['id_token'] ?? ''), 200);
      const again = await poll(double, code['device_code']);
      assert.deepEqual(await again.json(), { error: 'invalid_grant' });
    }));

  it('distinguishes a denied from an expired code (1.5)', () =>
    withHub({ controls: { interval: 0 } }, async (double) => {
      const denied = await deviceCode(double);
      await decide(double, denied['user_code'] ?? '', 'denied');
      assert.deepEqual(await (await poll(double, denied['device_code'])).json(), { error: 'access_denied' });
      double.controls.codeMs = -1;
      const expired = await deviceCode(double);
      assert.deepEqual(await (await poll(double, expired['device_code'])).json(), { error: 'expired_token' });
    }));

  it('requests slower polls, and records polls that are too early (1.5)', () =>
    withHub(
      { controls: { interval: 0, slowDowns: 1 } },
      async (double) => {
        const { device_code: code } = await deviceCode(double);
        assert.deepEqual(await (await poll(double, code)).json(), { error: 'slow_down' });
        assert.deepEqual(await (await poll(double, code)).json(), { error: 'slow_down' });
      },
      [/device polling after \d+ ms instead of 5000/],
    ));

  it('signs in by challenge and response (1.6)', () =>
    withHub({}, async (double) => {
      const challenge = 'c'.repeat(32);
      const ask = async (path: string, body: string): Promise<string> =>
        (await fetch(`${double.url}/auth/${path}`, { method: 'POST', body: Buffer.from(body) })).text();
      const response = await ask('challenge', challenge);
      const claim = JSON.stringify({ challenge, response });
      const { expiry } = JSON.parse(await ask('claimtoken', claim)) as { expiry: number };
      assert.ok(expiry > Date.now() / 1000, 'a point in time');
      double.controls.classicExpiry = 'remaining';
      const left = JSON.parse(await ask('claimtoken', claim)) as { expiry: number };
      assert.ok(left.expiry <= 300, 'seconds that remain');
      assert.match(await (await fetch(`${double.url}/auth/response?${response}`)).text(), />Approve</);
      await decide(double, response, 'approved');
      const { token } = JSON.parse(await ask('claimtoken', claim)) as { token: Record<string, string> };
      assert.equal(token['refresh_url'], `${double.url}/auth/renew/token.toml/v2/`);
      assert.equal(await apiStatus(double, token['id_token'] ?? ''), 200);
    }));

  it('refreshes as TOML, each refresh token once (1.3)', () =>
    withHub(
      {},
      async (double) => {
        const { refreshToken, refreshUrl, idToken } = double.issue('bob');
        const answer = await fetch(refreshUrl, { headers: bearer(refreshToken) });
        const keys = parse(await answer.text());
        assert.equal(keys['user_name'], 'bob');
        assert.notEqual(keys['refresh_token'], refreshToken);
        assert.notEqual(keys['id_token'], idToken);
        assert.equal(
          await apiStatus(double, typeof keys['id_token'] === 'string' ? keys['id_token'] : ''),
          200,
        );
        assert.equal(await apiStatus(double, idToken), 200);
        assert.equal((await fetch(refreshUrl, { headers: bearer(refreshToken) })).status, 401);
      },
      [/a refresh token was used twice/],
    ));

  it('refreshes as JSON at /dex/token (1.3)', () =>
    withHub({ controls: { refreshStyle: 'dex', oldTokenDies: true } }, async (double) => {
      const { refreshToken, refreshUrl, idToken } = double.issue();
      assert.equal(refreshUrl, `${double.url}/dex/token`);
      const fields = { client_id: 'device', grant_type: 'refresh_token', refresh_token: refreshToken };
      const answer = (await (await fetch(refreshUrl, formOf(fields))).json()) as Record<string, string>;
      assert.equal(await apiStatus(double, answer['id_token'] ?? ''), 200);
      assert.equal(await apiStatus(double, idToken), 401);
    }));

  it('does not record an invalidated refresh token as a violation (1.3)', () =>
    withHub({}, async (double) => {
      const { refreshToken, refreshUrl } = double.issue();
      double.invalidate(true);
      assert.equal((await fetch(refreshUrl, { headers: bearer(refreshToken) })).status, 401);
    }));

  it('refuses invalidated and expired tokens with the configured status (1.7)', () =>
    withHub({}, async (double) => {
      const [one, other] = [double.token(), double.token()];
      double.invalidate(false, one);
      assert.equal(await apiStatus(double, one), 401);
      assert.equal(await apiStatus(double, other), 200);
      double.controls.invalidStatus = 500;
      assert.equal(await apiStatus(double, one), 500);
      double.controls.clockSkewMs = 86_400_001;
      assert.equal(await apiStatus(double, other), 500);
    }));

  it('records a missing token, another scheme, and a token of another kind (1.2, 1.8)', () =>
    withHub(
      {},
      async (double) => {
        const session = double.issue();
        for (const headers of [{}, { Authorization: 'Basic eA==' }, bearer(session.accessToken)])
          assert.equal((await fetch(`${double.url}/api/v1`, { headers })).status, 401);
      },
      [/without a token/, /other than Bearer/, /with the access token instead/],
    ));

  it('responds like other versions (1.7)', () =>
    withHub({}, async (double) => {
      const ask = (): Promise<Response> => fetch(`${double.url}/api/v1`, { headers: bearer(double.token()) });
      double.controls.noUsername = true;
      double.controls.apiVersion = '0.0.1';
      assert.deepEqual(await (await ask()).json(), {
        api_version: '0.0.1',
        timezone: { abbreviation: 'Etc/UTC', utc_offset: '+00:00' },
      });
      double.controls.legacy = true;
      assert.equal((await ask()).status, 404);
    }));

  it('returns only the fields of a query, under the requested names (1.7, 8)', () =>
    withHub(
      {},
      async (double) => {
        const ask = async (query: string, headers: Record<string, string> = { 'X-Hasura-Role': 'jhuser' }) =>
          fetch(`${double.url}/v1/graphql`, {
            method: 'POST',
            headers: { ...bearer(double.token()), ...headers },
            body: JSON.stringify({ operationName: null, variables: { most: 1 }, query }),
          });
        const users = await ask('query { users { id username info: emails { email } } }');
        assert.deepEqual(await users.json(), {
          data: { users: [{ id: 42, username: 'ada', info: [{ email: 'ada@example.org' }] }] },
        });
        const projects = await ask(
          'query P($most: Int) { projects(limit: $most, order_by: {name: asc}) { name } }',
        );
        assert.deepEqual(await projects.json(), { data: { projects: [{ name: 'Climate' }] } });
        assert.deepEqual(await (await ask('{ users { shoe_size } }')).json(), {
          errors: [{ message: "field 'shoe_size' not found in type" }],
        });
        assert.equal((await ask('{ users { id } }', {})).status, 403);
      },
      [/graphql without X-Hasura-Role/],
    ));
});
