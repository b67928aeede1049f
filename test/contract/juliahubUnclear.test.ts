import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from '../../src/core/domain/jobSpec.js';
import { toJobId } from '../../src/core/domain/job.js';
import { JobError, type JobProblem } from '../../src/core/domain/problem.js';
import { createServerCalls } from '../../src/backends/juliahub/createServerCalls.js';
import { submitJob } from '../../src/backends/juliahub/submitJob.js';
import { createAxiosHttp } from '../../src/http/axiosHttp.js';
import type { FaultKind } from '../doubles/juliahub/faults.js';
import { hastyClock, posts, problemOf, timeline, trial } from './juliahubTrial.js';
import { tarOf } from './local.js';
import { never, request } from './subject.js';
import { listJobs, sendBundle, sendScript, validate } from '../fakes/backendCalls.js';

const script = timeline('fit.jl', 'wait\n');
const asked = request('fit', { limitMs: 3_600_000 });

/** Every way in which the response to a non-repeatable request can fail, and the reported problem. */
type Outcomes = readonly (readonly [FaultKind, JobProblem['kind']])[];

describe('JuliaHub: a submission is sent exactly once', () => {
  const outcomes: Outcomes = [
    [401, 'signedOut'],
    [403, 'refused'],
    [404, 'refused'],
    [408, 'refused'],
    [409, 'refused'],
    [429, 'refused'],
    [500, 'unclearSubmit'],
    ['badToken', 'unclearSubmit'],
    [502, 'unclearSubmit'],
    [503, 'unclearSubmit'],
    [504, 'unclearSubmit'],
    ['html', 'unclearSubmit'],
    ['half', 'unclearSubmit'],
    ['truncated', 'unclearSubmit'],
    ['cut', 'unclearSubmit'],
    ['lost', 'unclearSubmit'],
    ['silence', 'unclearSubmit'],
  ];
  for (const [fault, kind] of outcomes)
    it(`and reported as ${kind} if its response is ${String(fault)}`, () =>
      trial({}, async (backend, place) => {
        place.double.fault('POST /juliaruncloud/submit_job', fault, 9);
        assert.equal((await problemOf(sendScript(backend, script, asked, never))).kind, kind);
        // A 401 means that nothing was done.
        assert.equal(posts(place), fault === 401 ? 2 : 1);
      }));

  it('and sent again with a renewed token after a 401, which means that nothing was done', () =>
    trial({}, async (backend, place) => {
      place.double.fault('POST /juliaruncloud/submit_job', 401);
      assert.equal(await sendScript(backend, script, asked, never), place.double.jobs[0]?.name);
      assert.deepEqual([posts(place), place.double.jobs.length], [2, 1]);
    }));

  it('and accepted if its response is slow', () =>
    trial({}, async (backend, place) => {
      place.double.fault('POST /juliaruncloud/submit_job', 'drip');
      assert.equal(await sendScript(backend, script, asked, never), place.double.jobs[0]?.name);
      assert.equal(posts(place), 1);
    }));

  it('and found in the list if its response is lost', () =>
    trial({}, async (backend, place) => {
      place.double.fault('POST /juliaruncloud/submit_job', 'lost');
      await problemOf(sendScript(backend, script, asked, never));
      const { jobs } = await listJobs(backend, 20, never);
      assert.deepEqual(
        jobs.map(({ name }) => name),
        ['fit'],
      );
    }));

  it('and rejected with the message of the server, or without one', () =>
    trial({ controls: { refuseSubmit: 'No more money.' } }, async (backend, place) => {
      const words = async (): Promise<string> => {
        const problem = await problemOf(sendScript(backend, script, asked, never));
        return problem.kind === 'refused' ? problem.words : problem.kind;
      };
      assert.equal(await words(), 'No more money.');
      place.double.controls.refuseSubmit = '';
      assert.equal(await words(), 'no reason was given');
      place.double.controls.refuseSubmit = undefined;
      place.double.controls.rateLimit = 0;
      assert.equal(await words(), 'You have reached the job rate limit of 0.');
      assert.equal(posts(place), 3);
    }));

  it('and not sent at all if the server is down', () =>
    trial({}, async (backend, place) => {
      await validate(backend, { kind: 'script', script }, asked, never);
      await place.double.end();
      assert.deepEqual(await problemOf(sendScript(backend, script, asked, never)), {
        kind: 'offline',
        place: 'JuliaHub',
        why: 'connection refused',
      });
    }));

  it('and not sent at all if the user is not signed in', () =>
    trial({}, async (backend, place) => {
      await validate(backend, { kind: 'script', script }, asked, never);
      await place.signIn('');
      assert.equal((await problemOf(sendScript(backend, script, asked, never))).kind, 'signedOut');
      assert.equal(posts(place), 0);
    }));

  it('and not sent at all if it was cancelled before', () =>
    trial({}, async (backend, place) => {
      await validate(backend, { kind: 'script', script }, asked, never);
      await assert.rejects(sendScript(backend, script, asked, AbortSignal.abort()), { name: 'AbortError' });
      assert.equal(posts(place), 0);
    }));

  it('and not sent at all to a server with an untrusted certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'batch-jobs-hub-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const parts = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -keyout ${key} -out ${cert}`;
    execFileSync('openssl', parts.split(' '), { stdio: 'ignore' });
    let asks = 0;
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
      asks++;
      response.end('{"success":true,"jobname":"jr-1"}');
    });
    try {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      assert.ok(typeof address === 'object' && address);
      const http = createAxiosHttp({ clock: hastyClock });
      const token = (): Promise<string> => Promise.resolve('t');
      const calls = createServerCalls({
        place: 'JuliaHub',
        base: `https://127.0.0.1:${String(address.port)}`,
        http,
        sockets: { listen: () => assert.fail('no socket') },
        tokens: { getToken: token, refreshToken: token },
        plainLoopback: false,
      });
      const node = {
        nodeClass: 'm6',
        gpu: false,
        cpus: 2,
        memory: 8,
        price: 1,
        description: '',
        display: '',
      };
      const sent = submitJob({ kind: 'script', script }, asked, { node }, { calls, http }, never);
      const problem = await problemOf(sent);
      assert.equal(problem.kind === 'offline' && problem.why, 'certificate not trusted by this machine');
      assert.equal(asks, 0);
    } finally {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('JuliaHub: nothing is submitted without its bundle', () => {
  let folder: string;
  let bundle: Bundle;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'batch-jobs-hub-upload-'));
    bundle = await tarOf(folder, 'project', { 'main.jl': '#!timeline\n', 'data.bin': 'x'.repeat(3_000_000) });
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const outcomes: Outcomes = [
    [403, 'refused'],
    [404, 'refused'],
    [429, 'refused'],
    [500, 'offline'],
    [503, 'offline'],
    ['cut', 'offline'],
    ['lost', 'offline'],
    ['silence', 'offline'],
  ];
  for (const [fault, kind] of outcomes)
    it(`which is sent once and reported as ${kind} if the response of the store is ${String(fault)}`, () =>
      trial({}, async (backend, place) => {
        place.double.fault('PUT /bucket', fault, 9);
        assert.equal((await problemOf(sendBundle(backend, bundle, 'main.jl', asked, never))).kind, kind);
        assert.equal(place.double.calls('PUT /bucket/appbundle.tar'), 1);
        assert.equal(posts(place), 0);
      }));

  it('which differs from its announced size or hash', () =>
    trial(
      {},
      async (backend, place) => {
        const other = { ...bundle, sha256: 'a'.repeat(64) };
        assert.equal((await problemOf(sendBundle(backend, other, 'main.jl', asked, never))).kind, 'refused');
        assert.equal(posts(place), 0);
      },
      [/other bytes than announced/],
    ));

  it('and can be submitted again afterwards', () =>
    trial({}, async (backend, place) => {
      place.double.fault('PUT /bucket', 'cut');
      await problemOf(sendBundle(backend, bundle, 'main.jl', asked, never));
      await sendBundle(backend, bundle, 'main.jl', asked, never);
      assert.deepEqual([place.double.calls('PUT /bucket/appbundle.tar'), posts(place)], [2, 1]);
    }));
});

describe('JuliaHub: jobs are killed and extended exactly once', () => {
  const outcomes: Outcomes = [
    [401, 'signedOut'],
    [403, 'gone'],
    [404, 'refused'],
    [429, 'offline'],
    [500, 'offline'],
    ['badToken', 'signedOut'],
    [502, 'offline'],
    [503, 'offline'],
    [504, 'offline'],
    ['html', 'badAnswer'],
    ['half', 'badAnswer'],
    ['truncated', 'offline'],
    ['cut', 'offline'],
    ['lost', 'offline'],
    ['silence', 'offline'],
  ];
  for (const [what, route] of [
    ['killing', 'GET /juliaruncloud/kill_job'],
    ['extending', 'POST /juliaruncloud/extend_job_time_limit'],
  ] as const)
    for (const [fault, kind] of outcomes)
      it(`although the response to ${what} is ${String(fault)}, which is reported as ${kind}`, () =>
        trial({}, async (backend, place) => {
          const id = toJobId(place.double.inject({ status: 'Running', limitHours: 1 }).name);
          place.double.fault(route, fault, 9);
          const work =
            what === 'killing'
              ? backend.control.cancel(id, never)
              : backend.control.extend(id, 3_600_000, never);
          assert.equal((await problemOf(work)).kind, kind);
          assert.equal(place.double.calls(route), fault === 401 ? 2 : 1);
        }));

  for (const [what, route] of [
    ['killed', 'GET /juliaruncloud/kill_job'],
    ['extended', 'POST /juliaruncloud/extend_job_time_limit'],
  ] as const)
    it(`and ${what} with a renewed token after a 401`, () =>
      trial({}, async (backend, place) => {
        const job = place.double.inject({ status: 'Running', limitHours: 1 });
        place.double.fault(route, 401);
        if (what === 'killed') await backend.control.cancel(toJobId(job.name), never);
        else await backend.control.extend(toJobId(job.name), 3_600_000, never);
        assert.equal(place.double.calls(route), 2);
        if (what === 'extended') assert.equal(job.limitHours, 2);
      }));

  it('and report rejections with the message of the server', () =>
    trial({ controls: { refuseKill: 'Not now.', refuseExtend: 'Long enough.' } }, async (backend, place) => {
      const id = toJobId(place.double.inject({ status: 'Running', limitHours: 1 }).name);
      const words = [backend.control.cancel(id, never), backend.control.extend(id, 3_600_000, never)].map(
        async (work) => {
          const problem = await problemOf(work);
          return problem.kind === 'refused' && problem.words;
        },
      );
      assert.deepEqual(await Promise.all(words), ['Not now.', 'Long enough.']);
    }));

  it('by whole hours, for an existing job with a limit', () =>
    trial({}, async (backend, place) => {
      const hour = 3_600_000;
      const job = place.double.inject({ status: 'Running', limitHours: 1 });
      await backend.control.extend(toJobId(job.name), 5 * hour, never);
      await backend.control.extend(toJobId(job.name), 24 * hour, never);
      assert.equal(job.limitHours, 30);
      for (const ms of [1000, 0, -10 * hour, NaN, Infinity])
        assert.equal((await problemOf(backend.control.extend(toJobId(job.name), ms, never))).kind, 'invalid');
      const free = toJobId(place.double.inject({ status: 'Running' }).name);
      assert.equal((await problemOf(backend.control.extend(free, hour, never))).kind, 'refused');
      for (const unknown of [403, 'invalid'] as const) {
        place.double.controls.unknownExtend = unknown;
        assert.equal((await problemOf(backend.control.extend(toJobId('jr-not'), hour, never))).kind, 'gone');
      }
      assert.equal((await problemOf(backend.control.cancel(toJobId('jr-not'), never))).kind, 'gone');
    }));

  it('and a killed job can be reported as running for a while', () =>
    trial({ controls: { killLagMs: 100 } }, async (backend, place) => {
      const id = toJobId(place.double.inject({ status: 'Running' }).name);
      await backend.control.cancel(id, never);
      assert.equal((await backend.jobs.get(id, never))?.state.word, 'Running');
      while ((await backend.jobs.get(id, never))?.state.word !== 'Stopped')
        await hastyClock.sleep(500, never);
      assert.equal(place.double.calls('GET /juliaruncloud/kill_job'), 1);
    }));
});

describe('JuliaHub: a failed submission', () => {
  it('has the underlying failure as its cause', () =>
    trial({}, async (backend, place) => {
      place.double.fault('POST /juliaruncloud/submit_job', 502);
      await assert.rejects(sendScript(backend, script, asked, never), (error: unknown) => {
        assert.ok(error instanceof JobError && error.cause instanceof JobError);
        assert.equal(error.cause.problem.kind, 'offline');
        return true;
      });
    }));
});
