import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { fetchFile } from '../../../src/remote/fetchFile.js';
import {
  listFilesRecursive,
  writeHostFile,
  createJobFolder,
  removeFolder,
  readTextFile,
  type HostFileSystem,
} from '../../../src/remote/hostFiles.js';
import type { Host } from '../../../src/remote/host.js';
import { isAbort, JobError } from '../../../src/core/domain/problem.js';
import { filesOf, inTemp, never, packed, problemOf, remote, until } from './doubles.js';

const files = filesOf(remote());

const collected = async (parts: AsyncIterable<Uint8Array>): Promise<string> => {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all).toString();
};

/** A host that changes the signal's owner, or a command, on the way. */
const changed = (change: (argv: readonly string[]) => readonly string[]): HostFileSystem =>
  filesOf({
    ...files.host,
    start: (command, signal) => files.host.start({ ...command, argv: change(command.argv) }, signal),
  });

describe('folders on a host', () => {
  it('are created with their content, private, and with the oldest possible file times', async () => {
    await inTemp(async (root) => {
      const laid = [
        { path: 'job.sh', text: '#!/bin/sh\n' },
        { path: "work/-it's $x\n/a b.jl", text: 'x = 1\nünï' },
      ];
      const folder = await createJobFolder(files, join(root, 'new', 'deep'), 'one', { files: laid }, never);
      assert.equal(folder, join(root, 'new', 'deep', 'one'));
      assert.equal(await readFile(join(folder, "work/-it's $x\n/a b.jl"), 'utf8'), 'x = 1\nünï');
      assert.equal((await stat(join(folder, 'job.sh'))).mode & 0o777, 0o700);
      assert.equal((await stat(folder)).mode & 0o777, 0o700);
      assert.ok((await stat(join(folder, 'job.sh'))).mtimeMs < 3 * 86_400_000);
    });
  });

  it('can be below the home folder, and are returned as physical paths', async () => {
    await inTemp(async (home) => {
      await mkdir(join(home, 'real'));
      await symlink(join(home, 'real'), join(home, 'my link'));
      const host = remote({ ...process.env, HOME: home });
      const made = await createJobFolder(filesOf(host), '~/my link', 'one', { files: [] }, never);
      assert.equal(made, join(home, 'real', 'one'));
      assert.equal(await createJobFolder(filesOf(host), '~', 'two', { files: [] }, never), join(home, 'two'));
    });
  });

  it('are unpacked from a streamed tar, without the name of its root', async () => {
    await inTemp(async (root) => {
      const tar = gzipSync(await packed({ 'main.jl': 'a', 'sub/b': 'b' }));
      const folder = await createJobFolder(
        files,
        root,
        'one',
        { tar: Readable.from([tar]), files: [] },
        never,
      );
      assert.deepEqual((await readdir(join(folder, 'work'), { recursive: true })).sort(), [
        'main.jl',
        'sub',
        'sub/b',
      ]);
    });
  });

  it('leave nothing behind if the tar is truncated, fails, or is invalid', async () => {
    await inTemp(async (root) => {
      const tar = gzipSync(await packed({ 'main.jl': 'a'.repeat(100_000) }), { level: 0 });
      const broken = Readable.from(
        (async function* () {
          yield tar.subarray(0, 50_000);
          throw new JobError({ kind: 'disk', path: 'x', why: 'y' });
        })(),
      );
      const cut = Readable.from([tar.subarray(0, 50_000)]);
      const none = Readable.from([Buffer.from('none')]);
      for (const [source, kind] of [
        [broken, 'disk'],
        [cut, 'refused'],
        [none, 'refused'],
      ] as const) {
        const problem = await problemOf(
          createJobFolder(files, root, 'one', { tar: source, files: [] }, never),
        );
        assert.equal(problem.kind, kind);
        assert.deepEqual(await readdir(root), []);
      }
    });
  });

  it('leave nothing behind if the upload is aborted', async () => {
    await inTemp(async (root) => {
      const stop = new AbortController();
      const tar = new PassThrough();
      const making = createJobFolder(files, root, 'one', { tar, files: [] }, stop.signal);
      tar.write(gzipSync(await packed({ 'main.jl': 'a'.repeat(100_000) }), { level: 0 }).subarray(0, 60_000));
      await until(async () => (await readdir(root)).length > 0);
      stop.abort();
      await assert.rejects(making, isAbort);
      await until(async () => (await readdir(root)).length === 0);
      assert.ok(tar.destroyed);
    });
  });

  it('leave nothing behind if the response is lost, or a file cannot be written', async () => {
    await inTemp(async (root) => {
      let isLost = false;
      const losing: Host = {
        ...files.host,
        start: async (command, signal) => {
          const running = await files.host.start(command, signal);
          if (isLost) return running;
          isLost = true;
          const lost = running.end.then(() => {
            throw new JobError({ kind: 'offline', place: 'x', why: 'y' });
          });
          lost.catch(() => undefined);
          return { ...running, end: lost };
        },
      };
      const contents = { files: [] };
      assert.equal(
        (await problemOf(createJobFolder(filesOf(losing), root, 'one', contents, never))).kind,
        'offline',
      );
      assert.deepEqual(await readdir(root), []);
      const bad = { files: [{ path: 'work', text: 'a folder is there' }] };
      assert.equal((await problemOf(createJobFolder(files, root, 'two', bad, never))).kind, 'refused');
      assert.deepEqual(await readdir(root), []);
    });
  });

  it('report a full disk, in any language of the host', async () => {
    const full = changed((argv) => [
      ...argv.slice(0, 2),
      'echo "$LC_ALL: No space left on device" >&2; exit 72',
    ]);
    assert.deepEqual(await problemOf(createJobFolder(full, '/tmp/x', 'one', { files: [] }, never)), {
      kind: 'diskFull',
      path: 'Alpha: /tmp/x',
    });
  });

  it('report other errors in the words of the host', async () => {
    await inTemp(async (root) => {
      await writeFile(join(root, 'file'), '');
      const problem = await problemOf(
        createJobFolder(files, join(root, 'file'), 'one', { files: [] }, never),
      );
      assert.ok(problem.kind === 'refused' && /File exists|Not a directory/.test(problem.words));
    });
  });

  it('list their files with sizes, and whether a job has changed them', async () => {
    await inTemp(async (root) => {
      await writeHostFile(files, root, { path: 'work/in put\n"x"', text: '12' }, never);
      await writeFile(join(root, 'out'), '123');
      await mkdir(join(root, 'empty'));
      await symlink('out', join(root, 'link'));
      const found = (await listFilesRecursive(files, root, never)) ?? [];
      assert.deepEqual(
        [...found].sort((a, b) => a.bytes - b.bytes),
        [
          { path: 'work/in put\n"x"', bytes: 2, isUnchanged: true },
          { path: 'out', bytes: 3, isUnchanged: false },
        ],
      );
      assert.equal(await listFilesRecursive(files, join(root, 'gone'), never), undefined);
    });
  });

  it('list what is readable, although some of it disappears or is inaccessible', async () => {
    await inTemp(async (root) => {
      await writeFile(join(root, 'out'), '123');
      const vanishing = changed((argv) =>
        argv.map((word) => word.replace('find .', `find . '${join(root, 'vanished')}'`)),
      );
      assert.deepEqual(
        (await listFilesRecursive(vanishing, root, never))?.map(({ path }) => path),
        ['out'],
      );
      const without = changed((argv) => argv.map((word) => word.replace('find .', 'no-such-find .')));
      assert.equal((await problemOf(listFilesRecursive(without, root, never))).kind, 'refused');
    });
  });

  it('are removed completely, and a missing one is not an error', async () => {
    await inTemp(async (root) => {
      await writeHostFile(files, root, { path: '-x/a', text: '' }, never);
      await removeFolder(files, join(root, '-x'), never);
      await removeFolder(files, join(root, '-x'), never);
      assert.deepEqual(await readdir(root), []);
    });
  });
});

describe('files on a host', () => {
  it('are read up to a length; other kinds of entries are reported as missing', async () => {
    await inTemp(async (root) => {
      await writeFile(join(root, '-a b'), '12345');
      assert.equal(await readTextFile(files, join(root, '-a b'), 3, never), '123');
      assert.equal(await readTextFile(files, join(root, 'none'), 3, never), undefined);
      assert.equal(await readTextFile(files, root, 3, never), undefined);
    });
  });

  it('are returned with the announced size, also while they grow', async () => {
    await inTemp(async (root) => {
      const path = join(root, 'big');
      await writeFile(path, 'x'.repeat(300_000));
      const about = { name: 'big', bytes: 250_000 };
      assert.equal(await collected(fetchFile(files, path, about, never)), 'x'.repeat(250_000));
    });
  });

  it('can be missing, inaccessible, or damaged during the transfer', async () => {
    await inTemp(async (root) => {
      const path = join(root, 'a');
      await writeFile(path, 'abc');
      const about = { name: 'a', bytes: 3 };
      const get = (from: HostFileSystem, file = path): Promise<string> =>
        collected(fetchFile(from, file, about, never));
      assert.deepEqual(await problemOf(get(files, join(root, 'none'))), { kind: 'gone', name: 'a' });
      const other = createHash('sha256').update('abd').digest('hex');
      assert.deepEqual(await problemOf(get(changed((argv) => argv.map(hashOf(other))))), {
        kind: 'damaged',
        name: 'a',
      });
      const closed = changed((argv) =>
        argv.map((word) => word.replace('head -c "$2" -- "$1" ||', 'echo "head: denied" >&2; false ||')),
      );
      assert.deepEqual(await problemOf(get(closed)), {
        kind: 'refused',
        place: 'Alpha',
        words: 'head: denied',
      });
    });
  });

  it('leave no program running if the reader aborts', async () => {
    await inTemp(async (root) => {
      const path = join(root, 'big');
      await writeFile(path, Buffer.alloc(3_000_000));
      let end: Promise<unknown> | undefined;
      const watched = filesOf({
        ...files.host,
        start: async (command, signal) => {
          const running = await files.host.start(command, signal);
          ({ end } = running);
          return running;
        },
      });
      for await (const part of fetchFile(watched, path, { name: 'big', bytes: 3_000_000 }, never)) {
        assert.ok(part.length > 0);
        break;
      }
      await end?.catch(() => undefined);
    });
  });
});

const hashOf = (hash: string) => (word: string) =>
  word.includes('sha256sum') ? `head -c "$2" -- "$1"; echo ${hash} >&2` : word;
