import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createFolderBundler } from '../../../src/bundle/bundler.js';
import type { FolderBundler } from '../../../src/core/domain/ports.js';
import { isAbort } from '../../../src/core/domain/problem.js';
import { inTemp, makeFolder, readTarFile } from './folders.js';
import { onSmallDisk } from './smallDisk.js';
import { withoutRights } from './withoutRights.js';
import { buildWorker } from './workerProgram.js';

const never = new AbortController().signal;
const quiet = (): void => undefined;
const noLimit = Number.MAX_SAFE_INTEGER;
const megabyte = 1 << 20;

describe('the bundler', function () {
  let built = '';
  let program = '';

  before(() => {
    built = mkdtempSync(join(tmpdir(), 'bundle-program-'));
    chmodSync(built, 0o755);
    program = buildWorker(built);
  });

  after(() => {
    rmSync(built, { recursive: true, force: true });
  });

  /** A bundler with a folder for its tars, and a folder to be bundled. */
  const withFolder = (
    files: Readonly<Record<string, string | Buffer>>,
    act: (world: { bundler: FolderBundler; folder: string; tars: string }) => Promise<void>,
  ): Promise<void> =>
    inTemp(async (temp) => {
      const tars = join(temp, 'tars');
      mkdirSync(tars);
      const folder = makeFolder(join(temp, 'my app'), files);
      await act({ bundler: createFolderBundler({ program, tempFolder: tars }), folder, tars });
    });

  it('only scans the folder for a plan', () =>
    withFolder(
      { '.juliabundleignore': '*.csv', 'a.py': 'x', 'a.csv': '' },
      async ({ bundler, folder, tars }) => {
        const plan = await bundler.plan(folder, never);
        assert.deepEqual([plan.folder, plan.files, plan.bytes], [folder, 2, 6]);
        assert.deepEqual(
          plan.decisions.map(({ path, included }) => [path, included]),
          [
            ['.juliabundleignore', true],
            ['a.csv', false],
            ['a.py', true],
          ],
        );
        assert.deepEqual(readdirSync(tars), []);
      },
    ));

  it('packs the plan, and returns the properties of the tar', () =>
    withFolder({ 'a.py': 'x', 'b/c': 'yy' }, async ({ bundler, folder, tars }) => {
      const { plan, bundle } = await bundler.pack(folder, noLimit, quiet, never);
      assert.equal(plan.files, 2);
      const { file, root, files, bytes, sha256 } = await bundle;
      const content = readFileSync(file);
      assert.deepEqual([root, files, bytes], ['my app', 2, content.length]);
      assert.equal(sha256, createHash('sha256').update(content).digest('hex'));
      assert.deepEqual(
        (await readTarFile(file)).map(({ path }) => path),
        ['my app/a.py', 'my app/b/c'],
      );
      assert.equal(dirname(dirname(file)), tars);
    }));

  it('deletes a discarded bundle with its folder, and accepts a second call', () =>
    withFolder({ 'a.py': 'x' }, async ({ bundler, folder, tars }) => {
      const { bundle } = await bundler.pack(folder, noLimit, quiet, never);
      const packed = await bundle;
      await bundler.discard(packed);
      await bundler.discard(packed);
      assert.deepEqual(readdirSync(tars), []);
    }));

  it('deletes only its own files', () =>
    withFolder({ 'a.py': 'x', 'some.tar': '' }, async ({ bundler, folder }) => {
      const file = join(folder, 'some.tar');
      await bundler.discard({ file, root: 'x', files: 0, bytes: 0, sha256: '' });
      assert.deepEqual(readdirSync(folder), ['a.py', 'some.tar']);
    }));

  it('leaves nothing if the process exits before a bundle is discarded', () =>
    withFolder({ 'a.py': 'x' }, async ({ bundler, folder, tars }) => {
      const before = process.listeners('exit');
      const { bundle } = await bundler.pack(folder, noLimit, quiet, never);
      const packed = await bundle;
      const [atExit, ...more] = process.listeners('exit').filter((listener) => !before.includes(listener));
      assert.ok(atExit && more.length === 0);
      atExit(0);
      assert.deepEqual(readdirSync(tars), []);
      await bundler.discard(packed);
      assert.deepEqual(process.listeners('exit'), before);
    }));

  it('packs the scanned files, even if others were added since', () =>
    withFolder({ a: Buffer.alloc(megabyte), z: '' }, async ({ bundler, folder }) => {
      const { plan, bundle } = await bundler.pack(folder, noLimit, quiet, never);
      writeFileSync(join(folder, 'new'), '');
      assert.equal((await bundle).files, plan.files);
      assert.equal((await readTarFile((await bundle).file)).length, 2);
    }));

  it('reports its progress, without blocking the caller', () =>
    withFolder({ a: 'x' }, async ({ bundler, folder }) => {
      makeFolder(folder, { large: '' });
      truncateSync(join(folder, 'large'), 200 * megabyte);
      const told: { at: number; doneBytes: number; ofBytes: number }[] = [];
      let turns = 0;
      const turning = setInterval(() => turns++, 5);
      const report = (doneBytes: number, ofBytes: number): void => {
        told.push({ at: performance.now(), doneBytes, ofBytes });
      };
      const { plan, bundle } = await bundler.pack(folder, noLimit, report, never);
      await bundle;
      clearInterval(turning);
      const packing = told.findIndex(({ ofBytes }) => ofBytes > 0);
      assert.ok(packing > 0, 'it tells that it looks');
      assert.ok(told.slice(packing).every(({ ofBytes }) => ofBytes === plan.bytes));
      assert.ok(told.slice(0, packing + 1).every(({ doneBytes }) => doneBytes === 0));
      assert.equal(told.at(-1)?.doneBytes, plan.bytes);
      const gaps = told.map(({ at }, index) => at - (told[index - 1]?.at ?? at));
      assert.ok(Math.max(...gaps) < 250, `${Math.max(...gaps)} ms without a word`);
      assert.ok(turns > 10, `the caller's thread had ${turns} turns`);
    }));

  describe('rejects', () => {
    const refuses = async (
      bundler: FolderBundler,
      folder: string,
      limit: number,
      problem: object,
    ): Promise<void> => {
      await assert.rejects(bundler.pack(folder, limit, quiet, never), { problem });
    };

    it('a folder whose files are all excluded', () =>
      withFolder({ '.juliabundleignore': '*', 'a.py': '' }, async ({ bundler, folder, tars }) => {
        await refuses(bundler, folder, noLimit, { kind: 'nothingToSend', folder });
        assert.deepEqual(readdirSync(tars), []);
      }));

    it('an empty folder', () =>
      withFolder({}, ({ bundler, folder }) =>
        refuses(bundler, folder, noLimit, { kind: 'nothingToSend', folder }),
      ));

    it('a bundle over the limit, with the names of the largest files in it', () => {
      const files = { a: 'x'.repeat(10), b: 'x'.repeat(40), 'c/d': 'x'.repeat(30), no: 'x'.repeat(99) };
      return withFolder({ ...files, '.juliabundleignore': 'no' }, async ({ bundler, folder, tars }) => {
        await refuses(bundler, folder, 81, {
          kind: 'tooBig',
          place: 'Batch Jobs',
          folder,
          bytes: 82,
          limitBytes: 81,
          ignoreFile: '.juliabundleignore',
          largest: [
            { path: 'b', bytes: 40 },
            { path: 'c/d', bytes: 30 },
            { path: 'a', bytes: 10 },
            { path: '.juliabundleignore', bytes: 2 },
          ],
        });
        assert.deepEqual(readdirSync(tars), []);
        assert.equal((await (await bundler.pack(folder, 82, quiet, never)).bundle).files, 4);
      });
    });

    it('a folder that does not exist', () =>
      withFolder({}, async ({ bundler, folder }) => {
        const path = join(folder, 'none');
        const problem = { kind: 'unreadable', path, why: 'it does not exist' };
        await assert.rejects(bundler.plan(path, never), { problem });
        await refuses(bundler, path, noLimit, problem);
      }));
  });

  describe('on a failure during packing', () => {
    it('reports the changed file and leaves nothing', () =>
      withFolder({ a: Buffer.alloc(megabyte) }, async ({ bundler, folder, tars }) => {
        truncateSync(join(folder, 'a'), 100 * megabyte);
        makeFolder(folder, { z: '' });
        const { bundle } = await bundler.pack(folder, noLimit, quiet, never);
        appendFileSync(join(folder, 'z'), 'x');
        await assert.rejects(bundle, { problem: { kind: 'changed', path: 'z', how: 'grew' } });
        assert.deepEqual(readdirSync(tars), []);
      }));

    it('reports the unreadable file and leaves nothing', () =>
      withFolder({ a: '', b: '' }, async ({ bundler, folder, tars }) => {
        chmodSync(dirname(folder), 0o755);
        chmodSync(tars, 0o777);
        chmodSync(join(folder, 'b'), 0o000);
        await withoutRights(async () => {
          const { bundle } = await bundler.pack(folder, noLimit, quiet, never);
          await assert.rejects(bundle, {
            problem: { kind: 'unreadable', path: 'b', why: 'permission denied' },
          });
        });
        assert.deepEqual(readdirSync(tars), []);
      }));

    it('reports the full disk and leaves nothing on it', () =>
      inTemp((temp) =>
        onSmallDisk(temp, async (disk) => {
          const folder = makeFolder(join(temp, 'in'), { a: Buffer.alloc(3 * megabyte) });
          const bundler = createFolderBundler({ program, tempFolder: disk });
          const { bundle } = await bundler.pack(folder, noLimit, quiet, never);
          await assert.rejects(bundle, { problem: { kind: 'diskFull', path: disk } });
          assert.deepEqual(readdirSync(disk), []);
        }),
      ));

    it('reports a missing folder for tars', () =>
      withFolder({ a: '' }, async ({ folder, tars }) => {
        const none = join(tars, 'none');
        const { bundle } = await createFolderBundler({ program, tempFolder: none }).pack(
          folder,
          noLimit,
          quiet,
          never,
        );
        await assert.rejects(bundle, { problem: { kind: 'disk', path: none, why: 'it does not exist' } });
      }));

    it('reports a program that cannot be started', () =>
      withFolder({ a: '' }, async ({ folder, tars }) => {
        const bundler = createFolderBundler({ program: join(tars, 'none.cjs') });
        await assert.rejects(bundler.plan(folder, never), /Cannot find module/);
      }));

    it('reports that its thread exited without a result', () =>
      withFolder({ a: '' }, async ({ folder, tars }) => {
        writeFileSync(join(tars, 'mute.cjs'), '');
        const bundler = createFolderBundler({ program: join(tars, 'mute.cjs') });
        await assert.rejects(bundler.plan(folder, never), /exited unexpectedly/);
      }));
  });

  describe('when it is cancelled', () => {
    const aborts = (promise: Promise<unknown>): Promise<void> => assert.rejects(promise, isAbort);

    it('does not start if the signal is already aborted', () =>
      withFolder({ a: '' }, async ({ bundler, folder, tars }) => {
        await aborts(bundler.plan(folder, AbortSignal.abort()));
        await aborts(bundler.pack(folder, noLimit, quiet, AbortSignal.abort()));
        assert.deepEqual(readdirSync(tars), []);
      }));

    it('stops scanning', () =>
      withFolder({ a: '' }, async ({ bundler, folder }) => {
        for (const call of ['plan', 'pack'] as const) {
          const stop = new AbortController();
          const looking =
            call === 'plan'
              ? bundler.plan(folder, stop.signal)
              : bundler.pack(folder, noLimit, quiet, stop.signal);
          stop.abort();
          await aborts(looking);
        }
      }));

    it('stops packing and leaves nothing', () =>
      withFolder({ a: '' }, async ({ bundler, folder, tars }) => {
        truncateSync(join(folder, 'a'), 4096 * megabyte);
        const stop = new AbortController();
        const begun = performance.now();
        const report = (doneBytes: number): void => {
          if (doneBytes > 0) stop.abort();
        };
        const { bundle } = await bundler.pack(folder, noLimit, report, stop.signal);
        await aborts(bundle);
        assert.ok(performance.now() - begun < 2000);
        assert.deepEqual(readdirSync(tars), []);
      }));

    it('leaves nothing and causes no unhandled rejection if the bundle is not awaited', () =>
      withFolder({ a: 'x' }, async ({ bundler, folder, tars }) => {
        const lost: unknown[] = [];
        const note = (error: unknown): void => {
          lost.push(error);
        };
        process.on('unhandledRejection', note);
        try {
          const stop = new AbortController();
          const { bundle } = await bundler.pack(folder, noLimit, quiet, stop.signal);
          stop.abort();
          await new Promise((resolve) => setTimeout(resolve, 100));
          assert.deepEqual([lost, readdirSync(tars)], [[], []]);
          await aborts(bundle);
        } finally {
          process.off('unhandledRejection', note);
        }
      }));

    it('keeps a bundle that was complete before', () =>
      withFolder({ a: 'x' }, async ({ bundler, folder }) => {
        const stop = new AbortController();
        const { bundle } = await bundler.pack(folder, noLimit, quiet, stop.signal);
        const { file } = await bundle;
        stop.abort();
        assert.ok(existsSync(file));
      }));
  });

  it('packs several bundles concurrently', () =>
    withFolder({ a: 'x' }, async ({ bundler, folder, tars }) => {
      const packed = await Promise.all([1, 2, 3].map(() => bundler.pack(folder, noLimit, quiet, never)));
      const bundles = await Promise.all(packed.map(({ bundle }) => bundle));
      assert.equal(new Set(bundles.map(({ file }) => file)).size, 3);
      assert.equal(new Set(bundles.map(({ sha256 }) => sha256)).size, 1);
      assert.equal(readdirSync(tars).length, 3);
    }));

  it('packs a folder that is given as a link', () =>
    withFolder({ a: 'x' }, async ({ bundler, folder, tars }) => {
      execFileSync('ln', ['-s', folder, join(tars, 'link')]);
      const { bundle } = await bundler.pack(join(tars, 'link'), noLimit, quiet, never);
      assert.deepEqual([(await bundle).root, basename(folder)], ['link', 'my app']);
    }));
});
