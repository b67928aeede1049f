import assert from 'node:assert/strict';
import { signInByChallenge } from '../../../../../src/backends/juliahub/auth/classicFlow.js';
import { signInByDevice } from '../../../../../src/backends/juliahub/auth/deviceFlow.js';
import { discoverSignInFlow, type SignInFlow } from '../../../../../src/backends/juliahub/auth/discovery.js';
import { isAbort, JobError } from '../../../../../src/core/domain/problem.js';
import { knows, never, passing, place, secondsFrom, until, world, type Reply, type World } from './world.js';

const shown = (): Promise<void> => Promise.resolve();

const device = ({ url }: World, scope?: string): Extract<SignInFlow, { kind: 'device' }> => ({
  kind: 'device',
  codeUrl: `${url}/dex/device/code`,
  tokenUrl: `${url}/dex/token`,
  refreshUrl: `${url}/auth/renew/token.toml/device/`,
  scope,
});

/** A server that returns a code, and these responses to token requests in order, repeating the last one. */
function answersInTurn(
  one: World,
  replies: readonly Reply[],
  code: Readonly<Record<string, unknown>> = {},
): number[] {
  const startMs = one.clock.now().getTime();
  const seconds: number[] = [];
  one.routes.set('POST /dex/device/code', () =>
    JSON.stringify({
      device_code: 'device-secret',
      user_code: 'FJMC-LPVR',
      verification_uri: `${one.url}/dex/device`,
      verification_uri_complete: `${one.url}/dex/device?user_code=FJMC-LPVR`,
      expires_in: 300,
      interval: 5,
      ...code,
    }),
  );
  one.routes.set('POST /dex/token', () => {
    seconds.push((one.clock.now().getTime() - startMs) / 1000);
    return replies[Math.min(seconds.length, replies.length) - 1] ?? 500;
  });
  return seconds;
}

const oauth = (status: number, error: string): Reply => ({ status, text: JSON.stringify({ error }) });
const pending = oauth(401, 'authorization_pending');
const tokens = JSON.stringify({
  access_token: 'acc',
  token_type: 'bearer',
  expires_in: 86_399,
  refresh_token: 'ref',
  id_token: 'idt',
});

const refused = (words: RegExp) => (error: unknown) =>
  error instanceof JobError && error.problem.kind === 'refused' && words.test(error.problem.words);

describe('the sign-in flow of a server', () => {
  let one: World;
  beforeEach(async () => (one = await world()));
  afterEach(() => one.end());

  const configuration = (over: Readonly<Record<string, unknown>> = {}): string =>
    JSON.stringify({
      auth_flows: ['classic', 'device'],
      device_authorization_endpoint: 'https://auth.example.org/code',
      device_token_endpoint: 'https://auth.example.org/token',
      device_token_refresh_url: 'https://example.org/renew',
      device_token_scope: 'openid',
      ...over,
    });

  it('is the device flow if the server offers it', async () => {
    one.routes.set('GET /auth/configuration', () => configuration());
    assert.deepEqual(await discoverSignInFlow(one.server, never), {
      kind: 'device',
      codeUrl: 'https://auth.example.org/code',
      tokenUrl: 'https://auth.example.org/token',
      refreshUrl: 'https://example.org/renew',
      scope: 'openid',
    });
    assert.equal(one.asked[0]?.headers.accept, 'application/json');
  });

  const classic: readonly (readonly [what: string, reply: Reply])[] = [
    ['it responds with another status', 404],
    ['it responds with a page', '<html>hello</html>'],
    ['it specifies no flow', '{}'],
    ['it specifies the classic flow', '{"auth_flows": ["classic"]}'],
    ['a URL of the device flow is missing', configuration({ device_token_endpoint: null })],
  ];
  for (const [what, reply] of classic)
    it(`is the classic flow if ${what}`, async () => {
      one.routes.set('GET /auth/configuration', () => reply);
      assert.deepEqual(await discoverSignInFlow(one.server, never), { kind: 'classic' });
    });

  for (const over of [
    { device_token_endpoint: 'http://auth.example.org/token' },
    { auth_flows: ['telepathy'] },
  ])
    it(`is rejected with ${JSON.stringify(over)}`, async () => {
      one.routes.set('GET /auth/configuration', () => configuration(over));
      await assert.rejects(
        discoverSignInFlow(one.server, never),
        (error) => error instanceof JobError && error.problem.kind === 'badAnswer',
      );
    });
});

describe('the device flow', () => {
  let one: World;
  beforeEach(async () => (one = await world()));
  afterEach(() => one.end());

  it('shows the page and the code, and returns the values of auth.toml', async () => {
    answersInTurn(one, [pending, tokens]);
    const pages: unknown[] = [];
    const open = (...page: unknown[]): Promise<void> => {
      pages.push(page);
      return Promise.resolve();
    };
    const values = await passing(
      one.clock,
      signInByDevice(device(one, 'openid email offline_access'), open, one.server, never),
    );
    assert.deepEqual(pages, [[`${one.url}/dex/device?user_code=FJMC-LPVR`, 'FJMC-LPVR']]);
    assert.deepEqual(values, {
      access_token: 'acc',
      token_type: 'bearer',
      expires_in: 86_399,
      refresh_token: 'ref',
      id_token: 'idt',
      refresh_url: `${one.url}/auth/renew/token.toml/device/`,
      expires: secondsFrom(one.clock, 86_399),
      expires_at: secondsFrom(one.clock, 86_399),
    });
    const [code, token] = one.asked;
    assert.equal(code?.body, 'client_id=device&scope=openid+email+offline_access');
    assert.equal(code.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(code.headers.accept, 'application/json');
    assert.equal(
      token?.body,
      'client_id=device&device_code=device-secret&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code',
    );
  });

  it('sends no scope if the server specifies none', async () => {
    answersInTurn(one, [tokens]);
    await passing(one.clock, signInByDevice(device(one), shown, one.server, never));
    assert.equal(one.asked[0]?.body, 'client_id=device');
  });

  it("polls at the server's interval, and less often after slow_down", async () => {
    const seconds = answersInTurn(one, [pending, oauth(400, 'slow_down'), pending, tokens], { interval: 3 });
    await passing(one.clock, signInByDevice(device(one), shown, one.server, never));
    assert.deepEqual(seconds, [3, 6, 14, 22]);
  });

  it('polls every five seconds if the server specifies no interval', async () => {
    const seconds = answersInTurn(one, [{ status: 400, text: '' }, pending, tokens], { interval: undefined });
    await passing(one.clock, signInByDevice(device(one), shown, one.server, never));
    assert.deepEqual(seconds, [5, 10, 15]);
  });

  it('continues, less often, while the server cannot respond', async () => {
    const seconds = answersInTurn(one, [503, 429, tokens]);
    await passing(one.clock, signInByDevice(device(one), shown, one.server, never));
    assert.deepEqual(seconds, [5, 15, 35]);
  });

  it('continues after a failed connection', async () => {
    const seconds = answersInTurn(one, [tokens]);
    let isBroken = true;
    const ask: typeof one.server.http.ask = (call, signal) => {
      if (!call.url.endsWith('/dex/token') || !isBroken) return one.server.http.ask(call, signal);
      isBroken = false;
      return Promise.reject(new JobError({ kind: 'offline', place, why: 'reset' }));
    };
    const server = { ...one.server, http: { ...one.server.http, ask } };
    await passing(one.clock, signInByDevice(device(one), shown, server, never));
    assert.deepEqual(seconds, [15]);
  });

  it('ends when the user denies it', async () => {
    const seconds = answersInTurn(one, [pending, oauth(401, 'access_denied')]);
    const work = signInByDevice(device(one), shown, one.server, never);
    await assert.rejects(passing(one.clock, work), refused(/^the sign-in was denied in the browser\.$/));
    assert.equal(seconds.length, 2);
  });

  it('ends when the server reports that the code has expired', async () => {
    answersInTurn(one, [oauth(400, 'expired_token')]);
    const work = signInByDevice(device(one), shown, one.server, never);
    await assert.rejects(passing(one.clock, work), refused(/expired before it was approved/));
  });

  it('ends when the code has expired, though the server still reports pending', async () => {
    const seconds = answersInTurn(one, [pending], { expires_in: 12 });
    const work = signInByDevice(device(one), shown, one.server, never);
    await assert.rejects(passing(one.clock, work), refused(/expired before it was approved/));
    assert.deepEqual(seconds, [5, 10, 12]);
  });

  it("ends with the server's words on any other error, without the code", async () => {
    const text = JSON.stringify({ error: 'invalid_client', error_description: 'no client, device-secret' });
    answersInTurn(one, [{ status: 401, text }]);
    const work = signInByDevice(device(one), shown, one.server, never);
    await assert.rejects(
      passing(one.clock, work),
      refused(/^no client, … \(invalid_client\) \(status 401\)$/),
    );
  });

  it('ends if the required token is missing', async () => {
    answersInTurn(one, [JSON.stringify({ access_token: 'acc', expires_in: 5 })]);
    await assert.rejects(
      passing(one.clock, signInByDevice(device(one), shown, one.server, never)),
      (error) => error instanceof JobError && error.problem.kind === 'badAnswer' && !('cause' in error),
    );
  });

  it('opens no page without TLS', async () => {
    answersInTurn(one, [tokens], { verification_uri_complete: 'http://example.org/dex/device' });
    const pages: string[] = [];
    const open = (url: string): Promise<void> => {
      pages.push(url);
      return Promise.resolve();
    };
    await assert.rejects(
      signInByDevice(device(one), open, one.server, never),
      (error) => error instanceof JobError && error.problem.kind === 'badAnswer',
    );
    assert.deepEqual(pages, []);
  });

  it('stops immediately, also while the page is being shown and while the server does not respond', async () => {
    const silence = new Promise<Reply>(() => undefined);
    answersInTurn(one, []);
    one.routes.set('POST /dex/token', () => silence);
    const open = (): Promise<void> => new Promise(() => undefined);
    for (const seconds of [0, 5]) {
      const stop = new AbortController();
      const work = signInByDevice(device(one), open, one.server, stop.signal);
      await until(() => one.clock.sleepers() > 0);
      if (seconds > 0) await one.clock.advance(seconds * 1000);
      stop.abort();
      await assert.rejects(work, isAbort);
      assert.equal(one.clock.sleepers(), 0);
    }
  });

  it('rethrows the error of showing the page', async () => {
    answersInTurn(one, [pending]);
    const open = (): Promise<void> => Promise.reject(new Error('no browser'));
    await assert.rejects(signInByDevice(device(one), open, one.server, never), /no browser/);
    assert.equal(one.clock.sleepers(), 0);
  });
});

describe('the classic flow', () => {
  let one: World;
  let seconds: number[];
  beforeEach(async () => {
    one = await world();
    seconds = [];
  });
  afterEach(() => one.end());

  /** A server that returns these responses to claims in order, repeating the last one. */
  const claims = (replies: readonly (Reply | (() => Reply))[]): void => {
    const startMs = one.clock.now().getTime();
    one.routes.set('POST /auth/challenge', () => 'an=opaque&response');
    one.routes.set('POST /auth/claimtoken', () => {
      seconds.push((one.clock.now().getTime() - startMs) / 1000);
      const reply = replies[Math.min(seconds.length, replies.length) - 1] ?? 500;
      return typeof reply === 'function' ? reply() : reply;
    });
  };
  const expiry = (value: number): string => JSON.stringify({ expiry: value });
  const token = {
    id_token: 'idt',
    access_token: 'acc',
    refresh_token: 'ref',
    refresh_url: 'https://example.org/auth/renew/token.toml/v2/',
    expires_in: 3600,
    expires: 1,
    user_name: 'ada',
    extra: true,
  };

  it("shows the page of the response, and returns all of the server's values with local times", async () => {
    claims([expiry(secondsFrom(one.clock, 300)), JSON.stringify({ token })]);
    const pages: unknown[] = [];
    const open = (...page: unknown[]): Promise<void> => {
      pages.push(page);
      return Promise.resolve();
    };
    const values = await passing(one.clock, signInByChallenge(open, one.server, never));
    const end = secondsFrom(one.clock, 3600);
    assert.deepEqual(values, { ...token, expires: end, expires_at: end });
    assert.deepEqual(pages, [[`${one.url}/auth/response?an=opaque&response`, undefined]]);
    assert.deepEqual(seconds, [5, 10]);
    const challenge = one.asked[0]?.body ?? '';
    assert.match(challenge, /^[A-Za-z0-9]{32}$/);
    assert.deepEqual(JSON.parse(one.asked[1]?.body ?? ''), { challenge, response: 'an=opaque&response' });
    assert.equal(one.asked[1]?.headers['content-type'], undefined);
  });

  it('uses another challenge each time', async () => {
    claims([JSON.stringify({ token })]);
    await passing(one.clock, signInByChallenge(shown, one.server, never));
    await passing(one.clock, signInByChallenge(shown, one.server, never));
    assert.notEqual(one.asked[0]?.body, one.asked[2]?.body);
  });

  const ends: readonly (readonly [what: string, expiry: (one: World) => number, lastS: number])[] = [
    ["at the server's time", (here) => secondsFrom(here.clock, 12), 12],
    ["after the server's number of seconds", () => 12, 12],
    ['after a quarter of an hour at most', (here) => secondsFrom(here.clock, 90_000), 900],
  ];
  for (const [what, told, lastS] of ends)
    it(`ends ${what}`, async () => {
      claims([expiry(told(one))]);
      const work = passing(one.clock, signInByChallenge(shown, one.server, never));
      await assert.rejects(work, refused(/not approved in time/));
      // The first second may already have started when the time was rounded.
      assert.ok(Math.abs((seconds.at(-1) ?? 0) - lastS) <= 5, String(seconds.at(-1)));
    });

  it('ends after 20 responses that are not understood', async () => {
    claims(['nonsense', '{"hello": 1}']);
    await assert.rejects(
      passing(one.clock, signInByChallenge(shown, one.server, never)),
      (error) => error instanceof JobError && error.problem.kind === 'badAnswer',
    );
    assert.equal(seconds.length, 20);
  });

  it("ends on any other status with the server's words", async () => {
    claims([expiry(300), { status: 403, text: 'denied by ada' }]);
    const work = passing(one.clock, signInByChallenge(shown, one.server, never));
    await assert.rejects(work, refused(/^denied by ada \(status 403\)$/));
  });

  it('ends if the server returns no challenge that can be shown', async () => {
    claims([]);
    one.routes.set('POST /auth/challenge', () => '<html>\n hello');
    await assert.rejects(
      signInByChallenge(shown, one.server, never),
      (error) => error instanceof JobError && error.problem.kind === 'badAnswer',
    );
  });

  it('stops immediately', async () => {
    claims([expiry(300)]);
    const stop = new AbortController();
    const work = signInByChallenge(shown, one.server, stop.signal);
    await until(() => one.clock.sleepers() > 0);
    stop.abort();
    await assert.rejects(work, isAbort);
    assert.equal(one.clock.sleepers(), 0);
  });
});

describe('the client id', () => {
  it('is taken from the environment', async () => {
    const one = await world();
    try {
      answersInTurn(one, [tokens]);
      knows(one, { idt: 'ada' });
      const { codeUrl, tokenUrl, refreshUrl } = device(one);
      one.routes.set('GET /auth/configuration', () =>
        JSON.stringify({
          auth_flows: ['device'],
          device_authorization_endpoint: codeUrl,
          device_token_endpoint: tokenUrl,
          device_token_refresh_url: refreshUrl,
        }),
      );
      const { account } = one.signIn({ env: { JULIA_PKG_AUTHENTICATION_DEVICE_CLIENT_ID: 'my client' } });
      await passing(one.clock, account.signIn({ by: 'browser', open: shown }, never));
      assert.equal(
        one.asked.find(({ what }) => what === 'POST /dex/device/code')?.body,
        'client_id=my+client',
      );
    } finally {
      await one.end();
    }
  });
});
