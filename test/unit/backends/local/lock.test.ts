import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getOwnIdentity } from '../../../../src/backends/local/processIdentity.js';
import { withSpoolLock } from '../../../../src/backends/local/lock.js';

describe('the lock of a spool', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-lock-'));
    path = join(folder, 'lock');
  });
  afterEach(() => rm(folder, { recursive: true, maxRetries: 5 }));
  const held = (identity: object): Promise<void> =>
    writeFile(path, JSON.stringify({ identity, token: 'theirs' }));

  it('admits one holder at a time, and finally each', async () => {
    let inside = 0;
    let done = 0;
    const visit = () =>
      withSpoolLock(path, async () => {
        assert.equal(++inside, 1);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside--;
        done++;
      });
    await Promise.all(Array.from({ length: 20 }, visit));
    assert.equal(done, 20);
    assert.equal(existsSync(path), false);
  });

  it('is released when the callback fails', async () => {
    await assert.rejects(
      withSpoolLock(path, () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(existsSync(path), false);
  });

  it('is taken from a dead holder by one of the waiting processes', async () => {
    await held({ ...getOwnIdentity(), start: 'another process of this number' });
    let inside = 0;
    const visit = () =>
      withSpoolLock(path, async () => {
        assert.equal(++inside, 1);
        await new Promise((resolve) => setTimeout(resolve, 2));
        inside--;
      });
    await Promise.all(Array.from({ length: 10 }, visit));
  });

  it('is not taken from a live holder, here or elsewhere', async () => {
    for (const identity of [getOwnIdentity(), { ...getOwnIdentity(), host: 'another machine' }]) {
      await held(identity);
      const stop = new AbortController();
      setTimeout(() => {
        stop.abort();
      }, 60);
      await assert.rejects(
        withSpoolLock(path, () => Promise.resolve(assert.fail('acquired')), stop.signal),
        { name: 'AbortError' },
      );
      assert.equal(existsSync(path), true);
    }
  });

  it('is taken if a holder elsewhere, or one without a name, has not updated it for long', async () => {
    const texts = [
      '',
      JSON.stringify({ identity: { ...getOwnIdentity(), host: 'another machine' }, token: 'theirs' }),
    ];
    for (const text of texts) {
      await writeFile(path, text);
      const before = new Date(Date.now() - 60_000);
      await utimes(path, before, before);
      assert.equal(await withSpoolLock(path, () => Promise.resolve('in')), 'in');
    }
  });

  const odd: Readonly<Record<string, (at: string) => void>> = {
    'a folder': (at) => {
      mkdirSync(join(at, 'x'), { recursive: true });
    },
    'a pipe': (at) => void execFileSync('mkfifo', [at]),
    'a device': (at) => {
      symlinkSync('/dev/zero', at);
    },
    'a link without a target': (at) => {
      symlinkSync('/nowhere/at/all', at);
    },
    'a file of several gigabytes': (at) => {
      writeFileSync(at, '');
      truncateSync(at, 5 * 2 ** 30);
    },
  };
  for (const [what, make] of Object.entries(odd))
    it(`is taken after a moment if it is replaced by ${what}`, async function () {
      this.timeout(10_000);
      make(path);
      assert.equal(await withSpoolLock(path, () => Promise.resolve('in')), 'in');
      assert.equal(existsSync(path), false);
    });

  it('is taken if a folder replaces its takeover guard', async () => {
    const long = new Date(1_000);
    await writeFile(path, '');
    mkdirSync(`${path}.break`);
    for (const one of [path, `${path}.break`]) await utimes(one, long, long);
    assert.equal(await withSpoolLock(path, () => Promise.resolve('in')), 'in');
  });
});
