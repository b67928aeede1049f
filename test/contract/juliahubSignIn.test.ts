import assert from 'node:assert/strict';
import { readFile, rm, stat } from 'node:fs/promises';
import { parse } from 'smol-toml';
import type { SignInRequest } from '../../src/core/domain/account.js';
import { systemClock } from '../../src/lib/node/systemClock.js';
import type { Hub } from './juliahub.js';
import { hastyClock, problemOf, trial, windowOf } from './juliahubTrial.js';
import { never } from './subject.js';
import { listJobs, readEvents } from '../fakes/backendCalls.js';

/**
 * The user's part on the page that opens: approves or denies the sign-in. Returns the code shown to the user.
 */
async function use({ double }: Hub, url: string, answer: string): Promise<void> {
  const page = await (await fetch(url)).text();
  const code = /name="code" value="([^"]*)"/.exec(page)?.[1];
  assert.ok(code !== undefined, page);
  await fetch(`${double.url}/decide`, { method: 'POST', body: new URLSearchParams({ code, answer }) });
}

const inBrowser = (place: Hub, answer = 'approved', seen: (string | undefined)[] = []): SignInRequest => ({
  by: 'browser',
  open: async (url, code) => {
    seen.push(code);
    const page = await (await fetch(url)).text();
    if (code !== undefined) assert.ok(page.includes(`<b>${code}</b>`), 'the page shows the same code');
    await use(place, url, answer);
  },
});

/** Uses the machine's time if the test server limits the polling rate. */
const patient = (what: string) => ({ clock: what.startsWith('device') ? systemClock : hastyClock });

describe('JuliaHub: signing in', () => {
  for (const [what, controls] of [
    ['device', { flows: ['device'], interval: 1 }],
    [
      'device, renewed with JSON',
      { flows: ['device'], interval: 1, refreshStyle: 'dex', pendingStatus: 401 },
    ],
    ['device, if the server offers both', { flows: ['classic', 'device'], interval: 1 }],
    ['classic', { flows: ['classic'] }],
    ['classic, if the server offers none', { flows: undefined }],
    ['classic, with the remaining time', { flows: ['classic'], classicExpiry: 'remaining' }],
  ] as const)
    it(`in the browser (${what}) is stored in the depot, used, and renewed`, function () {
      this.timeout(60_000);
      return trial({ ...patient(what), controls: { ...controls, user: 'bob' } }, async (backend, place) => {
        await place.signIn('');
        assert.equal(await backend.account.getIdentity(never), undefined);
        const codes: (string | undefined)[] = [];
        const { name } = await backend.account.signIn(inBrowser(place, 'approved', codes), never);
        assert.equal(name, 'bob');
        assert.equal(codes.length, 1);
        assert.equal(codes[0] !== undefined, what.startsWith('device'));
        const kept = parse(await readFile(place.authFile, 'utf8'));
        assert.equal((await stat(place.authFile)).mode & 0o777, 0o600);
        assert.equal(await backend.account.getToken(never), kept['id_token']);
        place.double.invalidate();
        assert.deepEqual((await listJobs(backend, 20, never)).jobs, []);
        const renewed = parse(await readFile(place.authFile, 'utf8'));
        assert.notEqual(renewed['id_token'], kept['id_token']);
        assert.notEqual(renewed['refresh_token'], kept['refresh_token']);
        assert.equal((await windowOf(place).account.getIdentity(never))?.name, 'bob');
      });
    });

  it('polls less often when the server requests it', function () {
    this.timeout(60_000);
    const controls = { flows: ['device'] as const, interval: 1, slowDowns: 1 };
    return trial({ ...patient('device'), controls }, async (backend, place) => {
      let approved = Promise.resolve();
      const open = (url: string): Promise<void> => {
        approved = (async () => {
          while (place.double.controls.slowDowns > 0) await hastyClock.sleep(1000, never);
          await use(place, url, 'approved');
        })();
        return Promise.resolve();
      };
      assert.equal((await backend.account.signIn({ by: 'browser', open }, never)).name, 'ada');
      await approved;
      assert.equal(place.double.calls('POST /auth/token'), 2);
    });
  });

  for (const flows of [['device'], ['classic']] as const) {
    it(`is rejected if the user denies it (${flows[0]})`, () =>
      trial({ ...patient(flows[0]), controls: { flows, interval: 1 } }, async (backend, place) => {
        const before = await readFile(place.authFile, 'utf8');
        const problem = await problemOf(backend.account.signIn(inBrowser(place, 'denied'), never));
        assert.equal(problem.kind, 'refused');
        assert.equal(await readFile(place.authFile, 'utf8'), before);
      }));

    it(`can be cancelled while the page is open (${flows[0]})`, () =>
      trial({ ...patient(flows[0]), controls: { flows, interval: 1 } }, async (backend, { double }) => {
        const stop = new AbortController();
        const open = (): Promise<void> => {
          stop.abort();
          return Promise.resolve();
        };
        await assert.rejects(backend.account.signIn({ by: 'browser', open }, stop.signal), {
          name: 'AbortError',
        });
        assert.ok(double.calls('POST /auth/token') + double.calls('POST /auth/claimtoken') <= 1);
      }));
  }

  it('ends when the code expires before the user approves it', () =>
    trial(
      { ...patient('device'), controls: { flows: ['device'], interval: 1, codeMs: 900 } },
      async (backend) => {
        const open = (): Promise<void> => Promise.resolve();
        assert.equal(
          (await problemOf(backend.account.signIn({ by: 'browser', open }, never))).kind,
          'refused',
        );
      },
    ));

  it('with a pasted token works until the server rejects it, and is not renewed', () =>
    trial({}, async (backend, place) => {
      await rm(place.authFile);
      const token = place.double.token('carla');
      const { name } = await backend.account.signIn({ by: 'token', token: ` ${token}\n` }, never);
      assert.equal(name, 'carla');
      assert.deepEqual((await listJobs(backend, 20, never)).jobs, []);
      await assert.rejects(stat(place.authFile), 'it is not in the depot');
      place.double.invalidate();
      assert.equal((await problemOf(listJobs(backend, 20, never))).kind, 'signedOut');
      assert.equal(place.double.calls('GET /auth/renew/token.toml/v2'), 0);
    }));

  for (const invalidStatus of [401, 500] as const)
    it(`is rejected with a token for which the server returns ${String(invalidStatus)}`, () =>
      trial({ controls: { invalidStatus } }, async (backend, place) => {
        await rm(place.authFile);
        const sign = backend.account.signIn({ by: 'token', token: 'eyJ.not.one' }, never);
        assert.equal((await problemOf(sign)).kind, 'refused');
      }));

  it('out removes the token in all windows, and moves the file aside', () =>
    trial({}, async (backend, place) => {
      const other = windowOf(place);
      await listJobs(other, 20, never);
      await backend.account.signOut(never);
      for (const window of [backend, other])
        assert.equal((await problemOf(listJobs(window, 20, never))).kind, 'signedOut');
      assert.equal(await backend.account.getIdentity(never), undefined);
      await assert.rejects(stat(place.authFile));
    }));
});

describe('JuliaHub: the signed-in user', () => {
  it('is the one the server reports, otherwise the one in the file (1.7)', () =>
    trial({}, async (backend, place) => {
      assert.equal((await backend.account.getIdentity(never))?.name, 'ada');
      place.double.controls.noUsername = true;
      assert.equal((await windowOf(place).account.getIdentity(never))?.name, 'ada');
      const nameless = (await readFile(place.authFile, 'utf8')).replace(/^user_.*\n/gm, '');
      await place.signIn(nameless);
      assert.equal(
        (await windowOf(place).account.getIdentity(never))?.name,
        'ada',
        'the token names its user',
      );
    }));

  it('is requested from an old server by its other endpoint (1.7)', () =>
    trial({ controls: { legacy: true } }, async (backend, { double }) => {
      assert.equal((await backend.account.getIdentity(never))?.name, 'ada');
      assert.equal(double.calls('POST /v1/graphql'), 1);
    }));

  it('is unknown if that fails as well', () =>
    trial({ controls: { legacy: true } }, async (backend, { double }) => {
      double.fault('POST /v1/graphql', 404);
      assert.equal((await problemOf(backend.account.getIdentity(never))).kind, 'refused');
    }));

  it('is absent if the server rejects the token at both endpoints', () =>
    trial({ controls: { invalidStatus: 500 } }, async (backend, { double }) => {
      double.invalidate(true);
      assert.equal(await backend.account.getIdentity(never), undefined);
    }));

  it('works with a server that has a path in its URL', () =>
    trial({ prefix: '/hub' }, async (backend, place) => {
      assert.equal((await backend.account.getIdentity(never))?.name, 'ada');
      place.double.invalidate();
      assert.deepEqual((await listJobs(backend, 20, never)).jobs, []);
      const job = place.double.inject({ status: 'Running', log: 3 });
      const reading = (async () => {
        for await (const event of readEvents(backend, job.name as never, { at: 'start' }, true, never))
          if (event.kind === 'line' && event.text === 'line 4') return;
        assert.fail('the line never came');
      })();
      while (place.double.calls('WS') === 0) await hastyClock.sleep(100, never);
      place.double.append(job, 'line 4');
      await reading;
    }));
});
