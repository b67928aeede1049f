import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { writeTar } from '../../../src/bundle/archive.js';
import { planBundle } from '../../../src/bundle/planBundle.js';
import { unpackTar } from '../../../src/bundle/unpack.js';
import { isAbort } from '../../../src/core/domain/problem.js';
import { inTemp, makeFolder } from './folders.js';
import { onSmallDisk } from './smallDisk.js';

const never = new AbortController().signal;

type Header = Parameters<ReturnType<typeof pack>['entry']>[0];

/** A tar with these entries, without validation. */
async function tarOf(
  ...entries: readonly (readonly [header: Header, content?: string | Buffer])[]
): Promise<Buffer> {
  const tar = pack();
  for (const [header, content = ''] of entries) tar.entry(header, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Unpacks bytes into a folder inside a temporary one. */
const unpacking = (
  tar: Buffer,
  act: (unpacked: Promise<void>, into: string) => Promise<void>,
): Promise<void> =>
  inTemp(async (temp) => {
    const [file, into] = [join(temp, 'in.tar'), join(temp, 'a/into')];
    writeFileSync(file, tar);
    mkdirSync(into, { recursive: true });
    await act(unpackTar(file, into, never), into);
  });

describe('unpacking', () => {
  it('restores packed files: names, contents, modes and empty folders', () =>
    inTemp(async (temp) => {
      const files = { 'a.py': 'x', 'd/': '', 'line\nfeed': '1', 'a\\b': '2', [`${'é'.repeat(90)}/f`]: '3' };
      const folder = makeFolder(join(temp, 'app'), { ...files, large: Buffer.alloc(3 << 20, 'ab') });
      execFileSync('chmod', ['755', join(folder, 'a.py')]);
      const to = join(temp, 'tar');
      await writeTar({ folder, root: 'app', entries: planBundle(folder).entries, to }, () => undefined);
      mkdirSync(join(temp, 'out'));
      await unpackTar(to, join(temp, 'out'), never);
      execFileSync('diff', ['-r', folder, join(temp, 'out/app')]);
      assert.equal(statSync(join(temp, 'out/app/a.py')).mode & 0o777, 0o755);
      assert.equal(statSync(join(temp, 'out/app/large')).mode & 0o777, 0o644);
    }));

  it('reads a gzipped tar, and a stream byte by byte', async () => {
    const tar = await tarOf([{ name: 'a' }, 'hello']);
    for (const bytes of [tar, gzipSync(tar)]) {
      await unpacking(bytes, async (unpacked, into) => {
        await unpacked;
        assert.equal(readFileSync(join(into, 'a'), 'utf8'), 'hello');
      });
      await inTemp(async (temp) => {
        const drops = Array.from(bytes, (byte) => Buffer.from([byte]));
        await unpackTar(Readable.from(drops), temp, never);
        assert.equal(readFileSync(join(temp, 'a'), 'utf8'), 'hello');
      });
    }
  });

  it("reads GNU tar's archives, including hard links and internal links", () =>
    inTemp(async (temp) => {
      makeFolder(join(temp, 'in'), { 'd/f': 'x', 'e/g': 'y' });
      execFileSync('ln', [join(temp, 'in/d/f'), join(temp, 'in/hard')]);
      execFileSync('ln', ['-s', '../d/f', join(temp, 'in/e/soft')]);
      execFileSync('tar', ['-czf', join(temp, 'tgz'), '-C', temp, './in']);
      mkdirSync(join(temp, 'out'));
      await unpackTar(join(temp, 'tgz'), join(temp, 'out'), never);
      assert.equal(readFileSync(join(temp, 'out/in/hard'), 'utf8'), 'x');
      assert.equal(readlinkSync(join(temp, 'out/in/e/soft')), '../d/f');
    }));

  it('writes the last of several files with the same name', async () =>
    unpacking(await tarOf([{ name: 'a' }, 'long'], [{ name: './a' }, 'b']), async (unpacked, into) => {
      await unpacked;
      assert.equal(readFileSync(join(into, 'a'), 'utf8'), 'b');
    }));

  describe('with repeated names', () => {
    const symbolic = (name: string, linkname: string): readonly [Header] => [
      { name, type: 'symlink', linkname },
    ];
    const hard = (name: string, linkname: string): readonly [Header] => [{ name, type: 'link', linkname }];
    const cases: readonly (readonly [
      what: string,
      entries: readonly (readonly [Header, string?])[],
      expected: Readonly<Record<string, string>>,
    ])[] = [
      [
        'keeps the content that the name was a hard link to',
        [[{ name: 'a' }, 'first'], hard('b', 'a'), [{ name: 'b' }, 'changed']],
        { a: 'first', b: 'changed' },
      ],
      [
        'replaces a file by a link',
        [[{ name: 'a' }, 'old'], [{ name: 't' }, 't'], symbolic('a', 't')],
        { a: '-> t', t: 't' },
      ],
      [
        'replaces a link by a file',
        [[{ name: 't' }, 't'], symbolic('a', 't'), [{ name: 'a' }, 'new']],
        { a: 'new', t: 't' },
      ],
      [
        'creates the last of several links',
        [[{ name: 't' }, 't'], symbolic('a', 'x'), symbolic('a', 't')],
        { a: '-> t', t: 't' },
      ],
      [
        'accepts a repeated hard link',
        [[{ name: 't' }, 't'], hard('a', 't'), hard('a', 't'), hard('t', 't')],
        { a: 't', t: 't' },
      ],
      [
        'creates a link for a hard link to a link',
        [[{ name: 't' }, 't'], symbolic('a', 't'), hard('b', 'a'), hard('a', 'a')],
        { a: '-> t', b: '-> t', t: 't' },
      ],
    ];
    for (const [what, entries, expected] of cases)
      it(what, async () =>
        unpacking(await tarOf(...entries), async (unpacked, into) => {
          await unpacked;
          const shown = readdirSync(into, { withFileTypes: true }).map((entry) => [
            entry.name,
            entry.isSymbolicLink()
              ? `-> ${readlinkSync(join(into, entry.name))}`
              : readFileSync(join(into, entry.name), 'utf8'),
          ]);
          assert.deepEqual(Object.fromEntries(shown), expected);
        }),
      );
  });

  describe('rejects, without writing outside,', () => {
    const link = (name: string, linkname: string): readonly [Header] => [{ name, type: 'symlink', linkname }];
    const cases: readonly (readonly [
      what: string,
      name: string,
      entries: readonly (readonly [Header, string?])[],
    ])[] = [
      ['an absolute name', '/evil', [[{ name: '/evil' }, 'x']]],
      ['a name that leads out', '../evil', [[{ name: '../evil' }, 'x']]],
      ['a name that leads out in the middle', 'a/../../evil', [[{ name: 'a/../../evil' }, 'x']]],
      ['a folder that leads out', 'a/..', [[{ name: 'a/..', type: 'directory' }]]],
      ['a file without a name', './', [[{ name: './', type: 'file', size: 1 }, 'x']]],
      ['an absolute link', 'l', [link('l', '/etc')]],
      ['a link that leads out', 'd/l', [link('d/l', '../../evil')]],
      ['a link that leads out after a folder', 'l', [link('a', '.'), link('l', 'b/..')]],
      ['a link to nothing', 'l', [link('l', '')]],
      ['a link below a link', 'a/l', [link('a', '.'), link('a/l', '..')]],
      ['a hard link out', '../evil', [[{ name: 'h', type: 'link', linkname: '../evil' }]]],
      ['a device', 'dev', [[{ name: 'dev', type: 'character-device', devmajor: 1, devminor: 3 }]]],
      ['a pipe', 'pipe', [[{ name: 'pipe', type: 'fifo' }]]],
    ];
    for (const [what, name, entries] of cases) {
      it(what, async () =>
        unpacking(await tarOf(...entries), async (unpacked, into) => {
          await assert.rejects(unpacked, { problem: { kind: 'unsafeName', name } });
          assert.deepEqual(readdirSync(join(into, '..')), ['into']);
          assert.ok(!existsSync('/evil'));
        }),
      );
    }

    it('a file that would be written through a link', async () =>
      unpacking(await tarOf(link('d', 'e'), [{ name: 'd/f' }, 'x']), async (unpacked, into) => {
        await assert.rejects(unpacked, { problem: { kind: 'disk', path: into, why: 'it is a folder' } });
        assert.deepEqual(readdirSync(into), ['d']);
      }));
  });

  describe('reports an archive', () => {
    const unreadable = (tar: Buffer, why: string): Promise<void> =>
      unpacking(tar, async (unpacked, into) => {
        const path = join(into, '../../in.tar');
        await assert.rejects(unpacked, { problem: { kind: 'unreadable', path, why } });
      });

    it('that is not a tar', () =>
      unreadable(Buffer.alloc(2000, 'no tar at all '), 'not a complete tar archive'));

    it('that ends within a file', async () =>
      unreadable(
        (await tarOf([{ name: 'a' }, 'x'.repeat(5000)])).subarray(0, 2000),
        'not a complete tar archive',
      ));

    it('whose gzip data is invalid', async () =>
      unreadable(gzipSync(await tarOf([{ name: 'a' }, 'x'])).subarray(0, 40), 'not a complete tar archive'));

    it('that does not exist', () =>
      inTemp(async (temp) => {
        const path = join(temp, 'none');
        await assert.rejects(unpackTar(path, temp, never), {
          problem: { kind: 'unreadable', path, why: 'it does not exist' },
        });
      }));

    it('that fails before it is read', () =>
      inTemp(async (temp) => {
        const source = new Readable({ read: () => undefined });
        source.destroy(new Error('gone'));
        await assert.rejects(unpackTar(source, temp, never), {
          problem: { kind: 'unreadable', path: 'the archive', why: 'not a complete tar archive' },
        });
      }));
  });

  it('reports the folder whose disk is full', () =>
    inTemp((temp) =>
      onSmallDisk(temp, async (disk) => {
        const tar = await tarOf([{ name: 'a' }, Buffer.alloc(3 << 20)]);
        await assert.rejects(unpackTar(Readable.from([tar]), disk, never), {
          problem: { kind: 'diskFull', path: disk },
        });
      }),
    ));

  it('reports a folder that does not exist', async () =>
    inTemp(async (temp) => {
      const into = join(temp, 'none');
      const problem = { kind: 'disk', path: into, why: 'it does not exist' };
      await assert.rejects(unpackTar(Readable.from([await tarOf([{ name: 'a' }])]), into, never), {
        problem,
      });
    }));

  it('stops when it is cancelled, before it starts and while it runs', () =>
    inTemp(async (temp) => {
      const tar = await tarOf([{ name: 'a' }, 'x'], [{ name: 'b' }, Buffer.alloc(8 << 20)]);
      await assert.rejects(unpackTar(Readable.from([tar]), temp, AbortSignal.abort()), isAbort);
      assert.deepEqual(readdirSync(temp), []);
      writeFileSync(join(temp, 'tar'), tar);
      const stop = new AbortController();
      const source = createReadStream(join(temp, 'tar'));
      source.on('data', () => {
        if (source.bytesRead > 1 << 20) stop.abort();
      });
      mkdirSync(join(temp, 'out'));
      await assert.rejects(unpackTar(source, join(temp, 'out'), stop.signal), isAbort);
      assert.ok(source.destroyed);
    }));
});
