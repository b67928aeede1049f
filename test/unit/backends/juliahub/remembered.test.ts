import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { remembered } from '../../../../src/backends/juliahub/remembered.js';
import { jobOf } from '../../../fakes/jobs.js';
import { memoryLog } from '../../../fakes/memoryStore.js';

const known = {
  node: 'm6 · 4 vCPU',
  limitMs: 3_600_000,
  script: 'fit.jl',
  cost: 'at most $0.33',
  options: { nodes: '2' },
};

describe('what is remembered of JuliaHub jobs', () => {
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'batch-jobs-remembered-'));
    folder = join(root, 'connection');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is there for all windows, and for the eyes of its user alone', async () => {
    await remembered(folder, memoryLog()).put('jr-1', known);
    assert.deepEqual(await remembered(folder, memoryLog()).of('jr-1'), known);
    assert.deepEqual(await readdir(folder), ['jr-1.json']);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(folder, 'jr-1.json'))).mode & 0o777, 0o600);
  });

  it('adds to what the server tells, which comes first', async () => {
    const store = remembered(folder, memoryLog());
    const job = jobOf({ id: 'jr-1', resources: [{ label: 'GPU', value: 'K80' }] });
    assert.equal(await store.complete(job), job);
    await store.put('jr-1', known);
    assert.deepEqual(await store.complete(job), {
      ...job,
      limitMs: 3_600_000,
      cost: 'at most $0.33',
      script: 'fit.jl',
      resources: [
        { label: 'Node', value: 'm6 · 4 vCPU' },
        { label: 'GPU', value: 'K80' },
      ],
    });
  });

  it('is seen where another window writes it later', async () => {
    const [one, other] = [remembered(folder, memoryLog()), remembered(folder, memoryLog())];
    await one.put('jr-1', known);
    assert.equal((await other.of('jr-1'))?.limitMs, 3_600_000);
    await one.put('jr-1', { ...known, limitMs: 7_200_000 });
    const later = new Date(Date.now() + 5000);
    await utimes(join(folder, 'jr-1.json'), later, later);
    assert.equal((await other.of('jr-1'))?.limitMs, 7_200_000);
  });

  it('is nothing where the file is none of ours, and never outside of its folder', async () => {
    await mkdir(folder);
    const store = remembered(folder, memoryLog());
    for (const text of ['', '{', '[]', '{"limitMs":"long"}', '{"options":{"a":1}}']) {
      await writeFile(join(folder, 'jr-1.json'), text);
      assert.equal(await remembered(folder, memoryLog()).of('jr-1'), undefined, text);
    }
    await writeFile(join(root, 'secret.json'), JSON.stringify(known));
    for (const id of ['../secret', '..', '.hidden', 'a/b', '', 'x'.repeat(200)]) {
      assert.equal(await store.of(id), undefined, id);
      await store.put(id, known);
    }
    assert.deepEqual(await readdir(root), ['connection', 'secret.json']);
    assert.deepEqual(await readdir(folder), ['jr-1.json']);
  });

  it('is said, and no failure, where it cannot be written', async () => {
    await writeFile(folder, 'a file in the way');
    const log = memoryLog();
    await remembered(folder, log).put('jr-1', known);
    assert.equal(log.lines.length, 1);
    assert.match(log.lines.join(), /jr-1 is not remembered/);
    assert.equal(await readFile(folder, 'utf8'), 'a file in the way');
  });

  it('is forgotten of the oldest beyond five hundred', async () => {
    await mkdir(folder);
    const old = new Date(Date.now() - 86_400_000);
    for (let number = 0; number < 500; number++) {
      const path = join(folder, `jr-${String(number)}.json`);
      await writeFile(path, '{}');
      await utimes(path, old, number === 7 ? new Date(0) : old);
    }
    await remembered(folder, memoryLog()).put('jr-new', known);
    const names = await readdir(folder);
    assert.equal(names.length, 500);
    assert.ok(names.includes('jr-new.json') && !names.includes('jr-7.json'));
  });
});
