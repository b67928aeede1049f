import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { getJobPaths, getSpoolPaths, type SpoolPaths } from '../../../../src/backends/local/paths.js';
import { listJobNumbers, createSpool, allocateJobNumber } from '../../../../src/backends/local/spool.js';

describe('the numbers of jobs', () => {
  let folder: string;
  let spool: SpoolPaths;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-numbers-'));
    spool = getSpoolPaths(join(folder, 'spool'));
    await createSpool(spool);
  });
  afterEach(() => rm(folder, { recursive: true, maxRetries: 5 }));
  const take = async (): Promise<number> => Number(basename((await allocateJobNumber(spool)).dir));
  const remove = (number: number): Promise<void> =>
    rm(getJobPaths(join(spool.jobs, String(number))).dir, { recursive: true });

  const damages: readonly (readonly [string, () => Promise<unknown>])[] = [
    ...['', '0', '-5', 'garbage', 'NaN', '1e3', '9007199254740991', '999999999999999', '9'.repeat(400)].map(
      (text) =>
        [`the text ${JSON.stringify(text.slice(0, 20))}`, () => writeFile(spool.counter, text)] as const,
    ),
    ['zero bytes', () => writeFile(spool.counter, Buffer.alloc(4096))],
    ['an earlier number', () => writeFile(spool.counter, '1')],
    ['a folder', () => rm(spool.counter).then(() => mkdir(spool.counter))],
    ['a folder that is not empty', () => mkdir(join(spool.counter, 'x'), { recursive: true })],
    ['nothing', () => rm(spool.counter)],
    ['a link without a target', () => symlink('/nowhere/at/all', spool.counter)],
    ['a pipe', () => Promise.resolve(execFileSync('mkfifo', [spool.counter]))],
  ];
  for (const [what, damage] of damages)
    it(`are never reused and always visible if the counter is ${what}`, async () => {
      for (let number = 1; number <= 3; number++) assert.equal(await take(), number);
      // The highest numbers are gone, so only the counter has them.
      await remove(3);
      await remove(2);
      if (/folder that|link|pipe/.test(what)) await rm(spool.counter);
      await damage();
      const next = [await take(), await take()];
      assert.deepEqual(next, [4, 5]);
      assert.deepEqual(await listJobNumbers(spool), [1, 4, 5]);
    });

  it('are not reused if the other record of the last one is damaged', async () => {
    for (let number = 1; number <= 3; number++) await take();
    await remove(3);
    await rm(spool.last, { recursive: true });
    await writeFile(spool.last, 'a file in the place of a folder');
    assert.deepEqual([await take(), await take()], [4, 5]);
  });

  it('continue after the existing jobs if a folder has an impossible number', async () => {
    await take();
    await mkdir(join(spool.jobs, '999999999999999'));
    assert.equal(await take(), 2);
  });

  it('are not used up by a submission that could not store its number', async () => {
    await take();
    await rm(spool.last, { recursive: true });
    await writeFile(spool.last, '');
    await rm(spool.counter);
    await mkdir(spool.counter);
    await assert.rejects(take());
    assert.deepEqual(await readdir(spool.jobs), ['1']);
  });
});
