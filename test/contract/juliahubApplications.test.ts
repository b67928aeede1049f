import assert from 'node:assert/strict';
import type { JobRequest } from '../../src/core/domain/jobSpec.js';
import { toJobId } from '../../src/core/domain/job.js';
import { posts, problemOf, sentFields, trial, type Window } from './juliahubTrial.js';
import { never, request } from './subject.js';
import { readPrevious, sendApplication } from '../fakes/backendCalls.js';

const hour = 3_600_000;

/** Submits an application by its title. */
async function start(
  backend: Window,
  title: string,
  options: JobRequest['options'] = {},
  env: JobRequest['env'] = {},
): Promise<void> {
  const found = (await backend.submit.applications(never)).find((one) => one.title === title);
  assert.ok(found, title);
  await sendApplication(backend, found, request(title, { limitMs: hour, options, env }), never);
}

describe('JuliaHub: applications', () => {
  const auth = '{"authentication":true,"authorization":"me"}';
  const uuid = 'aaaaaaaa-89ab-cdef-0123-456789abcdef';
  const release = {
    appType: 'userapp',
    appArgs: auth,
    registry_name: 'General',
    package_name: 'RegisteredPackageApp',
    args: `{"jr_uuid":"${uuid}","jobname":"RegisteredPackageApp"}`,
  };
  const always =
    'customcode sysimage_build node_class cpu nworkers elastic isthreaded limit_type limit_value effective_time_limit est_cost';
  const isOwn = ([name]: readonly [string, string]): boolean => !always.split(' ').includes(name);

  for (const [what, title, options, expected] of [
    ['the latest release of a package', 'RegisteredPackageApp', {}, release],
    [
      'a branch of a package',
      'RegisteredPackageApp',
      { versionKind: 'branch', version: 'dev' },
      { ...release, branch_name: 'dev' },
    ],
    [
      'the default branch of a package (3.4)',
      'RegisteredPackageApp',
      { versionKind: 'branch', version: '' },
      { ...release, branch_name: 'HEAD' },
    ],
    [
      'a revision of a package',
      'RegisteredPackageApp',
      { versionKind: 'revision', version: 'a1b2c3' },
      { ...release, git_revision: 'a1b2c3' },
    ],
    [
      'a package of the user, without a registry',
      'ExampleApp.jl',
      {},
      {
        appType: 'userapp',
        appArgs: auth,
        package_name: 'ExampleApp.jl',
        args: '{"jr_uuid":"https://github.example/ada/ExampleApp.jl","jobname":"ExampleApp.jl"}',
      },
    ],
    [
      'an application of the server',
      'Pluto',
      {},
      { appType: 'pluto', appArgs: auth, args: '{"jr_uuid":"pluto","jobname":"Pluto"}' },
    ],
    [
      'a package with a port, always under its product (3.4)',
      'RegisteredPackageApp',
      { port: '8080', access: 'public' },
      {
        ...release,
        product_name: 'package-interactive',
        appArgs: '{"port":8080,"authentication":false,"authorization":"anyone"}',
      },
    ],
  ] as const)
    it(`sends ${what}`, () =>
      trial({}, async (backend, place) => {
        await start(backend, title, options);
        const fields = sentFields(place);
        assert.equal(fields['customcode'], 'false');
        assert.deepEqual(Object.fromEntries(Object.entries(fields).filter(isOwn)), expected);
      }));

  it('are listed without the products for batch jobs and without broken entries', () =>
    trial({}, async (backend) => {
      assert.deepEqual(
        (await backend.submit.applications(never)).map(({ title }) => title),
        [
          'Standard Interactive',
          'Linux Desktop',
          'Julia IDE',
          'Pluto',
          'Windows Workstation',
          'RegisteredPackageApp',
          'CustomDashboardApp',
          'ExampleApp.jl',
        ],
      );
    }));

  it('that are no longer offered are reported as not found', () =>
    trial({}, async (backend, place) => {
      const gone = sendApplication(
        backend,
        { id: 'package/x', title: 'X' },
        request('x', { limitMs: hour }),
        never,
      );
      assert.deepEqual(await problemOf(gone), { kind: 'gone', name: 'X' });
      assert.equal(posts(place), 0);
    }));
});

describe('JuliaHub: resubmitting applications', () => {
  const uuid = 'aaaaaaaa-89ab-cdef-0123-456789abcdef';

  for (const [title, options] of [
    ['RegisteredPackageApp', { versionKind: 'revision', version: 'a1b2c3', node: 'm6/4/16' }],
    ['RegisteredPackageApp', { versionKind: 'branch', version: 'dev', port: '8080' }],
    ['ExampleApp.jl', { nodes: '2' }],
    ['Pluto', {}],
  ] as const)
    it(`resubmits ${title} with ${JSON.stringify(options)} unchanged`, () =>
      trial({}, async (backend, place) => {
        await start(backend, title, options, { n: '1' });
        const before = sentFields(place);
        const [first] = place.double.jobs;
        const id = toJobId(first?.name ?? '');
        const { work, request: asked } = await readPrevious(backend, id, never);
        assert.ok(work.kind === 'application' && work.application.title === title);
        assert.deepEqual(asked, request(title, { limitMs: hour, options, env: { n: '1' } }));
        // If it is no longer offered, the server decides.
        place.double.controls.alterList = (_, answer) => (Array.isArray(answer) ? [] : answer);
        const again = await backend.submit.again(id, never);
        assert.notEqual(again, id);
        assert.deepEqual(sentFields(place), before);
      }));

  it('finds an application submitted elsewhere among those offered', () =>
    trial({}, async (backend, place) => {
      const { name } = place.double.inject({
        fields: { args: `{"jobname":"theirs","jr_uuid":"${uuid}","n":"3"}` },
      });
      const id = toJobId(name);
      const { work, request: asked } = await readPrevious(backend, id, never);
      assert.ok(work.kind === 'application' && work.application.title === 'RegisteredPackageApp');
      assert.deepEqual(asked, request('theirs', { env: { n: '3' }, limitMs: hour }));
      await backend.submit.again(id, never);
      const { args, registry_name: registry, package_name: name2 } = sentFields(place);
      assert.deepEqual([registry, name2], ['General', 'RegisteredPackageApp']);
      assert.deepEqual(JSON.parse(args ?? ''), { jr_uuid: uuid, jobname: 'theirs', n: '3' });
    }));

  it('rejects an application that was submitted elsewhere and is not offered', () =>
    trial({}, async (backend, place) => {
      const { name } = place.double.inject({ fields: { args: '{"jr_uuid":"cccccccc"}' } });
      assert.equal((await problemOf(readPrevious(backend, toJobId(name), never))).kind, 'invalid');
      assert.equal((await problemOf(backend.submit.again(toJobId(name), never))).kind, 'invalid');
      assert.equal(posts(place), 0);
    }));
});
