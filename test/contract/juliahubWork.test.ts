import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, Request } from '../../src/core/backend.js';
import { asJobId } from '../../src/core/job.js';
import type { DoubleOptions } from '../doubles/juliahub/double.js';
import {
  bytesOf,
  endOf,
  posts,
  problemOf,
  sentFields,
  timeline,
  trial,
  type Window,
} from './juliahubTrial.js';
import { tarOf } from './local.js';
import { linesOf, never, request, wholeLog } from './subject.js';

const hour = 3_600_000;
const asks = (options: Request['options'] = {}, more: Partial<Request> = {}): Request =>
  request('fit', { limitMs: hour, options, ...more });
const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('JuliaHub: bundles', () => {
  let folder: string;
  const manifest = 'manifest_format = "2.0"\r\n';
  const entry = 'sub/$(fit) "1".jl';
  const packed = async (): Promise<Bundle> => ({
    ...(await tarOf(folder, 'project', {
      [entry]: '#!timeline\nprint from the bundle\n',
      'Manifest.toml': manifest,
    })),
    manifestSha256: sha256(manifest),
  });
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-hub-work-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are uploaded once, and submitted with a driver for their script and the hash of their manifest', () =>
    trial({}, async (backend, place) => {
      const bundle = await packed();
      const seen: number[] = [];
      const id = await backend.submitBundle(bundle, entry, asks({ sysimage: 'yes' }), never, (done, of) => {
        seen.push(done);
        assert.equal(of, bundle.bytes);
      });
      const fields = sentFields(place);
      assert.match(fields['usercode'] ?? '', /joinpath\(pwd\(\), "sub", "\\\$\(fit\) \\"1\\"\.jl"\)/);
      assert.equal(fields['customcode'], 'true');
      assert.equal(fields['sysimage_manifest_sha'], sha256(manifest));
      assert.equal(fields['appbundle'], '__APPBUNDLE_EXTERNAL_UPLOAD__');
      assert.deepEqual(JSON.parse(fields['appbundle_upload_info'] ?? ''), {
        file_type: 'input',
        file_name: 'appbundle.tar',
        file_size: bundle.bytes,
        hash: bundle.sha256,
        hash_alg: 'sha2_256',
      });
      assert.equal(seen.at(-1), bundle.bytes);
      assert.equal(place.double.calls('PUT /bucket/appbundle.tar'), 1);
      const job = await endOf(backend, id);
      assert.deepEqual([job.script, job.state.word], [entry, 'Completed']);
      assert.deepEqual(linesOf(await wholeLog(backend, id)), ['from the bundle']);
    }));

  it('with a script at their root run as well', () =>
    trial({}, async (backend) => {
      const bundle = await tarOf(folder, 'project', { 'main.jl': '#!timeline\nprint at the root\n' });
      const id = await backend.submitBundle(bundle, 'main.jl', asks(), never);
      assert.equal((await endOf(backend, id)).state.word, 'Completed');
    }));

  it('without a manifest cannot have a system image, and are not uploaded then', () =>
    trial({}, async (backend, place) => {
      const bundle = await tarOf(folder, 'project', { 'main.jl': '1' });
      const problem = await problemOf(
        backend.submitBundle(bundle, 'main.jl', asks({ sysimage: 'yes' }), never),
      );
      assert.equal(problem.kind, 'invalid');
      assert.equal(place.double.calls('GET /jobs/appbundle_upload_url') + posts(place), 0);
    }));

  it('are submitted again byte for byte, with what was asked for', () =>
    trial({}, async (backend, place) => {
      const bundle = await packed();
      const asked = asks(
        { node: 'm6/4/16', nodes: '2', sysimage: 'yes' },
        { env: { n: '1' }, limitMs: 3 * hour },
      );
      const first = await backend.submitBundle(bundle, entry, asked, never);
      const before = sentFields(place);
      const again = await backend.resubmit(first, never);
      assert.deepEqual(sentFields(place), before);
      const [file] = (await backend.files(again, never)).filter(({ name }) => name === 'appbundle.tar');
      assert.ok(file);
      assert.deepEqual(await bytesOf(backend.download(again, file, never)), await readFile(bundle.file));
      assert.equal((await backend.job(again, never))?.script, entry);
    }));
});

describe('JuliaHub: submitting again', () => {
  const text = '#!timeline\r\nprint \u00e9\n';
  const environment = { folder: '/p', project: '# a\r\n', manifest: '# \u00e9\n' };

  it('repeats a script with its environment byte for byte, and with what was asked for', () =>
    trial({}, async (backend, place) => {
      const asked = asks(
        { node: 'm6/4/16', image: 'standard-batch/Dev', sysimage: 'yes' },
        { env: { n: '1', JOB: 'x\ny' }, limitMs: 5 * hour },
      );
      const first = await backend.submitScript({ name: 'fit.jl', text, environment }, asked, never);
      const before = sentFields(place);
      const again = await backend.resubmit(first, never);
      assert.notEqual(again, first);
      assert.deepEqual(sentFields(place), before);
      const { work, request: same } = await backend.submitted(again, never);
      assert.deepEqual(same, asked);
      assert.deepEqual(work, { kind: 'script', script: { name: 'fit.jl', text } });
    }));

  it('takes another request where one is given', () =>
    trial({}, async (backend, place) => {
      const first = await backend.submitScript({ name: 'fit.jl', text }, asks(), never);
      await backend.resubmit(first, never, request('other', { limitMs: 2 * hour, env: { n: '2' } }));
      const { args, usercode, limit_value: limit } = sentFields(place);
      assert.deepEqual([args, usercode, limit], ['{"jobname":"other","n":"2"}', text, '2']);
    }));

  it('knows of a job of somebody else what the server tells', () =>
    trial({}, async (backend, place) => {
      const code = { name: 'code.jl', bytes: Buffer.from(text) };
      const { name } = place.double.inject({
        fields: { args: '{"jobname":"theirs","n":"3"}' },
        files: [
          { ...code, type: 'input' },
          { ...code, type: 'source' },
        ],
      });
      const id = asJobId(name);
      const { work, request: asked } = await backend.submitted(id, never);
      assert.deepEqual(work, { kind: 'script', script: { name: 'code.jl', text } });
      assert.deepEqual(asked, request('theirs', { env: { n: '3' }, limitMs: hour }));
      await backend.resubmit(id, never);
      assert.equal(sentFields(place)['usercode'], text);
    }));

  it('says that an application has no code, and that a job is gone', () =>
    trial({}, async (backend, place) => {
      const { name } = place.double.inject({});
      assert.equal((await problemOf(backend.submitted(asJobId(name), never))).kind, 'invalid');
      assert.equal((await problemOf(backend.resubmit(asJobId(name), never))).kind, 'invalid');
      assert.equal((await problemOf(backend.submitted(asJobId('jr-nothere'), never))).kind, 'gone');
      assert.equal(posts(place), 0);
    }));

  it('does not send code that arrived damaged', () =>
    trial({}, async (backend, place) => {
      const first = await backend.submitScript({ name: 'fit.jl', text }, asks(), never);
      place.double.controls.spoilDownloads = true;
      assert.equal((await problemOf(backend.resubmit(first, never))).kind, 'damaged');
      assert.equal(posts(place), 1);
    }));
});

/** Submits an application by its title. */
async function start(backend: Window, title: string, options: Request['options'] = {}): Promise<void> {
  const found = (await backend.applications(never)).find((one) => one.title === title);
  assert.ok(found, title);
  await backend.submitApplication(found, request(title, { limitMs: hour, options }), never);
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
        (await backend.applications(never)).map(({ title }) => title),
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

  it('that are not offered any more are gone', () =>
    trial({}, async (backend, place) => {
      const gone = backend.submitApplication({ id: 'package/x', title: 'X' }, asks(), never);
      assert.deepEqual(await problemOf(gone), { kind: 'gone', name: 'X' });
      assert.equal(posts(place), 0);
    }));
});

describe('JuliaHub: dry runs', () => {
  const secret = 'Secret123';
  const options: DoubleOptions = { controls: {} };

  it('tell the whole request without secrets, and submit and upload nothing', () =>
    trial(options, async (backend, place) => {
      const script = {
        ...timeline('fit.jl', 'print hi\n'),
        environment: { folder: '/p', project: 'a = 1\n' },
      };
      const asked = asks(
        { port: '8080', access: 'password', password: secret, node: 'm6/4/16' },
        { env: { n: '1', API_TOKEN: 'hush-hush' } },
      );
      const text = await backend.dryRun({ kind: 'script', script }, undefined, asked, never);
      assert.equal(posts(place), 0);
      await backend.submitScript(script, asked, never);
      for (const [name, value] of Object.entries(sentFields(place)))
        if (name !== 'args' && name !== 'appArgs')
          assert.ok(
            text.includes(value.includes('\n') ? value.replace(/\n[^]*/, '') : `${name} = ${value}`),
            `${name} is in ${text}`,
          );
      assert.ok(!text.includes(secret) && !text.includes('hush-hush'), text);
      assert.match(text, /"n":"1"/);
    }));

  it('of a bundle and of an application are whole as well', () =>
    trial(options, async (backend, place) => {
      const bundle: Bundle = {
        file: '/nowhere.tar',
        root: 'p',
        files: 1,
        bytes: 1024,
        sha256: 'a'.repeat(64),
      };
      const text = await backend.dryRun({ kind: 'bundle', entry: 'a/main.jl' }, bundle, asks(), never);
      for (const part of ['file_size = 1024', `hash = ${'a'.repeat(64)}`, 'joinpath(pwd(), "a", "main.jl")'])
        assert.ok(text.includes(part), text);
      const [application] = (await backend.applications(never)).filter(({ title }) => title === 'Pluto');
      assert.ok(application);
      const other = await backend.dryRun({ kind: 'application', application }, undefined, asks(), never);
      assert.match(other, /^appType = pluto$/m);
      assert.equal(posts(place) + place.double.calls('GET /jobs/appbundle_upload_url'), 0);
    }));

  it('refuse what would be refused', () =>
    trial(options, async (backend) => {
      const work = { kind: 'script', script: timeline('fit.jl', '') } as const;
      for (const wrong of [{ port: '80' }, { nodes: '4-4' }, { project: '123' }, { sysimage: 'yes' }])
        assert.equal((await problemOf(backend.dryRun(work, undefined, asks(wrong), never))).kind, 'invalid');
      const environment = { folder: '/p', project: 'a = \n' };
      const bad = { ...work, script: { ...work.script, environment } };
      assert.equal((await problemOf(backend.dryRun(bad, undefined, asks(), never))).kind, 'invalid');
    }));
});
