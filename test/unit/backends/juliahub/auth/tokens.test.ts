import assert from 'node:assert/strict';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { inspect } from 'node:util';
import { noticeOf } from '../../../../../src/core/presentation/notice.js';
import { isAbort, JobError, type Problem } from '../../../../../src/core/domain/problem.js';
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
const signedOut: Problem = { kind: 'signedOut', place };

const problem = (expected: Problem) => (error: unknown) => {
  assert.ok(error instanceof JobError, inspect(error));
  assert.deepEqual(error.problem, expected);
  return true;
};

/** A server that takes each refresh token once and gives the next of these for it, each good for so many seconds. */
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

  it('is that of the depot, without a question to the server', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    assert.equal(await one.signIn().tokens.token(never), 'idt');
    assert.equal(await one.signIn().account.token(never), 'idt');
    assert.deepEqual(one.asked, []);
  });

  it('is that of the depot which the environment names', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    const env = { JULIA_DEPOT_PATH: `~/.julia` };
    assert.equal(await one.signIn({ env }).tokens.token(never), 'idt');
    await assert.rejects(
      one.signIn({ env: { JULIA_DEPOT_PATH: `${one.home}/other` } }).tokens.token(never),
      problem(signedOut),
    );
  });

  it('is missing where nobody is signed in, and nothing is sent', async () => {
    await assert.rejects(one.signIn().tokens.token(never), problem(signedOut));
    await one.keep({ access_token: 'a' });
    await assert.rejects(one.signIn().tokens.token(never), problem(signedOut));
    assert.deepEqual(one.asked, []);
  });

  it('is missing where the file is broken, which is said once and without what it holds', async () => {
    await one.keep({});
    await writeFile(one.authPath, 'id_token = "secret');
    const { tokens } = one.signIn();
    for (const _ of [1, 2])
      await assert.rejects(tokens.token(never), (error) => {
        assert.doesNotMatch(inspect(error, { depth: 9 }), /"secret|id_token = /);
        return problem(signedOut)(error);
      });
    assert.equal(one.log.lines.length, 1);
    assert.match(one.log.lines[0] ?? '', /^warn .*auth\.toml contains no readable sign-in/);
  });

  it('is renewed ten minutes before it runs out, and the answer replaces the file', async () => {
    await one.keep({ ...signInFor(one, 'old', 599), leftover: 'x' });
    rotates(one, ['new']);
    assert.equal(await one.signIn().tokens.token(never), 'new');
    assert.equal(one.asked[0]?.headers.authorization, 'Bearer refresh-old');
    const text = await one.keptText();
    assert.match(text, /^refresh_token = "refresh-new"$/m);
    assert.doesNotMatch(text, /leftover/);
    // By our own clock: that of the server is behind.
    assert.match(text, new RegExp(`^expires = ${secondsFrom(one.clock, 86_400)}$`, 'm'));
    assert.match(text, new RegExp(`^expires_at = ${secondsFrom(one.clock, 86_400)}$`, 'm'));
    assert.equal((await stat(one.authPath)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(dirname(one.authPath)), ['auth.toml']);
  });

  it('is not renewed eleven minutes before', async () => {
    await one.keep(signInFor(one, 'old', 660));
    assert.equal(await one.signIn().tokens.token(never), 'old');
    assert.deepEqual(one.asked, []);
  });

  it('is renewed where the age of the file says so', async () => {
    await one.keep({ ...signInFor(one, 'old', 86_400), expires_in: 3600 });
    const written = secondsFrom(one.clock, -3500);
    await utimes(one.authPath, written, written);
    rotates(one, ['new']);
    assert.equal(await one.signIn().tokens.token(never), 'new');
  });

  it('is renewed as `jh` wants it, with all else in the file kept', async () => {
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
    assert.equal(await one.signIn().tokens.token(never), 'new');
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

  it('keeps the old refresh token where the answer has none', async () => {
    await one.keep(signInFor(one, 'old', 60));
    one.routes.set(renewUrl, () => tomlOf({ id_token: 'new', expires_in: 3600, expires: 1 }));
    assert.equal(await one.signIn().tokens.token(never), 'new');
    assert.match(await one.keptText(), /^refresh_token = "refresh-old"$/m);
    assert.match(await one.keptText(), /^refresh_url = /m);
  });

  it('is renewed once for all who ask at the same time', async () => {
    await one.keep(signInFor(one, 'old', -60));
    rotates(one, ['new']);
    const { tokens } = one.signIn();
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => tokens.token(never))), ['new', 'new', 'new']);
    assert.equal(one.count(renewUrl), 1);
  });

  it('is renewed once for all windows', async () => {
    await one.keep(signInFor(one, 'old', -60));
    rotates(one, ['new']);
    const windows = [1, 2, 3].map(() => one.signIn({ clock: systemClock }));
    assert.deepEqual(await Promise.all(windows.map(({ tokens }) => tokens.token(never))), [
      'new',
      'new',
      'new',
    ]);
    assert.equal(one.count(renewUrl), 1);
  });

  it('is that which another program wrote while we asked for one', async () => {
    await one.keep(signInFor(one, 'old', -60));
    one.routes.set(renewUrl, async () => {
      await one.keep(signInFor(one, 'theirs', 3600));
      return tomlOf(signInFor(one, 'ours', 3600)) + 'expires_in = 3600';
    });
    assert.equal(await one.signIn().tokens.token(never), 'theirs');
    assert.match(await one.keptText(), /theirs/);
  });

  it('stays missing where the user signs out in another program while we asked for one', async () => {
    await one.keep(signInFor(one, 'old', -60));
    one.routes.set(renewUrl, async () => {
      await rm(one.authPath);
      return tomlOf(signInFor(one, 'ours', 3600)) + 'expires_in = 3600';
    });
    await assert.rejects(one.signIn().tokens.token(never), problem(signedOut));
    await assert.rejects(one.keptText());
  });

  for (const [what, reply] of [
    ['says no', 401],
    ['answers with a page', '<html>'],
    ['gives no id token', 'access_token = "a"\nexpires_in = 5\nexpires = 5'],
  ] as const)
    it(`is missing where it is over and the server ${what}; the refresh token is not tried again`, async () => {
      await one.keep(signInFor(one, 'old', -60));
      one.routes.set(renewUrl, () => reply);
      const { tokens } = one.signIn();
      await assert.rejects(tokens.token(never), problem(signedOut));
      await assert.rejects(tokens.token(never), problem(signedOut));
      assert.equal(one.count(renewUrl), 1);
      assert.match(await one.keptText(), /"old"/);
    });

  it('stays as it is while it is good and cannot be renewed; that is tried again after a while', async () => {
    await one.keep(signInFor(one, 'old', 300));
    one.routes.set(renewUrl, () => 503);
    const { tokens } = one.signIn();
    assert.equal(await tokens.token(never), 'old');
    assert.equal(await tokens.token(never), 'old');
    assert.equal(one.count(renewUrl), 1);
    rotates(one, ['new']);
    await one.clock.advance(60_000);
    assert.equal(await tokens.token(never), 'new');
  });

  it('stays as it is while it is good and the server does not renew it any more', async () => {
    await one.keep(signInFor(one, 'old', 300));
    one.routes.set(renewUrl, () => 401);
    const { tokens } = one.signIn();
    assert.equal(await tokens.token(never), 'old');
    assert.equal(await tokens.token(never), 'old');
    assert.equal(one.count(renewUrl), 1);
    await one.clock.advance(301_000);
    await assert.rejects(tokens.token(never), problem(signedOut));
  });

  it('is not known for now where it is over and the server cannot answer', async () => {
    await one.keep(signInFor(one, 'old', -60));
    one.routes.set(renewUrl, () => ({ status: 502, text: 'refresh-old was here' }));
    const { tokens } = one.signIn();
    await assert.rejects(
      tokens.token(never),
      problem({ kind: 'offline', place, why: 'server error 502, try again', hasAnswered: true }),
    );
    rotates(one, ['new']);
    assert.equal(await tokens.token(never), 'new');
  });

  it('is not renewed without TLS', async () => {
    await one.keep(signInFor(one, 'old', -60));
    rotates(one, ['new']);
    await assert.rejects(one.signIn({ allowHttpLoopback: false }).tokens.token(never), problem(signedOut));
    assert.deepEqual(one.asked, []);
  });

  it('is read but never renewed inside a job', async () => {
    const env = { JRUN_NAME: 'jr-abc' };
    await one.keep(signInFor(one, 'old', 60));
    rotates(one, ['new']);
    const { tokens } = one.signIn({ env });
    assert.equal(await tokens.token(never), 'old');
    await assert.rejects(tokens.renewed('old', never), problem(signedOut));
    await one.keep(signInFor(one, 'fresh', 3600));
    assert.equal(await tokens.token(never), 'fresh');
    assert.deepEqual(one.asked, []);
  });

  it('is not renewed where nothing can be written: its refresh token would be lost', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    // Not by the mode of the folder: nothing of that kind stops root.
    await mkdir(`${one.authPath}.lock`);
    await one.clock.advance(3_300_000);
    assert.equal(await passing(one.clock, one.signIn().tokens.token(never)), 'old');
    assert.deepEqual(one.asked, []);
  });

  it('stops waiting, while the renewal goes on to its end', async () => {
    await one.keep(signInFor(one, 'old', -60));
    let answer = (): void => undefined;
    one.routes.set(renewUrl, async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      return tomlOf(signInFor(one, 'new', 3600)) + 'expires_in = 3600';
    });
    const { tokens } = one.signIn();
    const stop = new AbortController();
    const work = tokens.token(stop.signal);
    await until(() => one.count(renewUrl) > 0);
    stop.abort();
    await assert.rejects(work, isAbort);
    const other = tokens.token(never);
    answer();
    assert.equal(await other, 'new');
    await assert.rejects(tokens.token(stop.signal), isAbort);
  });
});

describe('a token that the server did not accept', () => {
  let one: World;
  beforeEach(async () => (one = await world()));
  afterEach(() => one.end());

  it('gives way to the one that is in the file by now', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    const { tokens } = one.signIn();
    await tokens.token(never);
    await one.keep(signInFor(one, 'theirs', 3600));
    assert.equal(await tokens.renewed('old', never), 'theirs');
    assert.deepEqual(one.asked, []);
  });

  it('is renewed once, though it is not over yet', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    rotates(one, ['new']);
    const { tokens } = one.signIn();
    assert.deepEqual(await Promise.all([tokens.renewed('old', never), tokens.renewed('old', never)]), [
      'new',
      'new',
    ]);
    assert.equal(await tokens.token(never), 'new');
    assert.equal(one.count(renewUrl), 1);
  });

  it('is not used again where it cannot be renewed', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    one.routes.set(renewUrl, () => 401);
    const { tokens } = one.signIn();
    await assert.rejects(tokens.renewed('old', never), problem(signedOut));
    await assert.rejects(tokens.token(never), problem(signedOut));
    assert.equal(one.count(renewUrl), 1);
  });

  it('ends it where the one that was given for it is refused as well', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    rotates(one, ['new', 'newer', 'newest']);
    const { tokens } = one.signIn();
    assert.equal(await tokens.renewed('old', never), 'new');
    await assert.rejects(tokens.renewed('new', never), problem(signedOut));
    await assert.rejects(tokens.token(never), problem(signedOut));
    assert.equal(one.count(renewUrl), 1);
  });

  it('may be renewed again where the one that was given for it was good for a while', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    rotates(one, ['new', 'newer']);
    const { tokens } = one.signIn();
    assert.equal(await tokens.renewed('old', never), 'new');
    await one.clock.advance(11 * 60_000);
    assert.equal(await tokens.renewed('new', never), 'newer');
  });

  it('leaves the way open for a sign-in by another program', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    one.routes.set(renewUrl, () => 401);
    const { tokens } = one.signIn();
    await assert.rejects(tokens.renewed('old', never), problem(signedOut));
    await one.keep(signInFor(one, 'fresh', 3600));
    assert.equal(await tokens.token(never), 'fresh');
  });
});

describe('who is signed in', () => {
  let one: World;
  beforeEach(async () => (one = await world()));
  afterEach(() => one.end());

  it('is whom the server knows, asked once for each token', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    knows(one, { idt: 'ada.l' });
    const { account, apiVersion } = one.signIn();
    assert.deepEqual(await account.who(never), { name: 'ada.l', kept: `Julia's depot (~${sep}.julia)` });
    assert.equal(await apiVersion(never), '0.2.0');
    assert.equal(one.count('GET /api/v1'), 1);
    assert.equal(one.asked[0]?.headers.authorization, 'Bearer idt');
  });

  it('is nobody without a sign-in', async () => {
    const { account, apiVersion } = one.signIn();
    assert.equal(await account.who(never), undefined);
    await assert.rejects(apiVersion(never), problem(signedOut));
  });

  it('is called as the file says where the server does not tell', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    one.routes.set('GET /api/v1', () => '{"api_version": "0.2.0", "username": null}');
    assert.equal((await one.signIn().account.who(never))?.name, 'ada');
    await one.keep({ ...signInFor(one, 'idt', 3600), user_name: false });
    await assert.rejects(
      one.signIn().account.who(never),
      problem({ kind: 'badAnswer', place, what: 'api/v1, no user name' }),
    );
  });

  it('is asked in another way of a server that is too old', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    one.routes.set('POST /v1/graphql', () =>
      JSON.stringify({ data: { users: [{ id: 42, username: 'old.ada', info: [] }] } }),
    );
    const { account, apiVersion } = one.signIn();
    assert.equal((await account.who(never))?.name, 'old.ada');
    assert.equal(await apiVersion(never), '0.0.0-legacy');
    assert.equal(one.asked[1]?.headers['x-hasura-role'], 'jhuser');
    assert.equal(one.asked[1].headers.authorization, 'Bearer idt');
  });

  const strange: readonly (readonly [what: string, route: string, reply: string])[] = [
    ['a version that is none', 'GET /api/v1', '{"api_version": "new", "username": "ada"}'],
    ['no version', 'GET /api/v1', '{"username": "ada"}'],
    ['no JSON', 'GET /api/v1', 'idt'],
    ['two users', 'POST /v1/graphql', '{"data":{"users":[{"username":"a"},{"username":"b"}]}}'],
    ['errors', 'POST /v1/graphql', '{"data":{"users":[{"username":"a"}]},"errors":[{"message":"x"}]}'],
  ];
  for (const [what, route, reply] of strange)
    it(`is not known where the server answers with ${what}`, async () => {
      await one.keep(signInFor(one, 'idt', 3600));
      one.routes.set(route, () => reply);
      await assert.rejects(
        one.signIn().account.who(never),
        (error) => error instanceof JobError && error.problem.kind === 'badAnswer',
      );
    });

  it('is told with the words of the server where it refuses, without the token in them', async () => {
    await one.keep(signInFor(one, 'idt-secret', 3600));
    one.routes.set('GET /api/v1', () => ({ status: 403, text: 'token idt-secret may not' }));
    await assert.rejects(one.signIn().account.who(never), (error) => {
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
    it(`is asked again with a renewed token after ${JSON.stringify(refusal)}`, async () => {
      await one.keep(signInFor(one, 'old', 3600));
      rotates(one, ['new']);
      one.routes.set('GET /api/v1', ({ headers }) =>
        headers.authorization === 'Bearer new' ? '{"username": "ada", "api_version": "v0.2"}' : refusal,
      );
      const { account, apiVersion } = one.signIn();
      assert.equal((await account.who(never))?.name, 'ada');
      assert.equal(await apiVersion(never), '0.2');
    });

  for (const refusal of notAccepted)
    it(`is nobody where the server goes on answering with ${JSON.stringify(refusal)}, and it is not asked again`, async () => {
      await one.keep(signInFor(one, 'old', 3600));
      rotates(one, ['new', 'newer']);
      one.routes.set('GET /api/v1', () => refusal);
      const { account, tokens } = one.signIn();
      assert.equal(await account.who(never), undefined);
      assert.equal(await account.who(never), undefined);
      await assert.rejects(tokens.token(never), problem(signedOut));
      assert.equal(one.count('GET /api/v1'), 2);
      assert.equal(one.count(renewUrl), 1);
    });

  for (const status of [500, 502, 503])
    it(`is signed in still where the server answered with ${status} for a while, and no token is renewed`, async () => {
      await one.keep(signInFor(one, 'idt', 3600));
      let isBroken = true;
      one.routes.set('GET /api/v1', () =>
        isBroken ? { status, text: 'out of order' } : '{"username": "ada", "api_version": "v0.2"}',
      );
      const { account, tokens } = one.signIn();
      for (let time = 0; time < 3; time++) {
        await assert.rejects(account.who(never), (error) => {
          assert.ok(error instanceof JobError && error.problem.kind === 'offline');
          assert.match(noticeOf(error.problem).text, new RegExp(`server error ${status}, try again`));
          return true;
        });
        assert.equal(await tokens.token(never), 'idt');
      }
      isBroken = false;
      assert.equal((await account.who(never))?.name, 'ada');
      assert.equal(one.count(renewUrl), 0);
    });

  it('is asked once more after ten minutes where something on the way refused a token that is good', async () => {
    one.routes.set('GET /api/v1', () => '{"username": "ada", "api_version": "v0.2"}');
    const { account, tokens } = one.signIn();
    await passing(one.clock, account.signIn({ by: 'token', token: 'pasted' }, never));
    await assert.rejects(tokens.renewed('pasted', never), problem(signedOut));
    await assert.rejects(tokens.token(never), problem(signedOut));
    await one.clock.advance(9 * 60_000);
    await assert.rejects(tokens.token(never), problem(signedOut));
    await one.clock.advance(2 * 60_000);
    assert.equal(await tokens.token(never), 'pasted');
  });

  for (const days of [60, -60])
    it(`is asked again at once where the clock jumps by ${days} days after a refusal`, async () => {
      one.routes.set('GET /api/v1', () => '{"username": "ada", "api_version": "v0.2"}');
      const { account, tokens } = one.signIn();
      await passing(one.clock, account.signIn({ by: 'token', token: 'pasted' }, never));
      await assert.rejects(tokens.renewed('pasted', never), problem(signedOut));
      one.clock.jump(days * 86_400_000);
      assert.equal(await tokens.token(never), 'pasted');
    });

  it('is not known while nothing answers', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    await assert.rejects(
      one.signIn({ server: one.url, http: offlineHttp }).account.who(never),
      (error) => error instanceof JobError && error.problem.kind === 'offline',
    );
  });
});

const offline = (): Promise<never> =>
  Promise.reject(new JobError({ kind: 'offline', place, why: 'no response' }));
const offlineHttp = { ask: offline, open: offline };
