import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { Double } from '../../doubles/juliahub/double.js';
import type { FaultKind } from '../../doubles/juliahub/faults.js';
import type { DoubleJob } from '../../doubles/juliahub/state.js';
import { bearer, form, post, runScript, scriptFields, until, withHub } from './juliahubAsk.js';

const list = (double: Double): Promise<Response> =>
  fetch(`${double.url}/juliaruncloud/get_jobs`, { headers: bearer(double.token()) });

describe('JuliaHub stand-in: server', () => {
  it('requires a prefix of all paths, and counts paths without it (1.1)', () =>
    withHub(
      { prefix: '/hub' },
      async (double) => {
        assert.ok(double.url.endsWith('/hub'));
        assert.equal((await list(double)).status, 200);
        const { origin } = new URL(double.url);
        assert.equal((await fetch(`${origin}/juliaruncloud/get_jobs`)).status, 404);
      },
      [/without the prefix \/hub/],
    ));

  it('records requests to unknown routes (12.1)', () =>
    withHub(
      {},
      async (double) => {
        const url = `${double.url}/juliaruncloud/jobs`;
        assert.equal((await fetch(url, { headers: bearer(double.token()) })).status, 404);
      },
      [/GET \/juliaruncloud\/jobs: unknown route/],
    ));

  it('returns its catalog, and another one if configured (3.1, 3.2, 8)', () =>
    withHub({}, async (double) => {
      const ask = async (path: string): Promise<Record<string, unknown>> =>
        (await (await fetch(`${double.url}${path}`, { headers: bearer(double.token()) })).json()) as Record<
          string,
          unknown
        >;
      const nodes = await ask('/app/config/nodespecs/info');
      assert.equal((nodes['node_specs'] as unknown[]).length, 9);
      const images = await ask('/juliaruncloud/product_image_groups?extended=true');
      assert.deepEqual(Object.keys(images['image_groups'] as object), ['base_only', 'base_and_opt']);
      double.controls.alterList = (way, answer) =>
        way.endsWith('/info') ? { success: false, message: 'closed' } : answer;
      assert.deepEqual(await ask('/app/config/nodespecs/info'), { success: false, message: 'closed' });
      assert.deepEqual(await ask('/juliaruncloud/product_image_groups?extended=true'), images);
    }));

  it('counts the requests to a route', () =>
    withHub({}, async (double) => {
      await list(double);
      await list(double);
      assert.equal(double.calls('GET /juliaruncloud/get_jobs'), 2);
      assert.equal(double.calls('GET /api/v1'), 0);
    }));

  for (const kind of [401, 403, 404, 429, 500, 502] as const)
    it(`responds with ${String(kind)} the configured number of times, and then normally`, () =>
      withHub({ controls: { retryAfterSeconds: 7 } }, async (double) => {
        double.fault('/juliaruncloud/get_jobs', kind, 2);
        for (const status of [kind, kind, 200]) {
          const answer = await list(double);
          assert.equal(answer.status, status);
          if (status === 429) assert.equal(answer.headers.get('retry-after'), '7');
        }
      }));

  for (const [kind, is] of [
    ['html', async (answer: Promise<Response>) => assert.match(await (await answer).text(), /^<html>/)],
    [
      'half',
      async (answer: Promise<Response>) => {
        const { status, headers } = await answer;
        assert.deepEqual([status, headers.get('content-length')], [200, '1']);
      },
    ],
    [
      'truncated',
      (answer: Promise<Response>) =>
        assert.rejects(
          answer.then((response) => response.text()),
          /terminated/,
        ),
    ],
    ['cut', (answer: Promise<Response>) => assert.rejects(answer, /fetch failed/)],
    ['drip', async (answer: Promise<Response>) => assert.equal(await (await answer).text(), '[]')],
  ] as const satisfies readonly (readonly [FaultKind, (answer: Promise<Response>) => Promise<void>])[])
    it(`responds with the fault ${kind}`, () =>
      withHub({}, async (double) => {
        double.fault('GET /juliaruncloud', kind);
        await is(list(double));
      }));

  it('never responds to a silent request', () =>
    withHub({}, async (double) => {
      double.fault('/juliaruncloud/get_jobs', 'silence');
      const answer = fetch(`${double.url}/juliaruncloud/get_jobs`, {
        headers: bearer(double.token()),
        signal: AbortSignal.timeout(100),
      });
      await assert.rejects(answer, { name: 'TimeoutError' });
    }));

  it('accepts a submission whose response is lost, and none whose request is cut', () =>
    withHub({}, async (double) => {
      const send = (): Promise<unknown> => post(double, double.token(), form(scriptFields('#!timeline\n')));
      double.fault('/juliaruncloud/submit_job', 'cut');
      await assert.rejects(send());
      assert.equal(double.jobs.length, 0);
      double.fault('/juliaruncloud/submit_job', 'lost');
      await assert.rejects(send());
      assert.equal(double.jobs.length, 1);
    }));

  it('ends even if connections are open', () =>
    withHub({}, async (double) => {
      const { hostname, port } = new URL(double.url);
      const socket = connect(Number(port), hostname);
      await new Promise((resolve) => socket.once('connect', resolve));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      await double.end();
      await closed;
    }));

  it('returns all secrets ever issued', () =>
    withHub({}, async (double) => {
      const { idToken, accessToken, refreshToken, refreshUrl } = double.issue();
      double.invalidate();
      await fetch(refreshUrl, { headers: bearer(refreshToken) });
      for (const secret of [idToken, accessToken, refreshToken]) assert.ok(double.secrets().includes(secret));
    }));
});

describe('JuliaHub stand-in: ports of jobs (7.5)', () => {
  const serving = async (double: Double, access: object, code = 'listen\nwait\n'): Promise<DoubleJob> =>
    runScript(
      double,
      `#!timeline\n${code}`,
      {
        appArgs: JSON.stringify({ port: 8080, ...access }),
        product_name: 'standard-interactive',
      },
      (job) => job.link !== undefined && job.status === 'Running',
    );
  const onlyMe = { authentication: true, authorization: 'me' };

  it('have their own origin, and return 502 until the program listens', () =>
    withHub({}, async (double) => {
      const job = await serving(double, onlyMe, 'sleep 150\nlisten\nwait\n');
      assert.match(job.link ?? '', /^http:\/\/127\.0\.0\.3:\d+\/$/);
      const ask = (): Promise<Response> =>
        fetch(`${job.link ?? ''}a?b=1`, { method: 'POST', body: 'hi', headers: bearer(double.token()) });
      assert.equal((await ask()).status, 502);
      let answer = await ask();
      await until(() => double.calls('POST /port/a?b=1') > 0, 'it was not asked');
      for (const giveUp = Date.now() + 5000; answer.status === 502 && Date.now() < giveUp;)
        answer = await ask();
      const told = (await answer.json()) as { headers: Record<string, string> };
      assert.deepEqual(
        { ...told, headers: undefined },
        {
          method: 'POST',
          path: '/a?b=1',
          headers: undefined,
          body: 'hi',
        },
      );
      assert.equal(told.headers['authorization'], undefined, 'the program receives no token');
      double.finish(job, 'Stopped');
      await until(() => job.ended !== undefined, 'it does not end');
      await assert.rejects(ask(), 'its origin is closed');
    }));

  it('of two jobs do not conflict', () =>
    withHub({}, async (double) => {
      const [one, other] = [await serving(double, onlyMe), await serving(double, onlyMe)];
      assert.notEqual(one.link, other.link);
      for (const { link } of [one, other]) {
        await until(() => one.port !== other.port, 'both have the same port');
        const ask = (): Promise<Response> => fetch(link ?? '', { headers: bearer(double.token()) });
        let { status } = await ask();
        for (const giveUp = Date.now() + 5000; status === 502 && Date.now() < giveUp;)
          ({ status } = await ask());
        assert.equal(status, 200);
      }
    }));

  for (const [mode, access, none, own, others, violations] of [
    ['only me', onlyMe, 401, 200, 403, [/port of a job of ada was requested as bob/]],
    ['any user', { authentication: true, authorization: 'anyone' }, 401, 200, 200, []],
    ['everyone', { authentication: false, authorization: 'anyone' }, 200, 200, 200, []],
  ] as const)
    it(`for ${mode} admit only authorized requests`, () =>
      withHub(
        {},
        async (double) => {
          const { link = '', log } = await serving(double, access, 'listen\nprint listening\nwait\n');
          await until(() => log.length > 0, 'it does not listen');
          const status = async (headers: Record<string, string>): Promise<number> =>
            (await fetch(link, { headers })).status;
          assert.equal(await status({}), none);
          assert.equal(await status(bearer(double.token())), own);
          assert.equal(await status(bearer(double.token('bob'))), others);
          double.controls.portsDown = true;
          assert.equal(await status(bearer(double.token())), 502);
        },
        violations,
      ));

  it('admit a browser through a page', () =>
    withHub({}, async (double) => {
      const access = { authentication: true, authorization: 'anyone', password: 'Secret-12' };
      const { link = '', log } = await serving(double, access, 'listen\nprint listening\nwait\n');
      await until(() => log.length > 0, 'it does not listen');
      const page = await fetch(link, { headers: { Accept: 'text/html' } });
      assert.deepEqual([page.status, /type="password"/.test(await page.text())], [401, true]);
      const enter = (password: string): Promise<Response> =>
        fetch(`${link}.stand-in/sign-in`, {
          method: 'POST',
          body: new URLSearchParams({ password }),
          redirect: 'manual',
        });
      assert.equal((await enter('wrong')).status, 401);
      const cookie = (await enter('Secret-12')).headers.get('set-cookie')?.split(';')[0] ?? '';
      assert.equal((await fetch(link, { headers: { Cookie: cookie } })).status, 200);
      assert.ok(double.secrets().includes('Secret-12'));
    }));
});
