import assert from 'node:assert/strict';
import { signInByChallenge } from '../../../../../src/backends/juliahub/auth/classicFlow.js';
import { signInByDevice } from '../../../../../src/backends/juliahub/auth/deviceFlow.js';
import { discoverFlow, type Flow } from '../../../../../src/backends/juliahub/auth/discovery.js';
import { isAbort, JobError } from '../../../../../src/core/domain/problem.js';
import { knows, never, passing, place, secondsFrom, until, world, type Reply, type World } from './world.js';

const shown = (): Promise<void> => Promise.resolve();

const device = ({ url }: World, scope?: string): Extract<Flow, { kind: 'device' }> => ({
  kind: 'device',
  codeUrl: `${url}/dex/device/code`,
  tokenUrl: `${url}/dex/token`,
  refreshUrl: `${url}/auth/renew/token.toml/device/`,
  scope,
});

/** A server that gives a code, and answers each question for the token with the next of these, the last for ever. */
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

describe('how a server lets programs sign in', () => {
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

  it('is the device flow where the server offers it', async () => {
    one.routes.set('GET /auth/configuration', () => configuration());
    assert.deepEqual(await discoverFlow(one.server, never), {
      kind: 'device',
      codeUrl: 'https://auth.example.org/code',
      tokenUrl: 'https://auth.example.org/token',
      refreshUrl: 'https://example.org/renew',
      scope: 'openid',
    });
    assert.equal(one.asked[0]?.headers.accept, 'application/json');
  });

  const classic: readonly (readonly [what: string, reply: Reply])[] = [
    ['it answers with another status', 404],
    ['it answers with a page', '<html>hello</html>'],
    ['it names no flow', '{}'],
    ['it names the classic flow', '{"auth_flows": ["classic"]}'],
    ['it lacks an address for the device flow', configuration({ device_token_endpoint: null })],
  ];
  for (const [what, reply] of classic)
    it(`is the classic flow where ${what}`, async () => {
      one.routes.set('GET /auth/configuration', () => reply);
      assert.deepEqual(await discoverFlow(one.server, never), { kind: 'classic' });
    });

  for (const over of [
    { device_token_endpoint: 'http://auth.example.org/token' },
    { auth_flows: ['telepathy'] },
  ])
    it(`is not known with ${JSON.stringify(over)}`, async () => {
      one.routes.set('GET /auth/configuration', () => configuration(over));
      await assert.rejects(
        discoverFlow(one.server, never),
        (error) => error instanceof JobError && error.problem.kind === 'badAnswer',
      );
    });
});

describe('signing in by device', () => {
  let one: World;
  beforeEach(async () => (one = await world()));
  afterEach(() => one.end());

  it('shows the page and the code, and gives what belongs in auth.toml', async () => {
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

  it('sends no scope where the server names none', async () => {
    answersInTurn(one, [tokens]);
    await passing(one.clock, signInByDevice(device(one), shown, one.server, never));
    assert.equal(one.asked[0]?.body, 'client_id=device');
  });

  it('asks as often as the server wants, and less often when told to slow down', async () => {
    const seconds = answersInTurn(one, [pending, oauth(400, 'slow_down'), pending, tokens], { interval: 3 });
    await passing(one.clock, signInByDevice(device(one), shown, one.server, never));
    assert.deepEqual(seconds, [3, 6, 14, 22]);
  });

  it('asks every five seconds where the server names no interval', async () => {
    const seconds = answersInTurn(one, [{ status: 400, text: '' }, pending, tokens], { interval: undefined });
    await passing(one.clock, signInByDevice(device(one), shown, one.server, never));
    assert.deepEqual(seconds, [5, 10, 15]);
  });

  it('goes on, less often, while the server cannot answer', async () => {
    const seconds = answersInTurn(one, [503, 429, tokens]);
    await passing(one.clock, signInByDevice(device(one), shown, one.server, never));
    assert.deepEqual(seconds, [5, 15, 35]);
  });

  it('goes on where the connection breaks', async () => {
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

  it('ends when the server says that the code has expired', async () => {
    answersInTurn(one, [oauth(400, 'expired_token')]);
    const work = signInByDevice(device(one), shown, one.server, never);
    await assert.rejects(passing(one.clock, work), refused(/expired before it was approved/));
  });

  it('ends when the time of the code is over, though the server keeps waiting', async () => {
    const seconds = answersInTurn(one, [pending], { expires_in: 12 });
    const work = signInByDevice(device(one), shown, one.server, never);
    await assert.rejects(passing(one.clock, work), refused(/expired before it was approved/));
    assert.deepEqual(seconds, [5, 10, 12]);
  });

  it('ends with the words of the server on any other error, without the code in them', async () => {
    const text = JSON.stringify({ error: 'invalid_client', error_description: 'no client, device-secret' });
    answersInTurn(one, [{ status: 401, text }]);
    const work = signInByDevice(device(one), shown, one.server, never);
    await assert.rejects(
      passing(one.clock, work),
      refused(/^no client, … \(invalid_client\) \(status 401\)$/),
    );
  });

  it('ends when the tokens lack the one that is needed', async () => {
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

  it('stops at once, also while the page is being shown and while the server is silent', async () => {
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

  it('ends with what the page could not be shown for', async () => {
    answersInTurn(one, [pending]);
    const open = (): Promise<void> => Promise.reject(new Error('no browser'));
    await assert.rejects(signInByDevice(device(one), open, one.server, never), /no browser/);
    assert.equal(one.clock.sleepers(), 0);
  });
});

describe('signing in by a challenge', () => {
  let one: World;
  let seconds: number[];
  beforeEach(async () => {
    one = await world();
    seconds = [];
  });
  afterEach(() => one.end());

  /** A server that answers each claim with the next of these, the last for ever. */
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

  it('shows the page by the response, and gives all that the server told, with our own times', async () => {
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

  it('makes another challenge each time', async () => {
    claims([JSON.stringify({ token })]);
    await passing(one.clock, signInByChallenge(shown, one.server, never));
    await passing(one.clock, signInByChallenge(shown, one.server, never));
    assert.notEqual(one.asked[0]?.body, one.asked[2]?.body);
  });

  const ends: readonly (readonly [what: string, expiry: (one: World) => number, lastS: number])[] = [
    ['at the time that the server tells', (here) => secondsFrom(here.clock, 12), 12],
    ['after the seconds that the server tells', () => 12, 12],
    ['after a quarter of an hour at most', (here) => secondsFrom(here.clock, 90_000), 900],
  ];
  for (const [what, told, lastS] of ends)
    it(`ends ${what}`, async () => {
      claims([expiry(told(one))]);
      const work = passing(one.clock, signInByChallenge(shown, one.server, never));
      await assert.rejects(work, refused(/not approved in time/));
      // The first second may have begun already when the time was told as a whole one.
      assert.ok(Math.abs((seconds.at(-1) ?? 0) - lastS) <= 5, String(seconds.at(-1)));
    });

  it('ends after 20 answers that make no sense', async () => {
    claims(['nonsense', '{"hello": 1}']);
    await assert.rejects(
      passing(one.clock, signInByChallenge(shown, one.server, never)),
      (error) => error instanceof JobError && error.problem.kind === 'badAnswer',
    );
    assert.equal(seconds.length, 20);
  });

  it('ends on any other status with the words of the server', async () => {
    claims([expiry(300), { status: 403, text: 'denied by ada' }]);
    const work = passing(one.clock, signInByChallenge(shown, one.server, never));
    await assert.rejects(work, refused(/^denied by ada \(status 403\)$/));
  });

  it('ends where the server gives no challenge that can be shown', async () => {
    claims([]);
    one.routes.set('POST /auth/challenge', () => '<html>\n hello');
    await assert.rejects(
      signInByChallenge(shown, one.server, never),
      (error) => error instanceof JobError && error.problem.kind === 'badAnswer',
    );
  });

  it('stops at once', async () => {
    claims([expiry(300)]);
    const stop = new AbortController();
    const work = signInByChallenge(shown, one.server, stop.signal);
    await until(() => one.clock.sleepers() > 0);
    stop.abort();
    await assert.rejects(work, isAbort);
    assert.equal(one.clock.sleepers(), 0);
  });
});

describe('the client that asks for a code', () => {
  it('is called as the environment wants it', async () => {
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
