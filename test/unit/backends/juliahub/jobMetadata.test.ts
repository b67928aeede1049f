import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJuliaHubJobStore } from '../../../../src/backends/juliahub/jobMetadata.js';
import { jobOf } from '../../../fakes/jobs.js';
import { memoryLog } from '../../../fakes/memoryStore.js';

const known = {
  node: 'm6 · 4 vCPU',
  limitMs: 3_600_000,
  script: 'fit.jl',
  cost: 'at most $0.33',
  options: { nodes: '2' },
};

describe('the metadata of JuliaHub jobs', () => {
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'batch-jobs-remembered-'));
    folder = join(root, 'connection');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is shared by all windows and readable only by its user', async () => {
    await createJuliaHubJobStore(folder, memoryLog()).put('jr-1', known);
    assert.deepEqual(await createJuliaHubJobStore(folder, memoryLog()).get('jr-1'), known);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    for (const path of await readdir(folder, { recursive: true })) {
      const about = await stat(join(folder, path));
      assert.equal(about.mode & 0o777, about.isDirectory() ? 0o700 : 0o600, path);
    }
  });

  it("adds to the server's data, which takes precedence", async () => {
    const store = createJuliaHubJobStore(folder, memoryLog());
    const job = jobOf({ id: 'jr-1', resources: [{ label: 'GPU', value: 'K80' }] });
    assert.equal(await store.addDetails(job), job);
    await store.put('jr-1', known);
    assert.deepEqual(await store.addDetails(job), {
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

  it('is read after another window writes it', async () => {
    const [one, other] = [
      createJuliaHubJobStore(folder, memoryLog()),
      createJuliaHubJobStore(folder, memoryLog()),
    ];
    await one.put('jr-1', known);
    assert.equal((await other.get('jr-1'))?.limitMs, 3_600_000);
    await one.put('jr-1', { ...known, limitMs: 7_200_000 });
    assert.equal((await other.get('jr-1'))?.limitMs, 7_200_000);
  });

  it('ignores an unknown file of version 0.1.0, and never leaves its folder', async () => {
    await mkdir(folder);
    const store = createJuliaHubJobStore(folder, memoryLog());
    for (const text of ['', '{', '[]', '{"limitMs":"long"}', '{"options":{"a":1}}']) {
      await writeFile(join(folder, 'jr-1.json'), text);
      assert.equal(await createJuliaHubJobStore(folder, memoryLog()).get('jr-1'), undefined, text);
    }
    await writeFile(join(root, 'secret.json'), JSON.stringify(known));
    for (const id of ['../secret', '..', '.hidden', 'a/b', '', 'x'.repeat(200)]) {
      assert.equal(await store.get(id), undefined, id);
      if (id !== '') await store.put(id, known);
    }
    assert.deepEqual(await readdir(root), ['connection', 'secret.json']);
    assert.deepEqual((await readdir(folder)).sort(), ['jr-1.json', 'metadata']);
  });

  it('logs a failed write and does not throw', async () => {
    await writeFile(folder, 'a file in the way');
    const log = memoryLog();
    await createJuliaHubJobStore(folder, log).put('jr-1', known);
    assert.equal(log.lines.length, 1);
    assert.match(log.lines.join(), /metadata of jr-1 could not be stored/);
    assert.equal(await readFile(folder, 'utf8'), 'a file in the way');
  });

  it('is stored for any number of jobs', async () => {
    const store = createJuliaHubJobStore(folder, memoryLog());
    for (let number = 0; number < 600; number++) await store.put(`jr-${String(number)}`, known);
    for (const id of ['jr-0', 'jr-599'])
      assert.deepEqual(await createJuliaHubJobStore(folder, memoryLog()).get(id), known, id);
  });
});
