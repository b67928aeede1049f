import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toJobId, type JobFile } from '../../src/core/domain/job.js';
import { createFileDisk } from '../../src/store/fileDisk.js';
import type { Double } from '../doubles/juliahub/double.js';
import type { StoredFile } from '../doubles/juliahub/state.js';
import { bytesOf, endOf, problemOf, timeline, trial, type Window } from './juliahubTrial.js';
import { never, request } from './subject.js';
import { listFiles, sendScript } from '../fakes/backendCalls.js';
import { juliaEnvironment } from '../fakes/julia.js';

const disk = createFileDisk(() => Promise.reject(new Error('nothing is unpacked here')), tmpdir());
const answer = Buffer.from('forty-two\r\n\0\u00e9');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const stored = (name: string, bytes = answer): StoredFile => ({ name, type: 'result', bytes });

describe('JuliaHub: the files of a job', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-hub-files-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Lists the files of a job that has these files. */
  const listed = async (
    backend: Window,
    { inject }: Double,
    files: readonly StoredFile[],
  ): Promise<readonly JobFile[]> => {
    inject({ name: 'jr-files', files });
    return listFiles(backend, toJobId('jr-files'), never);
  };

  /** Saves a file like the editor. */
  const save = async (backend: Window, file: JobFile): Promise<void> => {
    const { bytes, sha256: hash } = file;
    await disk.save(join(folder, 'saved'), backend.files.read(toJobId('jr-files'), file, never), never, {
      ...(bytes === undefined ? {} : { bytes }),
      ...(hash === undefined ? {} : { sha256: hash }),
    });
  };

  it('are listed by type, including those of a bundle and an environment', () =>
    trial({}, async (backend) => {
      const script = {
        ...timeline('fit.jl', 'resultfile answer.txt 42\n'),
        environment: juliaEnvironment('/p', { project: 'a = 1\n', manifest: 'b = 2\n' }),
      };
      const id = await sendScript(backend, script, request('fit', { limitMs: 3_600_000 }), never);
      await endOf(backend, id);
      const files = await listFiles(backend, id, never);
      assert.deepEqual(files.map(({ kind, name }) => `${kind}/${name}`).sort(), [
        'input/Manifest.toml',
        'input/Project.toml',
        'input/code.jl',
        'project/Manifest.toml',
        'project/Project.toml',
        'result/answer.txt',
        'source/code.jl',
      ]);
      const result = files.find(({ kind }) => kind === 'result');
      assert.deepEqual(result, {
        name: 'answer.txt',
        kind: 'result',
        bytes: 2,
        sha256: sha256(Buffer.from('42')),
      });
      const code = files.find(({ kind }) => kind === 'source');
      assert.ok(code);
      assert.equal((await bytesOf(backend.files.read(id, code, never))).toString(), script.text);
    }));

  for (const hashes of ['hex', 'base64'] as const)
    it(`have hashes in the form ${hashes}, which verify the download`, () =>
      trial({ controls: { hashes } }, async (backend, { double }) => {
        const [file] = await listed(backend, double, [stored('answer.bin')]);
        assert.ok(file);
        assert.deepEqual(file, {
          name: 'answer.bin',
          kind: 'result',
          bytes: answer.length,
          sha256: sha256(answer),
        });
        await save(backend, file);
        assert.deepEqual(await readFile(join(folder, 'saved')), answer);
        assert.deepEqual(await readdir(folder), ['saved']);
      }));

  it('without a hash and a size are saved as received', () =>
    trial({ controls: { hashes: 'none' } }, async (backend, { double }) => {
      double.controls.alterJob = (job) => ({
        ...job,
        files: [{ name: 'answer.bin', type: 'result', size: null, hash: { algorithm: null, value: null } }],
      });
      const [file] = await listed(backend, double, [stored('answer.bin')]);
      assert.deepEqual(file, { name: 'answer.bin', kind: 'result' });
      await save(backend, file);
      assert.deepEqual(await readFile(join(folder, 'saved')), answer);
    }));

  it('that arrive with different bytes are reported as damaged and deleted', () =>
    trial({ controls: { spoilDownloads: true } }, async (backend, { double }) => {
      const [file] = await listed(backend, double, [stored('answer.bin')]);
      assert.ok(file);
      assert.equal((await problemOf(save(backend, file))).kind, 'damaged');
      assert.deepEqual(await readdir(folder), []);
    }));

  it('that turn out to be a proxy page are reported as damaged', () =>
    trial({}, async (backend, { double }) => {
      const [file] = await listed(backend, double, [stored('answer.bin')]);
      assert.ok(file);
      double.fault('GET /jobs/jr-files/files', 'html');
      assert.equal((await problemOf(save(backend, file))).kind, 'damaged');
      assert.deepEqual(await readdir(folder), []);
    }));

  for (const redirectDownloads of [false, true])
    it(`that are interrupted leave nothing${redirectDownloads ? ', also from another host' : ''}`, () =>
      trial({ controls: { cutDownloads: 500_000, redirectDownloads } }, async (backend, { double }) => {
        const [file] = await listed(backend, double, [stored('big.bin', Buffer.alloc(1_000_000, 'x'))]);
        assert.ok(file);
        const problem = await problemOf(save(backend, file));
        assert.equal(problem.kind === 'offline' && problem.why, 'connection closed');
        assert.deepEqual(await readdir(folder), []);
        double.controls.cutDownloads = 0;
        await save(backend, file);
        assert.equal((await readFile(join(folder, 'saved'))).length, 1_000_000);
      }));

  it('on another host are fetched from there without the token', () =>
    trial({ controls: { redirectDownloads: true } }, async (backend, { double }) => {
      const [file] = await listed(backend, double, [stored('answer.bin')]);
      assert.ok(file);
      await save(backend, file);
      assert.deepEqual(await readFile(join(folder, 'saved')), answer);
      assert.equal(double.calls('GET /bucket/download/answer.bin'), 1);
    }));

  it('are reported as missing if the store rejects the request, and can be retried if it fails', () =>
    trial({ controls: { redirectDownloads: true } }, async (backend, { double }) => {
      const [file] = await listed(backend, double, [stored('answer.bin')]);
      assert.ok(file);
      double.fault('GET /bucket', 403);
      assert.equal((await problemOf(save(backend, file))).kind, 'gone');
      double.fault('GET /bucket', 503, 2);
      await save(backend, file);
    }));

  for (const name of [
    'a/b c%.txt',
    '../../x',
    '...',
    '%2e%2e',
    'a?b#c&d=e',
    'caf\u00e9 \u65e5\u672c',
    'a+b;c',
  ])
    it(`are found by the name ${JSON.stringify(name)}`, () =>
      trial({}, async (backend, { double }) => {
        const [file] = await listed(backend, double, [stored(name)]);
        assert.ok(file);
        assert.equal(file.name, name);
        assert.deepEqual(await bytesOf(backend.files.read(toJobId('jr-files'), file, never)), answer);
      }));

  for (const name of ['.', '..'])
    it(`cannot be fetched by the name "${name}", which has no URL`, () =>
      trial({}, async (backend, { double }) => {
        const [file] = await listed(backend, double, [stored(name)]);
        assert.ok(file);
        assert.deepEqual(await problemOf(save(backend, file)), { kind: 'unsafeName', name });
      }));

  it('that no longer exist, or whose job no longer exists, are reported as missing', () =>
    trial({}, async (backend, { double }) => {
      const [file] = await listed(backend, double, [stored('answer.bin')]);
      assert.ok(file);
      double.jobs[0]?.files.splice(0);
      assert.deepEqual(await problemOf(save(backend, file)), { kind: 'gone', name: 'answer.bin' });
      const other = toJobId('jr-nothere');
      assert.equal((await problemOf(listFiles(backend, other, never))).kind, 'gone');
      assert.equal((await problemOf(bytesOf(backend.files.read(other, file, never)))).kind, 'gone');
    }));

  it('of an unknown type are listed as well, in a folder with the name of the type', () =>
    trial({}, async (backend, { double }) => {
      double.controls.alterJob = (job) => ({
        ...job,
        files: [
          { name: 'a.txt', type: 'check point' },
          { type: 'result' },
          7,
          { name: 'b.txt', type: 'result' },
        ],
      });
      const files = await listed(backend, double, []);
      assert.deepEqual(
        files.map(({ kind, name }) => `${kind}: ${name}`),
        ['output: check%20point/a.txt', 'result: b.txt'],
      );
    }));

  it('stop downloading when cancelled', () =>
    trial({}, async (backend, { double }) => {
      const [file] = await listed(backend, double, [stored('big.bin', Buffer.alloc(30_000_000))]);
      assert.ok(file);
      const stop = new AbortController();
      const parts = backend.files.read(toJobId('jr-files'), file, stop.signal);
      await assert.rejects(
        async () => {
          for await (const _ of parts) stop.abort();
        },
        { name: 'AbortError' },
      );
    }));
});
