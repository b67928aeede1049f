import assert from 'node:assert/strict';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { inspect } from 'node:util';
import { watchFile } from '../../../../../src/backends/juliahub/auth/watchFile.js';
import type { SignInRequest } from '../../../../../src/core/domain/account.js';
import type { Event } from '../../../../../src/lib/event.js';
import { createDisposable } from '../../../../../src/lib/lifetime.js';
import { isAbort, JobError, type JobProblem } from '../../../../../src/core/domain/problem.js';
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

const byBrowser: SignInRequest = { by: 'browser', open: () => Promise.resolve() };
const byToken = (token: string): SignInRequest => ({ by: 'token', token });
const inEditor = "VS Code's secret storage";
const inDepot = `Julia's depot (~${sep}.julia)`;

const problem = (expected: JobProblem) => (error: unknown) => {
  assert.ok(error instanceof JobError, inspect(error));
  assert.deepEqual(error.problem, expected);
  return true;
};
const isSignedOut = problem({ kind: 'signedOut', place });

/** Makes the server offer the classic flow and return this token. */
function givesByChallenge(one: World, token: string): void {
  one.routes.set('POST /auth/challenge', () => 'response');
  one.routes.set('POST /auth/claimtoken', () =>
    JSON.stringify({ token: { ...signInFor(one, token, 3600), expires_in: 3600 } }),
  );
}

describe('signing in', () => {
  let one: World;
  beforeEach(async () => (one = await world()));
  afterEach(() => one.end());

  it('in the browser creates the depot if needed and shares the sign-in with Julia', async () => {
    knows(one, { idt: 'ada' });
    givesByChallenge(one, 'idt');
    const { account, tokens } = one.signIn();
    const identity = await passing(one.clock, account.signIn(byBrowser, never));
    assert.deepEqual(identity, { name: 'ada', storage: inDepot });
    assert.match(await one.keptText(), /^id_token = "idt"$/m);
    assert.match(await one.keptText(), /^user_name = "ada"$/m);
    assert.equal((await stat(one.authPath)).mode & 0o777, 0o600);
    assert.equal((await stat(dirname(one.authPath))).mode & 0o777, 0o700);
    assert.deepEqual(await readdir(dirname(one.authPath)), ['auth.toml']);
    assert.equal(one.secrets.kept.size, 0);
    assert.equal(await tokens.getToken(never), 'idt');
    assert.deepEqual(await account.getIdentity(never), identity);
    assert.equal(one.count('GET /api/v1'), 1);
  });

  it('in the browser replaces an existing sign-in', async () => {
    knows(one, { old: 'bob', idt: 'ada', pasted: 'eve' });
    givesByChallenge(one, 'idt');
    await one.keep(signInFor(one, 'old', 3600));
    const { account, tokens } = one.signIn();
    await account.signIn(byToken('pasted'), never);
    assert.equal(await tokens.getToken(never), 'pasted');
    await passing(one.clock, account.signIn(byBrowser, never));
    assert.equal(await tokens.getToken(never), 'idt');
    assert.equal(one.secrets.kept.size, 0);
  });

  it('in the browser is stored and renewed in the editor inside a job', async () => {
    const env = { JRUN_NAME: 'jr-abc' };
    knows(one, { idt: 'ada', renewed: 'ada' });
    givesByChallenge(one, 'idt');
    await one.keep(signInFor(one, 'platform', 3600));
    const before = await one.keptText();
    const { account, tokens } = one.signIn({ env });
    const identity = await passing(one.clock, account.signIn(byBrowser, never));
    assert.deepEqual(identity, { name: 'ada', storage: inEditor });
    assert.equal(await tokens.getToken(never), 'idt');
    one.routes.set('GET /auth/renew/token.toml/v2/', () =>
      tomlOf({ ...signInFor(one, 'renewed', 3600), expires_in: 3600 }),
    );
    await one.clock.advance(3_300_000);
    assert.equal(await tokens.getToken(never), 'renewed');
    // Another window reads the same.
    assert.equal(await one.signIn({ env }).tokens.getToken(never), 'renewed');
    assert.equal(one.count('GET /auth/renew/token.toml/v2/'), 1);
    assert.equal(await one.keptText(), before);
    assert.deepEqual(await readdir(dirname(one.authPath)), ['auth.toml']);
  });

  it('in the browser is stored in the editor if the depot cannot be written', async () => {
    knows(one, { idt: 'ada' });
    givesByChallenge(one, 'idt');
    // A file instead of a folder, since permissions do not restrict root.
    await writeFile(join(one.home, '.julia'), '');
    const { account, tokens } = one.signIn();
    const identity = await passing(one.clock, account.signIn(byBrowser, never));
    assert.deepEqual(identity, { name: 'ada', storage: inEditor });
    assert.equal(await tokens.getToken(never), 'idt');
    assert.doesNotMatch(one.log.lines.join('\n'), /idt/);
  });

  it('in the browser is stored even if the server cannot return the user', async () => {
    one.routes.set('GET /api/v1', () => 503);
    givesByChallenge(one, 'idt');
    const { account, tokens } = one.signIn();
    await assert.rejects(
      passing(one.clock, account.signIn(byBrowser, never)),
      (error) => error instanceof JobError && error.problem.kind === 'offline',
    );
    assert.equal(await tokens.getToken(never), 'idt');
  });

  it('in the browser changes nothing if it is aborted or refused', async () => {
    await one.keep(signInFor(one, 'old', 3600));
    givesByChallenge(one, 'idt');
    knows(one, { old: 'bob' });
    const { account, tokens } = one.signIn();
    await assert.rejects(
      passing(one.clock, account.signIn(byBrowser, never)),
      problem({ kind: 'refused', place, words: 'the server rejected the sign-in it just issued.' }),
    );
    const stop = new AbortController();
    const work = account.signIn(byBrowser, stop.signal);
    await until(() => one.clock.sleepers() > 0);
    stop.abort();
    await assert.rejects(work, isAbort);
    assert.equal(await tokens.getToken(never), 'old');
  });

  it('with a token is stored in the editor once the server has accepted it', async () => {
    knows(one, { pasted: 'ada' });
    const { account, tokens } = one.signIn();
    assert.deepEqual(await account.signIn(byToken(' pasted\n'), never), { name: 'ada', storage: inEditor });
    assert.equal(await tokens.getToken(never), 'pasted');
    assert.equal(await one.signIn().tokens.getToken(never), 'pasted');
    await assert.rejects(stat(one.authPath));
  });

  it('with a token changes nothing if the server does not accept it', async () => {
    knows(one, {});
    const { account } = one.signIn();
    await assert.rejects(account.signIn(byToken('wrong-secret'), never), (error) => {
      assert.doesNotMatch(inspect(error, { depth: 9 }), /wrong-secret/);
      return problem({ kind: 'refused', place, words: 'the server does not accept this token.' })(error);
    });
    await assert.rejects(
      account.signIn(byToken('two words'), never),
      problem({ kind: 'invalid', why: 'Not a valid token.' }),
    );
    assert.equal(one.secrets.kept.size, 0);
  });

  it('with a token is replaced by a later sign-in in Julia if Julia was signed out before', async () => {
    knows(one, { pasted: 'ada' });
    const { account, tokens } = one.signIn();
    await account.signIn(byToken('pasted'), never);
    await one.keep(signInFor(one, 'idt', 3600));
    assert.equal(await tokens.getToken(never), 'idt');
    await rm(one.authPath);
    assert.equal(await tokens.getToken(never), 'pasted');
  });

  it('with a token is never replaced by another user who signs in with Julia', async () => {
    knows(one, { pasted: 'ada' });
    await one.keep(signInFor(one, 'bobs', 3600));
    const { account, tokens } = one.signIn();
    await account.signIn(byToken('pasted'), never);
    assert.equal(await tokens.getToken(never), 'pasted');
    await assert.rejects(tokens.refreshToken('pasted', never), isSignedOut);
    await assert.rejects(tokens.getToken(never), isSignedOut);
    assert.equal(await account.getIdentity(never), undefined);
  });

  it('with a token that was refused succeeds when the server accepts it again', async () => {
    knows(one, { pasted: 'ada' });
    const { account, tokens } = one.signIn();
    await account.signIn(byToken('pasted'), never);
    await assert.rejects(tokens.refreshToken('pasted', never), isSignedOut);
    await account.signIn(byToken('pasted'), never);
    assert.equal(await tokens.getToken(never), 'pasted');
  });

  it('works without the secret storage if the system has none', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    const secrets = { ...one.secrets, get: () => Promise.reject(new Error('no key ring')) };
    assert.equal(await one.signIn({ secrets }).tokens.getToken(never), 'idt');
    assert.match(one.log.lines[0] ?? '', /secret storage cannot be read/);
  });

  it('ignores unknown values in the secret storage', async () => {
    for (const text of ['{', '{"kind":"other"}', '{"kind":"pasted"}']) {
      one.secrets.kept.set(`juliahub.signIn:${one.url}`, text);
      await assert.rejects(one.signIn().tokens.getToken(never), isSignedOut);
    }
  });
});

describe("JuliaHub's own extension", () => {
  let one: World;
  let asked: boolean[];
  beforeEach(async () => {
    one = await world();
    asked = [];
  });
  afterEach(() => one.end());

  /** It returns these tokens in order, and repeats the last one. */
  const lends =
    (...tokens: readonly (string | Error | undefined)[]) =>
    (server: string, force: boolean): Promise<string | undefined> => {
      assert.equal(server, one.url);
      asked.push(force);
      const token = tokens[Math.min(asked.length, tokens.length) - 1];
      return token instanceof Error ? Promise.reject(token) : Promise.resolve(token);
    };

  it('is not used without an action of the user', async () => {
    const { tokens } = one.signIn({ extension: lends('idt') });
    await assert.rejects(tokens.getToken(never), isSignedOut);
    assert.deepEqual(asked, []);
  });

  it('signs in if it is installed, and is used again in the next session', async () => {
    knows(one, { idt: 'ada' });
    const extension = lends('idt');
    const { account, tokens } = one.signIn({ extension });
    assert.deepEqual(await account.signIn(byBrowser, never), {
      name: 'ada',
      storage: 'the JuliaHub Authentication extension',
    });
    assert.equal(await tokens.getToken(never), 'idt');
    assert.deepEqual(asked, [false]);
    const next = one.signIn({ extension });
    assert.equal(await next.tokens.getToken(never), 'idt');
    assert.equal(await next.tokens.getToken(never), 'idt');
    assert.deepEqual(asked, [false, false]);
    assert.doesNotMatch([...one.secrets.kept.values()].join(), /idt/);
  });

  it('leaves the sign-in to the depot if it stores its tokens there', async () => {
    knows(one, { idt: 'ada' });
    const extension = async (): Promise<string> => {
      await one.keep(signInFor(one, 'idt', 3600));
      return 'idt';
    };
    const identity = await one.signIn({ extension }).account.signIn(byBrowser, never);
    assert.deepEqual(identity, { name: 'ada', storage: inDepot });
    assert.equal(one.secrets.kept.size, 0);
  });

  it('must prompt the user if another sign-in exists', async () => {
    knows(one, { idt: 'ada' });
    await one.keep(signInFor(one, 'old', 3600));
    const { account, tokens } = one.signIn({ extension: lends('idt') });
    await account.signIn(byBrowser, never);
    assert.deepEqual(asked, [true]);
    assert.equal(await tokens.getToken(never), 'idt');
  });

  for (const [what, token] of [
    ['is not installed', undefined],
    ['fails', new Error('failed with secret-token')],
    ['returns a token that is not accepted', 'bad'],
    ['returns no token', 'a\nb'],
  ] as const)
    it(`is skipped in favor of the browser if it ${what}`, async () => {
      knows(one, { idt: 'ada' });
      givesByChallenge(one, 'idt');
      const { account } = one.signIn({ extension: lends(token) });
      const identity = await passing(one.clock, account.signIn(byBrowser, never));
      assert.equal(identity.storage, inDepot);
      assert.doesNotMatch(one.log.lines.join('\n'), /secret-token/);
    });

  it('is used once for a refused token, and then no longer', async () => {
    knows(one, { idt: 'ada', idt2: 'ada' });
    const { account, tokens } = one.signIn({ extension: lends('idt', 'idt2', 'idt2') });
    await account.signIn(byBrowser, never);
    assert.equal(await tokens.refreshToken('idt', never), 'idt2');
    await assert.rejects(tokens.refreshToken('idt2', never), isSignedOut);
    await assert.rejects(tokens.getToken(never), isSignedOut);
    assert.deepEqual(asked, [false, false, false]);
  });

  it('is used again before its token expires', async () => {
    const jwt = (seconds: number): string =>
      `h.${Buffer.from(JSON.stringify({ exp: secondsFrom(one.clock, seconds) })).toString('base64url')}.s`;
    const [first, second] = [jwt(3600), jwt(7200)];
    knows(one, { [first]: 'ada', [second]: 'ada' });
    const { account, tokens } = one.signIn({ extension: lends(first, second) });
    await account.signIn(byBrowser, never);
    assert.equal(await tokens.getToken(never), first);
    await one.clock.advance(3_100_000);
    assert.equal(await tokens.getToken(never), second);
  });

  it('is not waited for if it does not respond', async () => {
    one.secrets.kept.set(`juliahub.signIn:${one.url}`, '{"kind":"extension","isFirst":false}');
    const extension = (): Promise<string> => new Promise(() => undefined);
    await assert.rejects(passing(one.clock, one.signIn({ extension }).tokens.getToken(never)), isSignedOut);
  });

  it('is no longer waited for when the user cancels the sign-in', async () => {
    const stop = new AbortController();
    const extension = (): Promise<string> => {
      stop.abort();
      return new Promise(() => undefined);
    };
    await assert.rejects(one.signIn({ extension }).account.signIn(byBrowser, stop.signal), isAbort);
  });

  it('is not used after signing out', async () => {
    knows(one, { idt: 'ada' });
    const { account, tokens } = one.signIn({ extension: lends('idt') });
    await account.signIn(byBrowser, never);
    await account.signOut(never);
    await assert.rejects(tokens.getToken(never), isSignedOut);
    assert.deepEqual(asked, [false]);
  });
});

describe('signing out', () => {
  let one: World;
  beforeEach(async () => (one = await world()));
  afterEach(() => one.end());

  it("renames the depot's file and deletes the editor's entry", async () => {
    knows(one, { pasted: 'ada' });
    await one.keep(signInFor(one, 'idt', 3600));
    const { account, tokens } = one.signIn();
    await account.signIn(byToken('pasted'), never);
    await account.signOut(never);
    assert.equal(one.secrets.kept.size, 0);
    const left = await readdir(dirname(one.authPath));
    assert.equal(left.length, 1);
    assert.match(left[0] ?? '', /^auth\.toml\.[0-9a-f]{8}\.backup$/);
    await assert.rejects(tokens.getToken(never), isSignedOut);
    assert.equal(await account.getIdentity(never), undefined);
    // Signed in again by Julia.
    await one.keep(signInFor(one, 'new', 3600));
    assert.equal(await tokens.getToken(never), 'new');
  });

  it('has no effect if the user is not signed in', async () => {
    await one.signIn().account.signOut(never);
    assert.equal(one.secrets.kept.size, 0);
    assert.deepEqual(await readdir(one.home), []);
  });

  it("is stored inside a job, without changing the job's file", async () => {
    const env = { JRUN_NAME: 'jr-abc' };
    knows(one, { pasted: 'ada' });
    await one.keep(signInFor(one, 'idt', 3600));
    const { account, tokens } = one.signIn({ env });
    await account.signOut(never);
    assert.match(await one.keptText(), /"idt"/);
    await assert.rejects(tokens.getToken(never), isSignedOut);
    await assert.rejects(one.signIn({ env }).tokens.getToken(never), isSignedOut);
    await account.signIn(byToken('pasted'), never);
    assert.equal(await tokens.getToken(never), 'pasted');
  });

  it('is stored if the file cannot be renamed', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    await mkdir(`${one.authPath}.lock`);
    const { account, tokens } = one.signIn();
    await passing(one.clock, account.signOut(never));
    await assert.rejects(tokens.getToken(never), isSignedOut);
  });
});

describe('a change of the sign-in', () => {
  let one: World;
  beforeEach(async () => (one = await world()));
  afterEach(() => one.end());

  /** Counts the events, and waits for one more. */
  const hearing = (account: ReturnType<World['signIn']>['account']) => {
    let count = 0;
    let heard = (): void => undefined;
    const next = (): Promise<void> => new Promise((resolve) => (heard = resolve));
    const listening = account.onDidChange(() => {
      count++;
      heard();
    });
    return { count: () => count, next, dispose: () => listening.dispose() };
  };

  it('is reported when the user signs in and out here', async () => {
    knows(one, { pasted: 'ada' });
    const { account } = one.signIn();
    const ears = hearing(account);
    await account.signIn(byToken('pasted'), never);
    assert.equal(ears.count(), 1);
    await account.signOut(never);
    assert.equal(ears.count(), 2);
    ears.dispose();
    await account.signIn(byToken('pasted'), never);
    assert.equal(ears.count(), 2);
  });

  it('is reported when another program writes the file, even if its folder did not exist', async () => {
    const { account, tokens } = one.signIn();
    await assert.rejects(tokens.getToken(never), isSignedOut);
    const ears = hearing(account);
    const told = ears.next();
    await one.keep(signInFor(one, 'idt', 3600));
    await told;
    assert.equal(await tokens.getToken(never), 'idt');
    const gone = ears.next();
    await rm(one.authPath);
    await gone;
    ears.dispose();
  });

  it('is reported when another window signs in', async () => {
    knows(one, { pasted: 'ada' });
    const here = one.signIn();
    await assert.rejects(here.tokens.getToken(never), isSignedOut);
    const ears = hearing(here.account);
    const told = ears.next();
    await one.signIn().account.signIn(byToken('pasted'), never);
    await told;
    ears.dispose();
  });

  it('is reported at the next use if it was missed', async () => {
    await one.keep(signInFor(one, 'idt', 3600));
    const { account, tokens } = one.signIn();
    await tokens.getToken(never);
    await one.keep(signInFor(one, 'other', 3600));
    const ears = hearing(account);
    await ears.next();
    assert.equal(ears.count(), 1);
    ears.dispose();
  });

  it('is not reported when the same sign-in is renewed here', async () => {
    await one.keep(signInFor(one, 'old', 60));
    one.routes.set('GET /auth/renew/token.toml/v2/', () =>
      tomlOf({ ...signInFor(one, 'new', 3600), expires_in: 3600 }),
    );
    const { account, tokens } = one.signIn();
    const ears = hearing(account);
    assert.equal(await tokens.getToken(never), 'new');
    assert.equal(await tokens.getToken(never), 'new');
    // The system reports changes of the file slightly later.
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(ears.count(), 0);
    ears.dispose();
  });

  it('is watched for only while there are listeners', () => {
    let watching = 0;
    const changed: Event<string> = (listener) => {
      watching++;
      const listening = one.secrets.onDidChange(listener);
      return createDisposable(() => {
        watching--;
        listening.dispose();
      });
    };
    const { account } = one.signIn({ secrets: { ...one.secrets, onDidChange: changed } });
    assert.equal(watching, 0);
    const [first, second] = [hearing(account), hearing(account)];
    assert.equal(watching, 1);
    first.dispose();
    first.dispose();
    assert.equal(watching, 1);
    second.dispose();
    assert.equal(watching, 0);
    hearing(account).dispose();
    assert.equal(watching, 0);
  });
});

describe('watching a file', () => {
  it('reports changes until it is disposed', async () => {
    const one = await world();
    try {
      let count = 0;
      let heard = (): void => undefined;
      const told = new Promise<void>((resolve) => (heard = resolve));
      const watching = watchFile(one.authPath, () => {
        count++;
        heard();
      });
      await one.keep({ id_token: 'idt' });
      await told;
      watching.dispose();
      const before = count;
      await one.keep({ id_token: 'other' });
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(count, before);
    } finally {
      await one.end();
    }
  });

  it('does nothing if no folder above the file exists', () => {
    watchFile('/nowhere/at/all/in/this/place', () => assert.fail('told')).dispose();
  });
});
