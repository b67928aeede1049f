import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { ExpectedDownload } from '../../../src/core/domain/ports.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { listDecisions, planBundle } from '../../../src/bundle/planBundle.js';
import { unpackTar } from '../../../src/bundle/unpack.js';
import { createFileDisk } from '../../../src/store/fileDisk.js';

const disk = createFileDisk(unpackTar, tmpdir());
const never = new AbortController().signal;

async function* parts(...given: readonly (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  await Promise.resolve();
  yield* given;
}

/** Runs with a folder that is deleted afterwards. */
async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'batch-jobs-test-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

describe('disk.save', () => {
  it('writes texts and bytes in order, into folders that it creates', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a/b/c.txt');
      await disk.save(path, parts('ä', Buffer.from('b'), ''), never);
      assert.equal(await readFile(path, 'utf8'), 'äb');
      assert.deepEqual(await readdir(join(folder, 'a/b')), ['c.txt']);
    }));

  it('writes an empty file if there is no data', () =>
    inFolder(async (folder) => {
      await disk.save(join(folder, 'empty'), parts(), never);
      assert.equal((await lstat(join(folder, 'empty'))).size, 0);
    }));

  it('replaces a file only after the whole new one is written, without leftovers', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a.txt');
      await writeFile(path, 'old');
      const breaking = async function* (): AsyncGenerator<string> {
        yield 'half';
        await Promise.reject(new JobError({ kind: 'offline', place: 'Local', why: 'gone' }));
      };
      await assert.rejects(disk.save(path, breaking(), never), {
        problem: { kind: 'offline', place: 'Local', why: 'gone' },
      });
      assert.equal(await readFile(path, 'utf8'), 'old');
      assert.deepEqual(await readdir(folder), ['a.txt']);
      await disk.save(path, parts('new'), never);
      assert.equal(await readFile(path, 'utf8'), 'new');
    }));

  it('stops when it is aborted, closes its source, and leaves nothing behind', () =>
    inFolder(async (folder) => {
      const stop = new AbortController();
      let isEnded = false;
      const endless = async function* (): AsyncGenerator<string> {
        try {
          for (;;) {
            yield 'x';
            await new Promise((resolve) => setImmediate(resolve));
            stop.abort();
          }
        } finally {
          isEnded = true;
        }
      };
      await assert.rejects(disk.save(join(folder, 'a.txt'), endless(), stop.signal), { name: 'AbortError' });
      assert.deepEqual(await readdir(folder), []);
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(isEnded);
    }));

  it('reports which folder is full', () =>
    inFolder(async (folder) => {
      // The system's error for a full disk, at the same point of the call.
      const full = async function* (): AsyncGenerator<string> {
        yield 'x';
        await Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
      };
      await assert.rejects(disk.save(join(folder, 'a.txt'), full(), never), {
        problem: { kind: 'diskFull', path: folder },
      });
    }));

  it("reports the system's error if a file cannot be written", () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '');
      const path = join(folder, 'file', 'below.txt');
      await assert.rejects(disk.save(path, parts('x'), never), (error: unknown) => {
        assert.ok(error instanceof JobError && error.problem.kind === 'disk');
        assert.equal(error.problem.path, path);
        return true;
      });
    }));

  it('replaces an existing link instead of writing through it', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'precious'), 'precious');
      await symlink(join(folder, 'precious'), join(folder, 'out'));
      await disk.save(join(folder, 'out'), parts('new'), never);
      assert.equal(await readFile(join(folder, 'precious'), 'utf8'), 'precious');
      assert.equal(await readFile(join(folder, 'out'), 'utf8'), 'new');
    }));

  it('writes names up to the maximum length of the system', () =>
    inFolder(async (folder) => {
      const name = '実'.repeat(85);
      await disk.save(join(folder, name), parts('x'), never);
      assert.deepEqual(await readdir(folder), [name]);
    }));
});

describe('disk.save with an announced size and hash', () => {
  const sha256 = createHash('sha256').update('abc').digest('hex');

  it('keeps a file with the announced size and hash', () =>
    inFolder(async (folder) => {
      for (const expected of [{}, { bytes: 3 }, { sha256 }, { bytes: 3, sha256 }]) {
        await disk.save(join(folder, 'a'), parts('ab', Buffer.from('c')), never, expected);
        assert.equal(await readFile(join(folder, 'a'), 'utf8'), 'abc');
      }
      await disk.save(join(folder, 'empty'), parts(), never, { bytes: 0 });
    }));

  const wrong: readonly (readonly [string, ExpectedDownload, readonly string[]])[] = [
    ['a file with another hash', { sha256 }, ['abd']],
    ['a file with another hash and the same size', { bytes: 3, sha256 }, ['abd']],
    ['a short file', { bytes: 4 }, ['abc']],
    ['nothing', { bytes: 1 }, []],
    ['a long file', { bytes: 2 }, ['ab', 'c']],
  ];
  for (const [name, expected, given] of wrong) {
    it(`discards ${name}, and keeps the previous file`, () =>
      inFolder(async (folder) => {
        const path = join(folder, 'model.json');
        await writeFile(path, 'old');
        await assert.rejects(disk.save(path, parts(...given), never, expected), {
          problem: { kind: 'damaged', name: 'model.json' },
        });
        assert.equal(await readFile(path, 'utf8'), 'old');
        assert.deepEqual(await readdir(folder), ['model.json']);
      }));
  }

  it('stops as soon as the announced size is exceeded', () =>
    inFolder(async (folder) => {
      const endless = async function* (): AsyncGenerator<string> {
        for (;;) {
          yield 'x'.repeat(1000);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await assert.rejects(disk.save(join(folder, 'a'), endless(), never, { bytes: 10_000 }), {
        problem: { kind: 'damaged', name: 'a' },
      });
      assert.deepEqual(await readdir(folder), []);
    }));
});

/** A tar with these files. */
async function tarOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, text] of Object.entries(files)) tar.entry({ name }, text);
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array); // SAFETY: a tar consists of bytes.
  return Buffer.concat(chunks);
}

describe('disk.isTar', () => {
  it('recognizes a tar by its first bytes, gzipped or not, with any name', () =>
    inFolder(async (folder) => {
      const tar = await tarOf({ 'out/a.txt': 'a'.repeat(10_000) });
      const noise = Buffer.concat([tar.subarray(0, 512), randomBytes(100_000)]);
      const cases: readonly (readonly [Uint8Array | string, boolean])[] = [
        [tar, true],
        [gzipSync(tar), true],
        [gzipSync(noise), true],
        [gzipSync('a text of its own'.repeat(100)), false],
        ['', false],
        ['{"a": 1}', false],
        ['\u001f\u008b', false],
        [Buffer.alloc(10_240), false],
        [Buffer.concat([Buffer.from('x'), tar]), false],
        [tar.subarray(0, 511), false],
      ];
      for (const [index, [content, expected]] of cases.entries()) {
        await writeFile(join(folder, 'result'), content);
        assert.equal(await disk.isTar(join(folder, 'result')), expected, `case ${String(index)}`);
      }
      assert.equal(await disk.isTar(join(folder, 'nowhere')), false);
      assert.equal(await disk.isTar(folder), false);
    }));
});

describe('disk.unpack', () => {
  for (const [name, expected] of [
    ['results.tar', 'results'],
    ['results.tar.gz', 'results'],
    ['Results.TGZ', 'Results'],
    ['results', 'results (2)'],
    ['.tar', 'unpacked'],
  ] as const) {
    it(`unpacks ${name} into the folder ${expected}`, () =>
      inFolder(async (folder) => {
        await writeFile(join(folder, name), gzipSync(await tarOf({ 'out/a.txt': 'text' })));
        assert.equal(await disk.unpack(join(folder, name), never), join(folder, expected));
        assert.equal(await readFile(join(folder, expected, 'out/a.txt'), 'utf8'), 'text');
      }));
  }

  it('uses another name if a file or folder exists, and keeps that unchanged', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'results.tar'), await tarOf({ 'a.txt': 'from the tar' }));
      await mkdir(join(folder, 'results'));
      await writeFile(join(folder, 'results/a.txt'), 'mine');
      await writeFile(join(folder, 'results (2)'), 'mine');
      assert.equal(await disk.unpack(join(folder, 'results.tar'), never), join(folder, 'results (3)'));
      assert.equal(await readFile(join(folder, 'results/a.txt'), 'utf8'), 'mine');
      assert.equal(await readFile(join(folder, 'results (3)/a.txt'), 'utf8'), 'from the tar');
    }));

  it('writes nothing outside, and leaves nothing behind, if a name would escape the folder', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'r.tar'), await tarOf({ 'a.txt': 'a', '../evil.txt': 'b' }));
      await assert.rejects(disk.unpack(join(folder, 'r.tar'), never), {
        problem: { kind: 'unsafeName', name: '../evil.txt' },
      });
      assert.deepEqual(await readdir(folder), ['r.tar']);
    }));

  it('leaves nothing behind from a truncated or aborted tar', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'r.tar');
      await writeFile(path, (await tarOf({ 'a.txt': 'a'.repeat(5_000) })).subarray(0, 3_000));
      await assert.rejects(disk.unpack(path, never), {
        problem: { kind: 'disk', path, why: 'not a complete tar archive' },
      });
      await assert.rejects(disk.unpack(path, AbortSignal.abort()), { name: 'AbortError' });
      assert.deepEqual(await readdir(folder), ['r.tar']);
    }));
});

describe('disk.exists', () => {
  it('finds files, folders and links, also those without a target', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '');
      await symlink(join(folder, 'nowhere'), join(folder, 'link'));
      assert.equal(await disk.exists(join(folder, 'file')), true);
      assert.equal(await disk.exists(folder), true);
      assert.equal(await disk.exists(join(folder, 'link')), true);
      assert.equal(await disk.exists(join(folder, 'nowhere')), false);
    }));
});

describe('disk.below', () => {
  it('returns a path inside the folder', () =>
    inFolder(async (folder) => {
      assert.equal(await disk.resolveInside(folder, 'a.txt'), join(folder, 'a.txt'));
      assert.equal(await disk.resolveInside(folder, 'out/deep/a.txt'), join(folder, 'out', 'deep', 'a.txt'));
      assert.equal(await disk.resolveInside(folder, '..a/...'), join(folder, '..a', '...'));
      assert.equal(await disk.resolveInside(folder, '実験 😀'), join(folder, '実験 😀'));
    }));

  const unsafe = [
    '../a',
    'a/../../b',
    '..',
    '.',
    '',
    '/etc/passwd',
    'a//b',
    'a/',
    './a',
    'a\\..\\..\\b',
    '..\\a',
    'a\u0000b',
  ];
  for (const name of unsafe) {
    it(`rejects ${JSON.stringify(name)}`, () =>
      inFolder(async (folder) => {
        await assert.rejects(disk.resolveInside(folder, name), { problem: { kind: 'unsafeName', name } });
      }));
  }

  it('rejects a path through a link that leaves the folder, and accepts one that stays inside', () =>
    inFolder(async (folder) => {
      const chosen = join(folder, 'chosen');
      await mkdir(join(chosen, 'real'), { recursive: true });
      await mkdir(join(folder, 'outside'));
      await symlink(join(folder, 'outside'), join(chosen, 'out'));
      await symlink(join(chosen, 'real'), join(chosen, 'in'));
      for (const name of ['out/a', 'out/deep/a'])
        await assert.rejects(disk.resolveInside(chosen, name), { problem: { kind: 'unsafeName', name } });
      assert.equal(await disk.resolveInside(chosen, 'in/a'), join(chosen, 'in', 'a'));
    }));

  it('accepts a folder that is itself a link', () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'real'));
      await symlink(join(folder, 'real'), join(folder, 'link'));
      assert.equal(await disk.resolveInside(join(folder, 'link'), 'a/b'), join(folder, 'link', 'a', 'b'));
    }));

  it('reports that the folder does not exist', () =>
    inFolder(async (folder) => {
      const gone = join(folder, 'gone');
      await assert.rejects(
        disk.resolveInside(gone, 'a'),
        (error: unknown) => error instanceof JobError && error.problem.kind === 'disk',
      );
    }));
});

describe('disk.exclude', () => {
  const kept = (folder: string): readonly string[] =>
    listDecisions(planBundle(folder))
      .filter(({ included }) => included)
      .map(({ path }) => path);

  it('creates the ignore file if there is none', () =>
    inFolder(async (folder) => {
      await disk.appendIgnoreRule(folder, '.env', '.juliabundleignore');
      assert.equal(await readFile(join(folder, '.juliabundleignore'), 'utf8'), '.env\n');
    }));

  it('adds a separate line also to a file whose last line has no newline', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, '.juliabundleignore'), 'data');
      await disk.appendIgnoreRule(folder, '.env', '.juliabundleignore');
      await disk.appendIgnoreRule(folder, 'b.pem', '.juliabundleignore');
      assert.equal(await readFile(join(folder, '.juliabundleignore'), 'utf8'), 'data\n.env\nb.pem\n');
    }));

  it('adds to the nearest ignore file above the path, relative to it', () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'sub/deep'), { recursive: true });
      await writeFile(join(folder, '.juliabundleignore'), '');
      await writeFile(join(folder, 'sub/.juliabundleignore'), '');
      await writeFile(join(folder, 'sub/deep/key.pem'), '');
      await writeFile(join(folder, 'top.pem'), '');
      await disk.appendIgnoreRule(folder, 'sub/deep/key.pem', '.juliabundleignore');
      await disk.appendIgnoreRule(folder, 'top.pem', '.juliabundleignore');
      assert.equal(await readFile(join(folder, 'sub/.juliabundleignore'), 'utf8'), 'deep/key.pem\n');
      assert.equal(await readFile(join(folder, '.juliabundleignore'), 'utf8'), 'top.pem\n');
      assert.deepEqual(
        kept(folder).filter((path) => path.endsWith('.pem')),
        [],
      );
    }));

  for (const name of [
    '.env',
    'a*b.pem',
    'a?b.key',
    '[ab].pem',
    '!x.pem',
    '#x.pem',
    'back\\slash.pem',
    'a b.pem',
    '{a,b}.pem',
    '実験.pem',
    'a**b.pem',
    ' lead.pem',
    'trail.pem ',
    'new\nline.pem',
  ]) {
    it(`excludes only ${JSON.stringify(name)} from the bundle`, () =>
      inFolder(async (folder) => {
        const other = name.replace(/[*?[!#\\{]/, 'Z');
        await writeFile(join(folder, name), 'secret');
        if (other !== name) await writeFile(join(folder, other), 'open');
        await writeFile(join(folder, 'main.jl'), 'open');
        await disk.appendIgnoreRule(folder, name, '.juliabundleignore');
        assert.ok(!kept(folder).includes(name), 'it is still sent');
        assert.ok(kept(folder).includes('main.jl'));
        if (other !== name) assert.ok(kept(folder).includes(other), `${other} is excluded as well`);
      }));
  }
});
