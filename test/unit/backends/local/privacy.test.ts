import assert from 'node:assert/strict';
import { chmodSync, chownSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJobOutput } from '../../../../src/backends/local/output.js';
import { getSpoolPaths, type SpoolPaths } from '../../../../src/backends/local/paths.js';
import { createSpool } from '../../../../src/backends/local/spool.js';
import { JobError } from '../../../../src/core/domain/problem.js';

const [ordinary, stranger] = [4_711, 4_712];

describe('other users of the machine', () => {
  let folder: string;
  let spool: SpoolPaths;
  const { getuid } = process;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-privacy-'));
    spool = getSpoolPaths(join(folder, 'spool'));
    // As an ordinary user: root owns everything.
    process.getuid = () => ordinary;
  });
  afterEach(async () => {
    if (getuid) process.getuid = getuid;
    await rm(folder, { recursive: true });
  });
  const owned = async (path: string, uid: number): Promise<void> => {
    await mkdir(path, { recursive: true });
    chownSync(path, uid, uid);
  };
  const isStrange = (error: unknown): boolean =>
    error instanceof JobError && error.problem.kind === 'disk' && /another user/.test(error.problem.why);

  it('cannot create the spool first to own it', async () => {
    await owned(spool.folder, stranger);
    await assert.rejects(createSpool(spool), isStrange);
    assert.deepEqual(await readdir(spool.folder), []);
  });

  it('cannot create a folder in it first', async () => {
    chownSync(folder, ordinary, ordinary);
    await owned(spool.folder, ordinary);
    await owned(spool.jobs, stranger);
    await assert.rejects(createSpool(spool), isStrange);
  });

  it('cannot write to it, regardless of its permissions', async () => {
    chownSync(folder, ordinary, ordinary);
    for (const path of [spool.folder, spool.jobs, spool.active]) {
      await owned(path, ordinary);
      chmodSync(path, 0o777);
    }
    await createSpool(spool);
    for (const path of [spool.folder, spool.jobs, spool.active])
      assert.equal((await stat(path)).mode & 0o022, 0, path);
  });

  it('are not detected if a file system shows one owner for all files', async () => {
    chownSync(folder, stranger, stranger);
    await owned(spool.folder, stranger);
    for (const path of [spool.jobs, spool.active]) await owned(path, stranger);
    await createSpool(spool);
  });

  it('cannot read the output of a job whose disk has no named pipes', async () => {
    const before = new Set(await readdir(tmpdir()));
    const runtime = process.env['XDG_RUNTIME_DIR'];
    delete process.env['XDG_RUNTIME_DIR'];
    try {
      // Not a folder, so that no pipe can be created there.
      const output = openJobOutput(join(folder, 'nowhere'));
      assert.equal(typeof (output.stdio as unknown[])[1], 'number', 'it is one pipe anyway');
      output.close();
    } finally {
      if (runtime !== undefined) process.env['XDG_RUNTIME_DIR'] = runtime;
    }
    const left = (await readdir(tmpdir())).filter(
      (name) => !before.has(name) && /batch-jobs-\w{6}$/.test(name),
    );
    assert.deepEqual(left, []);
  });
});
