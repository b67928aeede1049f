import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../../src/core/domain/ports.js';
import { createFileJobStore } from '../../../src/store/jobStore.js';
import { memoryLog } from '../../fakes/memoryStore.js';

const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('fileJobStore', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'job-store-'));
  });
  afterEach(async () => {
    // Old claims can still be requested.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  });

  /** The files of the stored jobs. */
  const known = (): Promise<string[]> => readdir(join(folder, 'known'));

  it('gives a second window the stored jobs of the first, separately for each connection', async () => {
    const first = createFileJobStore(folder, quiet);
    await first.write('local', [{ id: 'j1' }]);
    await first.write('../hpc:22/☃', [{ id: 'j2' }]);
    const second = createFileJobStore(folder, quiet);
    assert.deepEqual(await second.read('local'), [{ id: 'j1' }]);
    assert.deepEqual(await second.read('../hpc:22/☃'), [{ id: 'j2' }]);
  });

  it('writes only below its folder, for any connection name', async () => {
    await createFileJobStore(join(folder, 'inner'), quiet).write('../../../up', [1]);
    assert.deepEqual(await readdir(folder), ['inner']);
    assert.equal((await readdir(join(folder, 'inner', 'known'))).length, 1);
  });

  it('returns nothing and logs nothing if nothing was stored', async () => {
    const log = memoryLog();
    assert.deepEqual(await createFileJobStore(join(folder, 'not', 'there'), log).read('local'), []);
    assert.deepEqual(log.lines, []);
  });

  for (const [what, text] of [
    ['half a file', '[{"id":"j'],
    ['an empty file', ''],
    ['a value that is not a list', '{"id":"j1"}'],
    ['other bytes', '\u0000\u0001\ufffd'],
  ] as const)
    it(`treats ${what} as empty, logs it, and overwrites it`, async () => {
      const log = memoryLog();
      const store = createFileJobStore(folder, log);
      await store.write('local', [1]);
      const [name = ''] = await known();
      await writeFile(join(folder, 'known', name), text);
      assert.deepEqual(await store.read('local'), []);
      assert.equal(log.lines.length, 1);
      assert.match(log.lines[0] ?? '', /^warn the stored jobs of local /);
      await store.write('local', [2]);
      assert.deepEqual(await store.read('local'), [2]);
    });

  it('treats an unreadable file as empty and logs it', async () => {
    const log = memoryLog();
    const store = createFileJobStore(folder, log);
    await store.write('local', [1]);
    const [name = ''] = await known();
    await rm(join(folder, 'known', name));
    await mkdir(join(folder, 'known', name));
    assert.deepEqual(await store.read('local'), []);
    assert.match(log.lines.join(), /EISDIR/);
  });

  it('shows readers the old list or the new one while two windows write', async () => {
    const stores = [createFileJobStore(folder, quiet), createFileJobStore(folder, quiet)];
    const listOf = (turn: number): readonly number[] => Array.from({ length: 20_000 }, () => turn);
    await stores[0]?.write('local', listOf(-1));
    const writes = Promise.all(
      stores.flatMap((store) => [0, 1, 2, 3].map((turn) => store.write('local', listOf(turn)))),
    );
    const log = memoryLog();
    const reader = createFileJobStore(folder, log);
    for (let turn = 0; turn < 40; turn++) {
      const list = await reader.read('local');
      assert.equal(list.length, 20_000);
      assert.equal(new Set(list).size, 1);
    }
    await writes;
    assert.deepEqual(log.lines, []);
  });

  it('leaves only the list behind', async () => {
    const store = createFileJobStore(folder, quiet);
    await Promise.all([1, 2, 3].map((turn) => store.write('local', [turn])));
    assert.equal((await known()).length, 1);
  });

  it('leaves no part of a list behind that could not be moved, and fails', async () => {
    const store = createFileJobStore(folder, quiet);
    await store.write('local', [1]);
    const [name = ''] = await known();
    await rm(join(folder, 'known', name));
    await mkdir(join(folder, 'known', name));
    await assert.rejects(store.write('local', [2]));
    assert.deepEqual(await known(), [name]);
  });

  it('grants a claim to one of all windows, once', async () => {
    const stores = Array.from({ length: 8 }, () => createFileJobStore(folder, quiet));
    const claims = await Promise.all(stores.map((store) => store.claim('ended local/j1')));
    assert.equal(claims.filter(Boolean).length, 1);
    assert.equal(await createFileJobStore(folder, quiet).claim('ended local/j1'), false);
    assert.equal(await createFileJobStore(folder, quiet).claim('ended local/j2'), true);
  });

  it('fails if a claim can be neither created nor found', async () => {
    await writeFile(join(folder, 'claims'), 'in the way');
    await assert.rejects(createFileJobStore(folder, quiet).claim('a'));
  });

  it('deletes claims after sixty days and keeps newer ones', async () => {
    const early = createFileJobStore(folder, quiet);
    await early.claim('old');
    const [old = ''] = await readdir(join(folder, 'claims'));
    await early.claim('young');
    const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);
    await utimes(join(folder, 'claims', old), daysAgo(61), daysAgo(61));
    const [young = ''] = (await readdir(join(folder, 'claims'))).filter((name) => name !== old);
    await utimes(join(folder, 'claims', young), daysAgo(59), daysAgo(59));
    const later = createFileJobStore(folder, quiet);
    await later.claim('other');
    await until(async () => !(await readdir(join(folder, 'claims'))).includes(old));
    assert.equal(await later.claim('young'), false);
    assert.equal(await later.claim('old'), true);
  });

  /** Makes a claim in a window that opens at this time of the clock. */
  const claimAt = async (ms: number, key: string): Promise<boolean> => {
    const { now } = Date;
    Date.now = () => ms;
    try {
      const isFirst = await createFileJobStore(folder, quiet).claim(key);
      // The cleanup runs in the background.
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
      return isFirst;
    } finally {
      Date.now = now;
    }
  };

  for (const days of [61, 400, -20_000])
    it(`keeps claims when the clock jumps by ${String(days)} days, and after it is corrected`, async () => {
      const now = Date.now();
      assert.equal(await claimAt(now, 'a'), true);
      assert.equal(await claimAt(now + days * 86_400_000, 'b'), true);
      assert.equal(await claimAt(now + 60_000, 'c'), true);
      for (const key of ['a', 'b', 'c']) assert.equal(await claimAt(now + 120_000, key), false, key);
    });

  it('keeps claims that were made while the clock was in 1970', async () => {
    const now = Date.now();
    await claimAt(now, 'a');
    const [name = ''] = await readdir(join(folder, 'claims'));
    await utimes(join(folder, 'claims', name), 100, 100);
    await claimAt(now + 60_000, 'b');
    assert.equal(await claimAt(now + 60_000, 'a'), false);
  });

  it('writes lists that only their user can read', async () => {
    await createFileJobStore(folder, quiet).write('local', [{ command: 'fit.jl --key s3cret' }]);
    const [name = ''] = await known();
    const others = 0o077;
    // Windows has no such mode bits.
    if (process.platform === 'win32') assert.ok(name);
    else assert.equal((await stat(join(folder, 'known', name))).mode & others, 0);
  });
});

/** Polls until a condition is met; the suite's own timeout ends it. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}
