import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { JobError } from '../../../src/core/domain/problem.js';
import { createScratchFolders } from '../../../src/store/scratchFolders.js';

/** Runs with a folder that is deleted afterwards. */
async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'batch-jobs-test-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const isRefused = (error: unknown): boolean => error instanceof JobError && error.problem.kind === 'disk';

describe('folders for temporary copies', () => {
  it('are one per key, the same each time, and readable only by the user', () =>
    inFolder(async (temp) => {
      const root = join(temp, 'storage/opened');
      const scratch = createScratchFolders(root);
      const made: string[] = [];
      for (const key of ['test/a', 'test/b', 'test/a']) made.push(await scratch(key));
      assert.equal(made[0], made[2]);
      assert.notEqual(made[0], made[1]);
      for (const folder of [root, ...made]) assert.equal((await lstat(folder)).mode & 0o077, 0);
      assert.equal(dirname(made[0] ?? ''), root);
    }));

  it('are not created through a link or in a file, and are not accessible to other users', () =>
    inFolder(async (temp) => {
      const elsewhere = join(temp, 'elsewhere');
      await mkdir(elsewhere);
      const link = join(temp, 'link');
      await symlink(elsewhere, link);
      await assert.rejects(createScratchFolders(link)('a'), isRefused);
      const file = join(temp, 'file');
      await writeFile(file, '');
      await assert.rejects(createScratchFolders(file)('a'), isRefused);
      const open = join(temp, 'open');
      await mkdir(open);
      await chmod(open, 0o777);
      await createScratchFolders(open)('a');
      assert.equal((await lstat(open)).mode & 0o077, 0);
      assert.deepEqual(await readdir(elsewhere), []);
    }));

  it('are not used if a link replaces one of them', () =>
    inFolder(async (temp) => {
      const root = join(temp, 'opened');
      const folder = await createScratchFolders(root)('a');
      await rm(folder, { recursive: true });
      await mkdir(join(temp, 'elsewhere'));
      await symlink(join(temp, 'elsewhere'), folder);
      await assert.rejects(createScratchFolders(root)('a'), isRefused);
    }));

  it('are deleted a month after their last use, and nothing else is', () =>
    inFolder(async (root) => {
      await chmod(root, 0o700);
      const day = (count: number) => (): Date => new Date(Date.UTC(2026, 0, 1) + count * 86_400_000);
      const [old, used] = [
        await createScratchFolders(root, day(0))('old'),
        await createScratchFolders(root, day(0))('used'),
      ];
      await createScratchFolders(root, day(20))('used');
      await mkdir(join(root, 'not-ours'));
      const now = await createScratchFolders(root, day(32))('new');
      const left = [used, now, join(root, 'not-ours')];
      assert.deepEqual((await readdir(root)).map((name) => join(root, name)).sort(), left.sort());
      assert.ok(!left.includes(old));
    }));
});
