import assert from 'node:assert/strict';
import type { Double } from '../../doubles/juliahub/double.js';
import type { DoubleJob } from '../../doubles/juliahub/state.js';
import { bearer, hasura, runScript, sha256, until, withHub } from './juliahubAsk.js';

const get = (double: Double, path: string, user?: string): Promise<Response> =>
  fetch(`${double.url}${path}`, { headers: { ...bearer(double.token(user)), ...hasura } });

const jsonAt = async (double: Double, path: string): Promise<unknown> => (await get(double, path)).json();

async function details(double: Double, name: string): Promise<Record<string, unknown>> {
  const answer = (await jsonAt(double, `/api/rest/jobs/${name}`)) as { details: Record<string, unknown>[] };
  assert.equal(answer.details.length, 1);
  return answer.details[0] ?? {};
}

const extend = async (double: Double, body: unknown): Promise<Response> =>
  fetch(`${double.url}/juliaruncloud/extend_job_time_limit`, {
    method: 'POST',
    headers: bearer(double.token()),
    body: Buffer.from(JSON.stringify(body)),
  });

const kill = (double: Double, name: string): Promise<Response> =>
  get(double, `/juliaruncloud/kill_job?jobname=${name}`);

const isRunning = ({ status }: DoubleJob): boolean => status === 'Running';

describe('JuliaHub stand-in: jobs', () => {
  it("lists the user's newest twenty jobs by default, newest first (2.1)", () =>
    withHub({}, async (double) => {
      for (let index = 1; index <= 25; index++) double.inject({ name: `jr-${String(index)}` });
      double.inject({ user: 'bob', name: 'jr-of-bob' });
      const names = async (query: string): Promise<readonly string[]> =>
        ((await jsonAt(double, `/juliaruncloud/get_jobs${query}`)) as { jobname: string }[]).map(
          ({ jobname }) => jobname,
        );
      assert.equal((await names('')).length, 20);
      assert.deepEqual(await names('?limit=2'), ['jr-25', 'jr-24']);
      assert.equal((await names('?limit=999999999')).length, 25);
    }));

  it('rejects a limit that is not a positive integer, and other filters (2.1)', () =>
    withHub(
      {},
      async (double) => {
        assert.equal((await get(double, '/juliaruncloud/get_jobs?limit=0')).status, 400);
        await get(double, '/juliaruncloud/get_jobs?status=Running');
      },
      [/limit=0/, /get_jobs with status/],
    ));

  it('returns one job, and an empty list for an unknown job (2.2)', () =>
    withHub({}, async (double) => {
      const { name } = double.inject({ alias: 'fit', results: '{"pi": 3}' });
      const job = await details(double, name);
      assert.deepEqual(
        [job['jobname_alias'], job['status'], job['outputs'], job['inputs']],
        ['fit', 'Completed', '{"pi": 3}', '{"jobname":"fit"}'],
      );
      assert.match(String(job['endtimestamp']), /^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/);
      assert.deepEqual(await jsonAt(double, '/api/rest/jobs/jr-nobody'), { details: [] });
    }));

  it('requires both headers at /api/rest (1.8)', () =>
    withHub(
      {},
      async (double) => {
        const { name } = double.inject({});
        const path = `${double.url}/api/rest/jobs/${name}`;
        for (const name of ['X-Hasura-Role', 'X-JuliaHub-Ensure-JS'] as const) {
          const { [name]: _, ...rest } = hasura;
          assert.equal((await fetch(path, { headers: { ...bearer(double.token()), ...rest } })).status, 400);
        }
      },
      [/without x-hasura-role/, /without x-juliahub-ensure-js/],
    ));

  it('goes through the configured statuses, then runs and ends (2.4)', () =>
    withHub({ controls: { startMs: 60, startWords: ['SubmitInitialized', 'Pending'] } }, async (double) => {
      const seen = new Set<string>();
      const job = await runScript(double, '#!timeline\nsleep 20\n', {}, ({ status }) => {
        seen.add(status);
        return status === 'Completed';
      });
      assert.deepEqual([...seen], ['SubmitInitialized', 'Pending', 'Running', 'Completed']);
      assert.ok(job.submitted <= (job.started ?? 0) && (job.started ?? 0) <= (job.ended ?? 0));
    }));

  it("stops a job by a GET, after the delay, but not another user's (7.1)", () =>
    withHub({ controls: { killLagMs: 50 } }, async (double) => {
      const job = await runScript(double, '#!/bin/sh\nsleep 60\n', {}, isRunning);
      const asked = Date.now();
      const answer = await kill(double, job.name);
      assert.deepEqual(await answer.json(), {
        status: true,
        message: `Job ${job.name} stopped successfully`,
      });
      assert.equal((await details(double, job.name))['status'], 'Running');
      await until(() => job.ended !== undefined, 'it does not stop');
      assert.equal(job.status, 'Stopped');
      assert.ok((job.ended ?? 0) - asked >= 49, 'after the delay');
      assert.equal((await kill(double, 'jr-nobody')).status, 403);
      assert.equal(
        (await get(double, `/juliaruncloud/kill_job?jobname=${job.name}`, 'bob')).status,
        403,
        'as bob',
      );
      double.controls.refuseKill = 'Not now.';
      assert.deepEqual(await (await kill(double, job.name)).json(), { status: false, message: 'Not now.' });
    }));

  it('records a kill by POST (7.1)', () =>
    withHub(
      {},
      async (double) => {
        const { name } = double.inject({ status: 'Running' });
        const url = `${double.url}/juliaruncloud/kill_job?jobname=${name}`;
        assert.equal((await fetch(url, { method: 'POST', headers: bearer(double.token()) })).status, 404);
      },
      [/kill by POST/],
    ));

  it('ends a job at its limit, which can be extended by whole hours (7.2)', () =>
    withHub(
      { controls: { hourMs: 1_000 } },
      async (double) => {
        const job = await runScript(double, '#!/bin/sh\nsleep 60\n', {}, isRunning);
        const answer = await extend(double, { jobname: job.name, extendby: 2 });
        assert.deepEqual(await answer.json(), { success: true, message: '' });
        await until(() => job.ended !== undefined, 'it does not end');
        assert.equal(job.status, 'Stopped');
        assert.ok((job.ended ?? 0) - (job.started ?? 0) >= 3_000, 'three hours of 1 s');
        const half = double.inject({ status: 'Running', limitHours: 1 });
        const refused = await extend(double, { jobname: half.name, extendby: 1.5 });
        assert.equal(((await refused.json()) as Record<string, unknown>)['success'], false);
        assert.equal((await extend(double, { jobname: 'jr-nobody', extendby: 1 })).status, 403);
        double.controls.unknownExtend = 'invalid';
        assert.deepEqual(await (await extend(double, { jobname: 'jr-nobody', extendby: 1 })).json(), {
          success: false,
          message: 'Invalid jobname jr-nobody',
        });
      },
      [/extended by 1\.5/],
    ));

  it('returns jobs with the oddities of servers (2.3, 10.3)', () =>
    withHub({}, async (double) => {
      const { name } = double.inject({ alias: 'a "b"' });
      double.controls.doubleEscaped = true;
      assert.equal((await details(double, name))['inputs'], String.raw`{\"jobname\":\"a \\\"b\\\"\"}`);
      double.controls.alterJob = (job) => ({ ...job, status: 'Dreaming', submittimestamp: null });
      const job = await details(double, name);
      assert.deepEqual([job['status'], job['submittimestamp']], ['Dreaming', null]);
      double.controls.oddJobs.push({ jobname: 7 });
      const list = (await jsonAt(double, '/juliaruncloud/get_jobs')) as unknown[];
      assert.deepEqual(list[0], { jobname: 7 });
    }));
});

describe('JuliaHub stand-in: files of jobs (6)', () => {
  it('are returned with their hash in either encoding, or none', () =>
    withHub({}, async (double) => {
      const bytes = Buffer.from('42');
      const { name } = double.inject({ files: [{ name: 'a b/c.txt', type: 'result', bytes }] });
      const told = async (): Promise<Record<string, unknown>> =>
        ((await details(double, name))['files'] as Record<string, unknown>[])[0] ?? {};
      const { upload_timestamp: time, ...file } = await told();
      assert.match(String(time), /\.\d{6}\+00:00$/);
      const hash = { algorithm: 'sha2_256', value: sha256('42') };
      assert.deepEqual(file, { name: 'a b/c.txt', type: 'result', size: 2, hash });
      double.controls.hashes = 'base64';
      const value = Buffer.from(sha256('42'), 'hex').toString('base64');
      assert.deepEqual((await told())['hash'], { algorithm: 'sha2_256', value });
      double.controls.hashes = 'none';
      assert.deepEqual((await told())['hash'], { algorithm: null, value: null });
    }));

  it('are downloaded by name and type, through another host if configured', () =>
    withHub({}, async (double) => {
      const { name } = double.inject({
        files: [{ name: 'a b/c.txt', type: 'result', bytes: Buffer.from('42') }],
      });
      const path = `/jobs/${name}/files/a%20b%2Fc.txt?filetype=`;
      assert.equal(await (await get(double, `${path}result`)).text(), '42');
      assert.equal((await get(double, `${path}input`)).status, 404);
      assert.equal((await get(double, `/jobs/jr-nobody/files/x?filetype=input`)).status, 403);
      double.controls.redirectDownloads = true;
      const answer = await fetch(`${double.url}${path}result`, {
        headers: bearer(double.token()),
        redirect: 'manual',
      });
      const to = answer.headers.get('location') ?? '';
      assert.deepEqual([answer.status, new URL(to).origin], [302, double.bucketUrl]);
      assert.equal(await (await fetch(to)).text(), '42');
      assert.equal((await fetch(to.slice(0, -1))).status, 403);
    }));

  it('record a token at the other host, and a missing type', () =>
    withHub(
      { controls: { redirectDownloads: true } },
      async (double) => {
        const { name } = double.inject({ files: [{ name: 'x', type: 'input', bytes: Buffer.from('x') }] });
        const url = `${double.url}/jobs/${name}/files/x`;
        const headers = bearer(double.token());
        const answer = await fetch(`${url}?filetype=input`, { headers, redirect: 'manual' });
        assert.equal((await fetch(answer.headers.get('location') ?? '', { headers })).status, 400);
        assert.equal((await fetch(url, { headers })).status, 404);
      },
      [/a token at the bucket/, /a file without filetype/],
    ));

  it('can be interrupted, and can differ from their hash', () =>
    withHub({ controls: { cutDownloads: 3 } }, async (double) => {
      const bytes = Buffer.from('0123456789');
      const { name } = double.inject({ files: [{ name: 'x', type: 'result', bytes }] });
      const path = `/jobs/${name}/files/x?filetype=result`;
      await assert.rejects(get(double, path).then((answer) => answer.text()));
      double.controls.cutDownloads = 0;
      double.controls.spoilDownloads = true;
      const spoilt = await (await get(double, path)).text();
      assert.equal(spoilt.length, 10);
      assert.notEqual(spoilt, '0123456789');
    }));
});
