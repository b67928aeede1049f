import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, JobRequest } from '../../src/core/domain/jobSpec.js';
import { toJobId } from '../../src/core/domain/job.js';
import type { DoubleOptions } from '../doubles/juliahub/double.js';
import { bytesOf, endOf, posts, problemOf, sentFields, timeline, trial } from './juliahubTrial.js';
import { tarOf } from './local.js';
import { linesOf, never, request, wholeLog } from './subject.js';
import { dryRun, listFiles, readPrevious, sendBundle, sendScript } from '../fakes/backendCalls.js';
import { juliaEnvironment } from '../fakes/julia.js';

const hour = 3_600_000;
const asks = (options: JobRequest['options'] = {}, more: Partial<JobRequest> = {}): JobRequest =>
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
    lockFileSha256: sha256(manifest),
  });
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-hub-work-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are uploaded once, and submitted with a driver for their script and the hash of their manifest', () =>
    trial({}, async (backend, place) => {
      const bundle = await packed();
      const seen: number[] = [];
      const id = await sendBundle(backend, bundle, entry, asks({ sysimage: 'yes' }), never, (done, of) => {
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
      const id = await sendBundle(backend, bundle, 'main.jl', asks(), never);
      assert.equal((await endOf(backend, id)).state.word, 'Completed');
    }));

  it('without a manifest cannot have a system image, and are then not uploaded', () =>
    trial({}, async (backend, place) => {
      const bundle = await tarOf(folder, 'project', { 'main.jl': '1' });
      const problem = await problemOf(
        sendBundle(backend, bundle, 'main.jl', asks({ sysimage: 'yes' }), never),
      );
      assert.equal(problem.kind, 'invalid');
      assert.equal(place.double.calls('GET /jobs/appbundle_upload_url') + posts(place), 0);
    }));

  it('are resubmitted byte for byte, with the same options', () =>
    trial({}, async (backend, place) => {
      const bundle = await packed();
      const asked = asks(
        { node: 'm6/4/16', nodes: '2', sysimage: 'yes' },
        { env: { n: '1' }, limitMs: 3 * hour },
      );
      const first = await sendBundle(backend, bundle, entry, asked, never);
      const before = sentFields(place);
      const again = await backend.submit.again(first, never);
      assert.deepEqual(sentFields(place), before);
      const [file] = (await listFiles(backend, again, never)).filter(({ name }) => name === 'appbundle.tar');
      assert.ok(file);
      assert.deepEqual(await bytesOf(backend.files.read(again, file, never)), await readFile(bundle.file));
      assert.equal((await backend.jobs.get(again, never))?.script, entry);
    }));
});

describe('JuliaHub: resubmitting', () => {
  const text = '#!timeline\r\nprint \u00e9\n';
  const environment = juliaEnvironment('/p', { project: '# a\r\n', manifest: '# \u00e9\n' });

  it('repeats a script with its environment byte for byte, and with the same options', () =>
    trial({}, async (backend, place) => {
      const asked = asks(
        { node: 'm6/4/16', image: 'standard-batch/Dev', sysimage: 'yes' },
        { env: { n: '1', JOB: 'x\ny' }, limitMs: 5 * hour },
      );
      const first = await sendScript(backend, { name: 'fit.jl', text, environment }, asked, never);
      const before = sentFields(place);
      const again = await backend.submit.again(first, never);
      assert.notEqual(again, first);
      assert.deepEqual(sentFields(place), before);
      const { work, request: same } = await readPrevious(backend, again, never);
      assert.deepEqual(same, asked);
      assert.deepEqual(work, { kind: 'script', script: { name: 'fit.jl', text } });
    }));

  it('uses another request if one is given', () =>
    trial({}, async (backend, place) => {
      const first = await sendScript(backend, { name: 'fit.jl', text }, asks(), never);
      await backend.submit.again(first, never, request('other', { limitMs: 2 * hour, env: { n: '2' } }));
      const { args, usercode, limit_value: limit } = sentFields(place);
      assert.deepEqual([args, usercode, limit], ['{"jobname":"other","n":"2"}', text, '2']);
    }));

  it("shows the server's data for a job of another user", () =>
    trial({}, async (backend, place) => {
      const code = { name: 'code.jl', bytes: Buffer.from(text) };
      const { name } = place.double.inject({
        fields: { args: '{"jobname":"theirs","n":"3"}' },
        files: [
          { ...code, type: 'input' },
          { ...code, type: 'source' },
        ],
      });
      const id = toJobId(name);
      const { work, request: asked } = await readPrevious(backend, id, never);
      assert.deepEqual(work, { kind: 'script', script: { name: 'code.jl', text } });
      assert.deepEqual(asked, request('theirs', { env: { n: '3' }, limitMs: hour }));
      await backend.submit.again(id, never);
      assert.equal(sentFields(place)['usercode'], text);
    }));

  it('reports that there is no code, and that a job no longer exists', () =>
    trial({}, async (backend, place) => {
      const { name } = place.double.inject({});
      assert.equal((await problemOf(readPrevious(backend, toJobId(name), never))).kind, 'invalid');
      assert.equal((await problemOf(backend.submit.again(toJobId(name), never))).kind, 'invalid');
      assert.equal((await problemOf(readPrevious(backend, toJobId('jr-nothere'), never))).kind, 'gone');
      assert.equal(posts(place), 0);
    }));

  it('does not send code that arrived damaged', () =>
    trial({}, async (backend, place) => {
      const first = await sendScript(backend, { name: 'fit.jl', text }, asks(), never);
      place.double.controls.spoilDownloads = true;
      assert.equal((await problemOf(backend.submit.again(first, never))).kind, 'damaged');
      assert.equal(posts(place), 1);
    }));
});

describe('JuliaHub: dry runs', () => {
  const secret = 'Secret123';
  const options: DoubleOptions = { controls: {} };

  it('show the whole request without secrets, and submit and upload nothing', () =>
    trial(options, async (backend, place) => {
      const script = {
        ...timeline('fit.jl', 'print hi\n'),
        environment: juliaEnvironment('/p', { project: 'a = 1\n' }),
      };
      const asked = asks(
        { port: '8080', access: 'password', password: secret, node: 'm6/4/16' },
        { env: { n: '1', API_TOKEN: 'hush-hush' } },
      );
      const text = await dryRun(backend, { kind: 'script', script }, undefined, asked, never);
      assert.equal(posts(place), 0);
      await sendScript(backend, script, asked, never);
      for (const [name, value] of Object.entries(sentFields(place)))
        if (name !== 'args' && name !== 'appArgs')
          assert.ok(
            text.includes(value.includes('\n') ? value.replace(/\n[^]*/, '') : `${name} = ${value}`),
            `${name} is in ${text}`,
          );
      assert.ok(!text.includes(secret) && !text.includes('hush-hush'), text);
      assert.match(text, /"n":"1"/);
    }));

  it('of a bundle and of an application are complete as well', () =>
    trial(options, async (backend, place) => {
      const bundle: Bundle = {
        file: '/nowhere.tar',
        root: 'p',
        files: 1,
        bytes: 1024,
        sha256: 'a'.repeat(64),
      };
      const text = await dryRun(backend, { kind: 'bundle', entry: 'a/main.jl' }, bundle, asks(), never);
      for (const part of ['file_size = 1024', `hash = ${'a'.repeat(64)}`, 'joinpath(pwd(), "a", "main.jl")'])
        assert.ok(text.includes(part), text);
      const [application] = (await backend.submit.applications(never)).filter(
        ({ title }) => title === 'Pluto',
      );
      assert.ok(application);
      const other = await dryRun(backend, { kind: 'application', application }, undefined, asks(), never);
      assert.match(other, /^appType = pluto$/m);
      assert.equal(posts(place) + place.double.calls('GET /jobs/appbundle_upload_url'), 0);
    }));

  it('reject what a submission would reject', () =>
    trial(options, async (backend) => {
      const work = { kind: 'script', script: timeline('fit.jl', '') } as const;
      for (const wrong of [{ port: '80' }, { nodes: '4-4' }, { project: '123' }, { sysimage: 'yes' }])
        assert.equal((await problemOf(dryRun(backend, work, undefined, asks(wrong), never))).kind, 'invalid');
      const environment = juliaEnvironment('/p', { project: 'a = \n' });
      const bad = { ...work, script: { ...work.script, environment } };
      assert.equal((await problemOf(dryRun(backend, bad, undefined, asks(), never))).kind, 'invalid');
    }));
});
