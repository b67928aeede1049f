import assert from 'node:assert/strict';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { inspect } from 'node:util';
import { createNotice } from '../../../../../src/core/presentation/notice.js';
import { isAbort, JobError, type JobProblem } from '../../../../../src/core/domain/problem.js';
import { systemClock } from '../../../../../src/lib/node/systemClock.js';
import {
  knows,
  never,
  passing,
  place,
  secondsFrom,
  signInFor,
  tomlOf,
  until,
  world,
  type World,
} from './world.js';

const renewUrl = 'GET /auth/renew/token.toml/v2/';
const signedOut: JobProblem = { kind: 'signedOut', place };

const problem = (expected: JobProblem) => (error: unknown) => {
  assert.ok(error instanceof JobError, inspect(error));
  assert.deepEqual(error.problem, expected);
  return true;
};

/**
 * A server that accepts each refresh token once and returns the next of these tokens, each valid for
 * `seconds`.
 */
function rotates(one: World, tokens: readonly string[], seconds = 86_400): void {
  const used = new Set<string>();
  const left = [...tokens];
  one.routes.set(renewUrl, ({ headers }) => {
    const given = headers.authorization ?? '';
    const next = left.shift();
    if (used.has(given) || next === undefined) return 401;
    used.add(given);
    // The clock of this server is an hour behind.
    return tomlOf({ ...signInFor(one, next, seconds - 3600), expires_in: seconds });
  });
}

describe('the token of a sign-in', () => {
  let one: World;
  beforeEach(async () => (one = await world()));
  afterEach(() => one.end());

  it('is that of the depot, without a request to the server', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    assert.equal(await one.signIn().tokens.getToken(never), 'idt');
    assert.equal(await one.signIn().account.getToken(never), 'idt');
    assert.deepEqual(one.asked, []);
  });

  it('is that of the depot in the environment', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    const env = { JULIA_DEPOT_PATH: `~/.julia` };
    assert.equal(await one.signIn({ env }).tokens.getToken(never), 'idt');
    await assert.rejects(
      one.signIn({ env: { JULIA_DEPOT_PATH: `${one.home}/other` } }).tokens.getToken(never),
      problem(signedOut),
    );
  });

  it('is missing if the user is not signed in, and nothing is sent', async () => {
    await assert.rejects(one.signIn().tokens.getToken(never), problem(signedOut));
    await one.keep({ access_token: 'a' });
    await assert.rejects(one.signIn().tokens.getToken(never), problem(signedOut));
    assert.deepEqual(one.asked, []);
  });

  it('is missing if the file is malformed, which is logged once and without its content', async () => {
    await one.keep({});
    await writeFile(one.authPath, 'id_token = "secret');
    const { tokens } = one.signIn();
    for (const _ of [1, 2])
      await assert.rejects(tokens.getToken(never), (error) => {
        assert.doesNotMatch(inspect(error, { depth: 9 }), /"secret|id_token = /);
        return problem(signedOut)(error);
      });
    assert.equal(one.log.lines.length, 1);
    assert.match(one.log.lines[0] ?? '', /^warn .*auth\.toml contains no readable sign-in/);
  });

  it('is renewed ten minutes before it expires, and the response replaces the file', async () => {
    await one.keep({ ...signInFor(one, 'old', 599), leftover: 'x' });
    rotates(one, ['new']);
    assert.equal(await one.signIn().tokens.getToken(never), 'new');
    assert.equal(one.asked[0]?.headers.authorization, 'Bearer refresh-old');
    const text = await one.keptText();
    assert.match(text, /^refresh_token = "refresh-new"$/m);
    assert.doesNotMatch(text, /leftover/);
    // By the local clock, since the server's clock is behind.
    assert.match(text, new RegExp(`^expires = ${secondsFrom(one.clock, 86_400)}$`, 'm'));
    assert.match(text, new RegExp(`^expires_at = ${secondsFrom(one.clock, 86_400)}$`, 'm'));
    assert.equal((await stat(one.authPath)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(dirname(one.authPath)), ['auth.toml']);
  });

  it('is not renewed eleven minutes before', async () => {
    await one.keep(signInFor(one, 'old', 660));
    assert.equal(await one.signIn().tokens.getToken(never), 'old');
    assert.deepEqual(one.asked, []);
  });

  it('is renewed depending on the age of the file', async () => {
    await one.keep({ ...signInFor(one, 'old', 86_400), expires_in: 3600 });
    const written = secondsFrom(one.clock, -3500);
    await utimes(one.authPath, written, written);
    rotates(one, ['new']);
    assert.equal(await one.signIn().tokens.getToken(never), 'new');
  });

  it('is renewed like `jh` does, and all other values of the file are retained', async () => {
    const url = `${one.url}/dex/token`;
    await one.keep({ ...signInFor(one, 'old', 60), refresh_url: url, name: 'Ada Example', mine: 7 });
    one.routes.set('POST /dex/token', () =>
      JSON.stringify({
        access_token: 'acc2',
        token_type: 'bearer',
        expires_in: 86_399,
        refresh_token: 'ref2',
        id_token: 'new',
        refresh_url: 'https://evil.example',
        nothing: null,
      }),
    );
    assert.equal(await one.signIn().tokens.getToken(never), 'new');
    assert.equal(one.asked[0]?.body, 'client_id=device&grant_type=refresh_token&refresh_token=refresh-old');
    assert.equal(one.asked[0].headers['content-type'], 'application/x-www-form-urlencoded');
    const end = secondsFrom(one.clock, 86_399);
    assert.deepEqual(
      new Set((await one.keptText()).trim().split('\n')),
      new Set([
        `expires_at = ${end}`,
        `expires = ${end}`,
        'expires_in = 86399',
        'id_token = "new"',
        'access_token = "acc2"',
        'refresh_token = "ref2"',
        `refresh_url = "${url}"`,
        'user_name = "ada"',
        'name = "Ada Example"',
        'mine = 7',
        'token_type = "bearer"',
      ]),
    );
  });

  it('keeps the old refresh token if the response has none', async () => {
    await one.keep(signInFor(one, 'old', 60));
    one.routes.set(renewUrl, () => tomlOf({ id_token: 'new', expires_in: 3600, expires: 1 }));
    assert.equal(await one.signIn().tokens.getToken(never), 'new');
    assert.match(await one.keptText(), /^refresh_token = "refresh-old"$/m);
    assert.match(await one.keptText(), /^refresh_url = /m);
  });

  it('is renewed once for concurrent calls', async () => {
    await one.keep(signInFor(one, 'old', -60));
    rotates(one, ['new']);
    const { tokens } = one.signIn();
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => tokens.getToken(never))), ['new', 'new', 'new']);
    assert.equal(one.count(renewUrl), 1);
  });

  it('is renewed once for all windows', async () => {
    await one.keep(signInFor(one, 'old', -60));
    rotates(one, ['new']);
    const windows = [1, 2, 3].map(() => one.signIn({ clock: systemClock }));
    assert.deepEqual(await Promise.all(windows.map(({ tokens }) => tokens.getToken(never))), [
      'new',
      'new',
      'new',
    ]);
    assert.equal(one.count(renewUrl), 1);
  });

  it('is the one that another program wrote during the request', async () => {
    await one.keep(signInFor(one, 'old', -60));
    one.routes.set(renewUrl, async () => {
      await one.keep(signInFor(one, 'theirs', 3600));
      return tomlOf(signInFor(one, 'ours', 3600)) + 'expires_in = 3600';
    });
    assert.equal(await one.signIn().tokens.getToken(never), 'theirs');
    assert.match(await one.keptText(), /theirs/);
  });

  it('stays missing if the user signs out in another program during the request', async () => {
    await one.keep(signInFor(one, 'old', -60));
    one.routes.set(renewUrl, async () => {
      await rm(one.authPath);
      return tomlOf(signInFor(one, 'ours', 3600)) + 'expires_in = 3600';
    });
    await assert.rejects(one.signIn().tokens.getToken(never), problem(signedOut));
    await assert.rejects(one.keptText());
  });

  for (const [what, reply] of [
    ['refuses', 401],
    ['responds with a page', '<html>'],
    ['returns no id token', 'access_token = "a"\nexpires_in = 5\nexpires = 5'],
  ] as const)
    it(`is missing if it has expired and the server ${what}; the refresh token is not used again`, async () => {
      await one.keep(signInFor(one, 'old', -60));
      one.routes.set(renewUrl, () => reply);
      const { tokens } = one.signIn();
      await assert.rejects(tokens.getToken(never), problem(signedOut));
      await assert.rejects(tokens.getToken(never), problem(signedOut));
      assert.equal(one.count(renewUrl), 1);
      assert.match(await one.keptText(), /"old"/);
    });

  it('is unchanged while it is valid and cannot be renewed; the renewal is retried later', async () => {
    await one.keep(signInFor(one, 'old', 300));
    one.routes.set(renewUrl, () => 503);
    const { tokens } = one.signIn();
    assert.equal(await tokens.getToken(never), 'old');
    assert.equal(await tokens.getToken(never), 'old');
    assert.equal(one.count(renewUrl), 1);
    rotates(one, ['new']);
    await one.clock.advance(60_000);
    assert.equal(await tokens.getToken(never), 'new');
  });

  it('is unchanged while it is valid and the server no longer renews it', async () => {
    await one.keep(signInFor(one, 'old', 300));
    one.routes.set(renewUrl, () => 401);
    const { tokens } = one.signIn();
    assert.equal(await tokens.getToken(never), 'old');
    assert.equal(await tokens.getToken(never), 'old');
    assert.equal(one.count(renewUrl), 1);
    await one.clock.advance(301_000);
    await assert.rejects(tokens.getToken(never), problem(signedOut));
  });

  it('is unavailable for now if it has expired and the server cannot respond', async () => {
    await one.keep(signInFor(one, 'old', -60));
    one.routes.set(renewUrl, () => ({ status: 502, text: 'refresh-old was here' }));
    const { tokens } = one.signIn();
    await assert.rejects(
      tokens.getToken(never),
      problem({ kind: 'offline', place, why: 'server error 502, try again', hasAnswered: true }),
    );
    rotates(one, ['new']);
    assert.equal(await tokens.getToken(never), 'new');
  });

  it('is not renewed without TLS', async () => {
    await one.keep(signInFor(one, 'old', -60));
    rotates(one, ['new']);
    await assert.rejects(one.signIn({ allowHttpLoopback: false }).tokens.getToken(never), problem(signedOut));
    assert.deepEqual(one.asked, []);
  });

  it('is read but never renewed inside a job', async () => {
    const env = { JRUN_NAME: 'jr-abc' };
    await one.keep(signInFor(one, 'old', 60));
    rotates(one, ['new']);
    const { tokens } = one.signIn({ env });
    assert.equal(await tokens.getToken(never), 'old');
    await assert.rejects(tokens.refreshToken('old', never), problem(signedOut));
    await one.keep(signInFor(one, 'fresh', 3600));
    assert.equal(await tokens.getToken(never), 'fresh');
    assert.deepEqual(one.asked, []);
  });

  it('is not renewed if nothing can be written, since its refresh token would be lost', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    // Not by the folder's permissions, which do not restrict root.
    await mkdir(`${one.authPath}.lock`);
    await one.clock.advance(3_300_000);
    assert.equal(await passing(one.clock, one.signIn().tokens.getToken(never)), 'old');
    assert.deepEqual(one.asked, []);
  });

  it('stops waiting, while the renewal completes', async () => {
    await one.keep(signInFor(one, 'old', -60));
    let answer = (): void => undefined;
    one.routes.set(renewUrl, async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      return tomlOf(signInFor(one, 'new', 3600)) + 'expires_in = 3600';
    });
    const { tokens } = one.signIn();
    const stop = new AbortController();
    const work = tokens.getToken(stop.signal);
    await until(() => one.count(renewUrl) > 0);
    stop.abort();
    await assert.rejects(work, isAbort);
    const other = tokens.getToken(never);
    answer();
    assert.equal(await other, 'new');
    await assert.rejects(tokens.getToken(stop.signal), isAbort);
  });
});

describe('a token that the server refused', () => {
  let one: World;
  beforeEach(async () => (one = await world()));
  afterEach(() => one.end());

  it('is replaced by the one now in the file', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    const { tokens } = one.signIn();
    await tokens.getToken(never);
    await one.keep(signInFor(one, 'theirs', 3600));
    assert.equal(await tokens.refreshToken('old', never), 'theirs');
    assert.deepEqual(one.asked, []);
  });

  it('is renewed once, though it has not expired', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    rotates(one, ['new']);
    const { tokens } = one.signIn();
    assert.deepEqual(
      await Promise.all([tokens.refreshToken('old', never), tokens.refreshToken('old', never)]),
      ['new', 'new'],
    );
    assert.equal(await tokens.getToken(never), 'new');
    assert.equal(one.count(renewUrl), 1);
  });

  it('is not used again if it cannot be renewed', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    one.routes.set(renewUrl, () => 401);
    const { tokens } = one.signIn();
    await assert.rejects(tokens.refreshToken('old', never), problem(signedOut));
    await assert.rejects(tokens.getToken(never), problem(signedOut));
    assert.equal(one.count(renewUrl), 1);
  });

  it('ends the sign-in if its replacement is refused too', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    rotates(one, ['new', 'newer', 'newest']);
    const { tokens } = one.signIn();
    assert.equal(await tokens.refreshToken('old', never), 'new');
    await assert.rejects(tokens.refreshToken('new', never), problem(signedOut));
    await assert.rejects(tokens.getToken(never), problem(signedOut));
    assert.equal(one.count(renewUrl), 1);
  });

  it('can be renewed again if its replacement was valid for a while', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    rotates(one, ['new', 'newer']);
    const { tokens } = one.signIn();
    assert.equal(await tokens.refreshToken('old', never), 'new');
    await one.clock.advance(11 * 60_000);
    assert.equal(await tokens.refreshToken('new', never), 'newer');
  });

  it('allows a sign-in by another program', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    one.routes.set(renewUrl, () => 401);
    const { tokens } = one.signIn();
    await assert.rejects(tokens.refreshToken('old', never), problem(signedOut));
    await one.keep(signInFor(one, 'fresh', 3600));
    assert.equal(await tokens.getToken(never), 'fresh');
  });
});

describe('the signed-in user', () => {
  let one: World;
  beforeEach(async () => (one = await world()));
  afterEach(() => one.end());

  it('is the one returned by the server, requested once for each token', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    knows(one, { idt: 'ada.l' });
    const { account, apiVersion } = one.signIn();
    assert.deepEqual(await account.getIdentity(never), {
      name: 'ada.l',
      storage: `Julia's depot (~${sep}.julia)`,
    });
    assert.equal(await apiVersion(never), '0.2.0');
    assert.equal(one.count('GET /api/v1'), 1);
    assert.equal(one.asked[0]?.headers.authorization, 'Bearer idt');
  });

  it('is undefined without a sign-in', async () => {
    const { account, apiVersion } = one.signIn();
    assert.equal(await account.getIdentity(never), undefined);
    await assert.rejects(apiVersion(never), problem(signedOut));
  });

  it('has the name in the file if the server returns none', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    one.routes.set('GET /api/v1', () => '{"api_version": "0.2.0", "username": null}');
    assert.equal((await one.signIn().account.getIdentity(never))?.name, 'ada');
    await one.keep({ ...signInFor(one, 'idt', 3600), user_name: false });
    await assert.rejects(
      one.signIn().account.getIdentity(never),
      problem({ kind: 'badAnswer', place, what: 'api/v1, no user name' }),
    );
  });

  it('is requested differently from old servers', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    one.routes.set('POST /v1/graphql', () =>
      JSON.stringify({ data: { users: [{ id: 42, username: 'old.ada', info: [] }] } }),
    );
    const { account, apiVersion } = one.signIn();
    assert.equal((await account.getIdentity(never))?.name, 'old.ada');
    assert.equal(await apiVersion(never), '0.0.0-legacy');
    assert.equal(one.asked[1]?.headers['x-hasura-role'], 'jhuser');
    assert.equal(one.asked[1].headers.authorization, 'Bearer idt');
  });

  const strange: readonly (readonly [what: string, route: string, reply: string])[] = [
    ['an invalid version', 'GET /api/v1', '{"api_version": "new", "username": "ada"}'],
    ['no version', 'GET /api/v1', '{"username": "ada"}'],
    ['invalid JSON', 'GET /api/v1', 'idt'],
    ['two users', 'POST /v1/graphql', '{"data":{"users":[{"username":"a"},{"username":"b"}]}}'],
    ['errors', 'POST /v1/graphql', '{"data":{"users":[{"username":"a"}]},"errors":[{"message":"x"}]}'],
  ];
  for (const [what, route, reply] of strange)
    it(`is rejected if the server responds with ${what}`, async () => {
      await one.keep(signInFor(one, 'idt', 3600));
      one.routes.set(route, () => reply);
      await assert.rejects(
        one.signIn().account.getIdentity(never),
        (error) => error instanceof JobError && error.problem.kind === 'badAnswer',
      );
    });

  it("is rejected with the server's words if it refuses, without the token", async () => {
    await one.keep(signInFor(one, 'idt-secret', 3600));
    one.routes.set('GET /api/v1', () => ({ status: 403, text: 'token idt-secret may not' }));
    await assert.rejects(one.signIn().account.getIdentity(never), (error) => {
      assert.doesNotMatch(inspect(error, { depth: 9 }), /idt-secret/);
      return problem({ kind: 'refused', place, words: 'token … may not (status 403)' })(error);
    });
  });

  const notAccepted = [
    { status: 401, text: '' },
    { status: 500, text: 'Invalid authentication' },
    { status: 500, text: '{"message": "Invalid authentication"}' },
  ];
  for (const refusal of notAccepted)
    it(`is requested again with a renewed token after ${JSON.stringify(refusal)}`, async () => {
      await one.keep(signInFor(one, 'old', 3600));
      rotates(one, ['new']);
      one.routes.set('GET /api/v1', ({ headers }) =>
        headers.authorization === 'Bearer new' ? '{"username": "ada", "api_version": "v0.2"}' : refusal,
      );
      const { account, apiVersion } = one.signIn();
      assert.equal((await account.getIdentity(never))?.name, 'ada');
      assert.equal(await apiVersion(never), '0.2');
    });

  for (const refusal of notAccepted)
    it(`is undefined if the server continues to respond with ${JSON.stringify(refusal)}, and it is not requested again`, async () => {
      await one.keep(signInFor(one, 'old', 3600));
      rotates(one, ['new', 'newer']);
      one.routes.set('GET /api/v1', () => refusal);
      const { account, tokens } = one.signIn();
      assert.equal(await account.getIdentity(never), undefined);
      assert.equal(await account.getIdentity(never), undefined);
      await assert.rejects(tokens.getToken(never), problem(signedOut));
      assert.equal(one.count('GET /api/v1'), 2);
      assert.equal(one.count(renewUrl), 1);
    });

  for (const status of [500, 502, 503])
    it(`is still signed in if the server responded with ${status} for a while, and no token is renewed`, async () => {
      await one.keep(signInFor(one, 'idt', 3600));
      let isBroken = true;
      one.routes.set('GET /api/v1', () =>
        isBroken ? { status, text: 'out of order' } : '{"username": "ada", "api_version": "v0.2"}',
      );
      const { account, tokens } = one.signIn();
      for (let time = 0; time < 3; time++) {
        await assert.rejects(account.getIdentity(never), (error) => {
          assert.ok(error instanceof JobError && error.problem.kind === 'offline');
          assert.match(createNotice(error.problem).text, new RegExp(`server error ${status}, try again`));
          return true;
        });
        assert.equal(await tokens.getToken(never), 'idt');
      }
      isBroken = false;
      assert.equal((await account.getIdentity(never))?.name, 'ada');
      assert.equal(one.count(renewUrl), 0);
    });

  it('is requested again after ten minutes if a proxy refused a valid token', async () => {
    one.routes.set('GET /api/v1', () => '{"username": "ada", "api_version": "v0.2"}');
    const { account, tokens } = one.signIn();
    await passing(one.clock, account.signIn({ by: 'token', token: 'pasted' }, never));
    await assert.rejects(tokens.refreshToken('pasted', never), problem(signedOut));
    await assert.rejects(tokens.getToken(never), problem(signedOut));
    await one.clock.advance(9 * 60_000);
    await assert.rejects(tokens.getToken(never), problem(signedOut));
    await one.clock.advance(2 * 60_000);
    assert.equal(await tokens.getToken(never), 'pasted');
  });

  for (const days of [60, -60])
    it(`is requested again immediately if the clock jumps by ${days} days after a refusal`, async () => {
      one.routes.set('GET /api/v1', () => '{"username": "ada", "api_version": "v0.2"}');
      const { account, tokens } = one.signIn();
      await passing(one.clock, account.signIn({ by: 'token', token: 'pasted' }, never));
      await assert.rejects(tokens.refreshToken('pasted', never), problem(signedOut));
      one.clock.jump(days * 86_400_000);
      assert.equal(await tokens.getToken(never), 'pasted');
    });

  it('is unknown while nothing responds', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    await assert.rejects(
      one.signIn({ server: one.url, http: offlineHttp }).account.getIdentity(never),
      (error) => error instanceof JobError && error.problem.kind === 'offline',
    );
  });
});

const offline = (): Promise<never> =>
  Promise.reject(new JobError({ kind: 'offline', place, why: 'no response' }));
const offlineHttp = { ask: offline, open: offline };
