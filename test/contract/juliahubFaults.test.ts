import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { toJobId, type JobId } from '../../src/core/domain/job.js';
import type { JobProblem } from '../../src/core/domain/problem.js';
import type { FaultKind } from '../doubles/juliahub/faults.js';
import type { Hub } from './juliahub.js';
import { bytesOf, hastyClock, problemOf, trial, windowOf, type Window } from './juliahubTrial.js';
import { linesOf, never, request, wholeLog } from './subject.js';
import { listJobs, sendScript, validate } from '../fakes/backendCalls.js';

const file = { name: 'answer.txt', kind: 'result' } as const;
const applications = '/app/applications/info';

/** Every operation that only reads, with its first request route. */
const reads: readonly (readonly [
  what: string,
  route: string,
  read: (backend: Window, id: JobId) => Promise<unknown>,
])[] = [
  ['the list', 'GET /juliaruncloud/get_jobs', (backend) => listJobs(backend, 20, never)],
  ['a job', 'GET /api/rest/jobs', (backend, id) => backend.jobs.get(id, never)],
  ['the log', 'GET /juliaruncloud/get_logs', (backend, id) => wholeLog(backend, id)],
  ['a file', 'GET /jobs', (backend, id) => bytesOf(backend.files.read(id, file, never))],
  [
    'the nodes',
    'GET /app/config/nodespecs/info',
    (backend) =>
      validate(
        backend,
        { kind: 'application', application: { id: 'default/pluto', title: '' } },
        request('x'),
        never,
      ),
  ],
  ['the applications', `GET ${applications}`, (backend) => backend.submit.applications(never)],
  ['the registries', 'GET /app/packages/registries', (backend) => backend.submit.applications(never)],
  [
    'the projects',
    'POST /v1/graphql',
    (backend) =>
      backend.submit
        .questions?.('script')
        .find(({ id }) => id === 'project')
        ?.choices?.(never, {}) ?? assert.fail('no projects'),
  ],
];

const exactRoute: Readonly<Record<string, string>> = {
  'GET /api/rest/jobs': 'GET /api/rest/jobs/jr-fault',
  'GET /jobs': 'GET /jobs/jr-fault/files/answer.txt',
};

/** Operations that last until cancelled: how they report the failure, and how often they send requests. */
const lasting: readonly (readonly [FaultKind, JobProblem['kind'], number])[] = [
  [401, 'signedOut', 2],
  [403, 'refused', 1],
  [404, 'refused', 1],
  [429, 'offline', 4],
  [500, 'offline', 1],
  ['badToken', 'signedOut', 2],
  [502, 'offline', 4],
  [503, 'offline', 4],
  [504, 'offline', 4],
  ['html', 'badAnswer', 1],
  ['half', 'badAnswer', 1],
  ['truncated', 'offline', 4],
  ['cut', 'offline', 4],
];

/** Statuses with a special meaning: a job or file does not exist, or a server has no such list. */
const special: Readonly<Record<string, JobProblem['kind'] | 'fine'>> = {
  'a job 403': 'fine',
  'the log 403': 'gone',
  'a file 403': 'gone',
  'a file 404': 'gone',
  // The bytes are accepted as received; a known hash reveals that it is not the file.
  'a file html': 'fine',
  'a file half': 'fine',
  'the applications 404': 'fine',
};

/** Transient failures, and the number of requests until success. */
const passing: readonly (readonly [FaultKind, number, number])[] = [
  [401, 1, 2],
  ['badToken', 1, 2],
  [429, 2, 3],
  [502, 3, 4],
  [503, 1, 2],
  [504, 1, 2],
  ['cut', 1, 2],
  ['silence', 1, 2],
  ['truncated', 1, 2],
  ['drip', 1, 1],
];

describe('JuliaHub: each read while the server fails', () => {
  for (const [what, route, read] of reads) {
    for (const [fault, usual, usualCalls] of lasting) {
      const kind = special[`${what} ${String(fault)}`] ?? usual;
      it(`reports ${what} as ${kind} if every response is ${String(fault)}, and works afterwards`, () =>
        trial({}, async (backend, place) => {
          const { double } = place;
          const { name } = double.inject({
            name: 'jr-fault',
            log: ['one', 'two'],
            files: [{ name: file.name, type: 'result', bytes: Buffer.from('42, the answer') }],
          });
          const id = toJobId(name);
          double.fault(route, fault, 30);
          if (kind === 'fine') await read(backend, id);
          else assert.equal((await problemOf(read(backend, id))).kind, kind);
          const asked = double.calls(exactRoute[route] ?? route);
          // A download's bytes are not requested again: the reader already has the first part.
          const calls = what === 'a file' && fault === 'truncated' ? 1 : usualCalls;
          assert.equal(asked, calls);
          double.heal();
          if (fault === 401 || fault === 'badToken') await place.signIn();
          await read(backend, id);
        }));
    }
    for (const [fault, times, calls] of passing)
      it(`reads ${what} although ${String(fault)} occurs ${String(times)} times`, () =>
        trial({}, async (backend, { double }) => {
          const { name } = double.inject({
            name: 'jr-fault',
            log: ['one', 'two'],
            files: [{ name: file.name, type: 'result', bytes: Buffer.from('42, the answer') }],
          });
          double.fault(route, fault, times);
          if (what === 'a file' && fault === 'truncated') {
            assert.equal((await problemOf(read(backend, toJobId(name)))).kind, 'offline');
            return;
          }
          await read(backend, toJobId(name));
          assert.equal(double.calls(exactRoute[route] ?? route), calls);
        }));
  }
});

describe('JuliaHub: an expired sign-in', () => {
  const renewals = ({ double }: Hub): number => double.calls('GET /auth/renew/token.toml/v2');

  it('is renewed once while a job is watched, and the list keeps refreshing', () =>
    trial({ controls: { oldTokenDies: true } }, async (backend, place) => {
      place.double.inject({ status: 'Running' });
      await listJobs(backend, 20, never);
      place.double.invalidate();
      assert.equal((await listJobs(backend, 20, never)).jobs.length, 1);
      assert.equal((await listJobs(backend, 20, never)).jobs.length, 1);
      assert.equal(renewals(place), 1);
      assert.equal(place.double.calls('GET /juliaruncloud/get_jobs'), 4);
    }));

  it('is renewed while a log is followed, and no line is lost', () =>
    trial({ controls: { dropSocketEvery: 5 } }, async (backend, { double }) => {
      const job = double.inject({ status: 'Running', log: 5 });
      const reading = wholeLog(backend, toJobId(job.name));
      while (double.calls('WS') === 0) await hastyClock.sleep(100, never);
      double.invalidate();
      for (let line = 6; line <= 30; line++) double.append(job, `line ${line}`);
      double.finish(job, 'Completed');
      assert.deepEqual(
        linesOf(await reading),
        Array.from({ length: 30 }, (_, index) => `line ${index + 1}`),
      );
    }));

  for (const status of [401, 500] as const)
    it(`that cannot be renewed is reported once, and no request is sent until the user signs in (${status})`, () =>
      trial({ controls: { invalidStatus: status } }, async (backend, place) => {
        await listJobs(backend, 20, never);
        place.double.invalidate(true);
        assert.equal((await problemOf(listJobs(backend, 20, never))).kind, 'signedOut');
        const asked = [place.double.calls('GET /juliaruncloud/get_jobs'), renewals(place)];
        for (const work of [
          () => listJobs(backend, 20, never),
          () => backend.jobs.get(toJobId('jr-1'), never),
          () => wholeLog(backend, toJobId('jr-1')),
          () => sendScript(backend, { name: 'a.jl', text: '' }, request('a', { limitMs: 3_600_000 }), never),
        ])
          assert.equal((await problemOf(work())).kind, 'signedOut');
        assert.deepEqual([place.double.calls('GET /juliaruncloud/get_jobs'), renewals(place)], asked);
        assert.equal(place.double.calls('GET /app/config/nodespecs/info'), 0);
        await place.signIn();
        assert.deepEqual((await listJobs(backend, 20, never)).jobs, []);
      }));

  for (const style of ['toml', 'dex'] as const)
    it(`is renewed once by several windows at the same time (${style})`, () =>
      trial({ controls: { refreshStyle: style, oldTokenDies: true } }, async (backend, place) => {
        place.double.invalidate();
        const windows = [backend, windowOf(place), windowOf(place)];
        const lists = windows.flatMap((window) => [listJobs(window, 20, never), listJobs(window, 5, never)]);
        for (const { jobs } of await Promise.all(lists)) assert.deepEqual(jobs, []);
        assert.equal(renewals(place) + place.double.calls('POST /dex/token'), 1);
        assert.equal((await Promise.all(windows.map((window) => listJobs(window, 20, never)))).length, 3);
      }));

  it('is renewed ten minutes early, once for several windows', () =>
    trial({ controls: { tokenMs: 9 * 60_000 } }, async (backend, place) => {
      // A token with a longer lifetime and this much time remaining.
      const toml = await readFile(place.authFile, 'utf8');
      await place.signIn(toml.replace(/^expires_in = .*$/m, 'expires_in = 86400'));
      place.double.controls.tokenMs = 86_400_000;
      const windows = [backend, windowOf(place), windowOf(place)];
      await Promise.all(windows.map((window) => listJobs(window, 20, never)));
      assert.equal(renewals(place), 1);
      assert.equal(place.double.calls('GET /juliaruncloud/get_jobs'), 3);
    }));

  for (const [what, skewMs] of [
    ['ahead', 300_000],
    ['behind', -300_000],
  ] as const)
    it(`keeps working if the server clock is five minutes ${what}`, () =>
      trial({ controls: { clockSkewMs: skewMs, tokenMs: 3_600_000 } }, async (backend, place) => {
        assert.equal((await listJobs(backend, 20, never)).hasMore, false);
        assert.equal(renewals(place), 0);
        // The token expires by the clock of the server.
        place.double.controls.clockSkewMs = skewMs + 3_600_001;
        await listJobs(backend, 20, never);
        await listJobs(backend, 20, never);
        assert.equal(renewals(place), 1);
        const expires = Number(/^expires_at = (\d+)/m.exec(await readFile(place.authFile, 'utf8'))?.[1]);
        assert.ok(
          Math.abs(expires - (Date.now() / 1000 + 3600)) < 5,
          'the expiry is recorded by the local clock',
        );
      }));

  it('that temporarily cannot be renewed is not reported as expired', () =>
    trial({}, async (backend, place) => {
      place.double.invalidate();
      place.double.fault('GET /auth/renew', 503, 9);
      assert.equal((await problemOf(listJobs(backend, 20, never))).kind, 'offline');
      place.double.heal();
      assert.deepEqual((await listJobs(backend, 20, never)).jobs, []);
    }));
});
