import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { writeTar, type WrittenTar } from '../../../src/bundle/archive.js';
import { planBundle } from '../../../src/bundle/planBundle.js';
import { inTemp, makeFolder, readTarFile } from './folders.js';
import { onSmallDisk } from './smallDisk.js';
import { withoutRights } from './withoutRights.js';

/** Packs a folder; `between` runs after the scan and before packing, `during` on each progress report. */
function pack(
  folder: string,
  to: string,
  between: () => void = () => undefined,
  during: (doneBytes: number) => void = () => undefined,
): Promise<WrittenTar> {
  const { entries } = planBundle(folder);
  between();
  return writeTar({ folder, root: 'app', entries, to }, during);
}

const megabyte = 1 << 20;

describe('the tar', () => {
  it('has one root directory, no owner, no time, and only the modes 755 and 644', () =>
    inTemp(async (temp) => {
      const folder = makeFolder(join(temp, 'in'), { 'a.py': 'x', 'run.sh': '', 'd/': '' });
      chmodSync(join(folder, 'run.sh'), 0o711);
      chmodSync(join(folder, 'a.py'), 0o666);
      await pack(folder, join(temp, 'tar'));
      const owner = [0, 0, 0, '', ''] as const;
      assert.deepEqual(await readTarFile(join(temp, 'tar')), [
        { path: 'app/a.py', type: 'file', mode: '644', size: 1, content: 'x', owner },
        { path: 'app/d', type: 'directory', mode: '755', size: 0, content: '', owner },
        { path: 'app/run.sh', type: 'file', mode: '755', size: 0, content: '', owner },
      ]);
    }));

  it('is identical for the same files, regardless of the time of writing', () =>
    inTemp(async (temp) => {
      const files = {
        'a.py': 'a',
        'b/ü': 'b',
        [`c/${'long'.repeat(50)}`]: 'c',
        'd/': '',
        large: Buffer.alloc(megabyte, 7),
      };
      const one = await pack(makeFolder(join(temp, 'one'), files), join(temp, '1.tar'));
      const two = makeFolder(join(temp, 'two'), files);
      utimesSync(join(two, 'a.py'), 1000, 1000);
      assert.deepEqual(await pack(two, join(temp, '2.tar')), one);
      assert.ok(readFileSync(join(temp, '1.tar')).equals(readFileSync(join(temp, '2.tar'))));
    }));

  it('has the reported size and SHA-256', () =>
    inTemp(async (temp) => {
      const folder = makeFolder(join(temp, 'in'), { 'a.py': 'x', large: Buffer.alloc(3 * megabyte, 'ab') });
      const { bytes, sha256 } = await pack(folder, join(temp, 'tar'));
      const content = readFileSync(join(temp, 'tar'));
      assert.equal(bytes, content.length);
      assert.equal(sha256, createHash('sha256').update(content).digest('hex'));
    }));

  it('contains malicious names unchanged', () =>
    inTemp(async (temp) => {
      const names = [
        '-rf',
        '*',
        'C:drive',
        'a\\b',
        'back\\',
        'line\nfeed',
        '😀.py',
        ' ',
        'd\\e/f',
        `${'x'.repeat(150)}/${'é'.repeat(75)}`,
        'y'.repeat(100),
        `${'z'.repeat(254)}/${'z'.repeat(255)}`,
      ].sort();
      const folder = makeFolder(join(temp, 'in'), Object.fromEntries(names.map((name) => [name, name])));
      await pack(folder, join(temp, 'tar'));
      const entries = await readTarFile(join(temp, 'tar'));
      assert.deepEqual(
        entries.map(({ path, content }) => [path, content]),
        names.map((name) => [`app/${name}`, name]),
      );
    }));

  it('is read by GNU tar in the same way', () =>
    inTemp(async (temp) => {
      const folder = makeFolder(join(temp, 'in'), { 'a b': 'x', [`${'l'.repeat(120)}/ü`]: 'y', 'd/': '' });
      await pack(folder, join(temp, 'tar'));
      mkdirSync(join(temp, 'out'));
      execFileSync('tar', ['-xf', join(temp, 'tar'), '-C', join(temp, 'out')]);
      execFileSync('diff', ['-r', folder, join(temp, 'out/app')]);
    }));

  it('contains files of every size around the size of a piece', () =>
    inTemp(async (temp) => {
      const sizes = [
        0,
        1,
        511,
        512,
        513,
        1 << 18,
        (1 << 18) + 1,
        1 << 19,
        (1 << 19) + 1,
        megabyte,
        3 * megabyte + 5,
      ];
      const files = sizes.map((size, index) => [`f${index}`, Buffer.alloc(size, `${index}`)] as const);
      const many = Array.from({ length: 300 }, (_, index) => [`m/${1000 + index}`, `${index}`] as const);
      await pack(
        makeFolder(join(temp, 'in'), Object.fromEntries<string | Buffer>([...files, ...many])),
        join(temp, 'tar'),
      );
      const contents = new Map(
        (await readTarFile(join(temp, 'tar'))).map(({ path, content }) => [path, content]),
      );
      assert.equal(contents.size, sizes.length + 300);
      for (const [name, content] of [...files, ...many])
        assert.ok(contents.get(`app/${name}`) === content.toString(), name);
    }));

  it('contains the targets of links', () =>
    inTemp(async (temp) => {
      const folder = makeFolder(join(temp, 'in'), { 'main.py': 'println(1)' });
      symlinkSync('main.py', join(folder, 'link.py'));
      await pack(folder, join(temp, 'tar'));
      const [link] = await readTarFile(join(temp, 'tar'));
      assert.deepEqual([link?.path, link?.type, link?.content], ['app/link.py', 'file', 'println(1)']);
    }));

  it('reports its progress up to the total size of the files', () =>
    inTemp(async (temp) => {
      const told: number[] = [];
      const folder = makeFolder(join(temp, 'in'), { a: Buffer.alloc(2 * megabyte), b: 'x' });
      await pack(folder, join(temp, 'tar'), undefined, (doneBytes) => told.push(doneBytes));
      assert.ok(told.length >= 5);
      assert.deepEqual(
        told,
        told.toSorted((a, b) => a - b),
      );
      assert.equal(told.at(-1), 2 * megabyte + 1);
    }));
});

describe('a file that changes after the scan', () => {
  for (const size of [10, megabyte]) {
    const fails = (how: string, change: (path: string) => void): Promise<void> =>
      inTemp(async (temp) => {
        const folder = makeFolder(join(temp, 'in'), { a: '1', 'sub/b': Buffer.alloc(size, 'x'), z: '2' });
        const packed = pack(folder, join(temp, 'tar'), () => {
          change(join(folder, 'sub/b'));
        });
        await assert.rejects(packed, { problem: { kind: 'changed', path: 'sub/b', how } });
      });

    it(`stops the bundle and is reported if it was deleted (${size} bytes)`, () => fails('vanished', rmSync));

    it(`stops the bundle and is reported if it grew (${size} bytes)`, () =>
      fails('grew', (path) => {
        appendFileSync(path, 'more');
      }));

    it(`stops the bundle and is reported if it shrank (${size} bytes)`, () =>
      fails('shrank', (path) => {
        truncateSync(path, 5);
      }));

    it(`stops the bundle and is reported if it was rewritten with the same size (${size} bytes)`, () =>
      fails('changed', (path) => {
        writeFileSync(path, Buffer.alloc(size, 'y'));
        utimesSync(path, 1000, 1000);
      }));

    it(`stops the bundle and is reported if it was replaced by a folder (${size} bytes)`, () =>
      fails('changed', (path) => {
        rmSync(path);
        mkdirSync(path);
      }));

    it(`stops the bundle and is reported if it was replaced by a pipe, without waiting for it (${size} bytes)`, () =>
      fails('changed', (path) => {
        rmSync(path);
        execFileSync('mkfifo', [path]);
      }));
  }

  for (const [how, change] of [
    [
      'grew',
      (path: string) => {
        appendFileSync(path, 'more');
      },
    ],
    [
      'shrank',
      (path: string) => {
        truncateSync(path, megabyte);
      },
    ],
    [
      'changed',
      (path: string) => {
        utimesSync(path, 1000, 1000);
      },
    ],
  ] as const) {
    it(`stops the bundle if it ${how} while it is read`, () =>
      inTemp(async (temp) => {
        const folder = makeFolder(join(temp, 'in'), { large: Buffer.alloc(4 * megabyte) });
        let done = false;
        const packed = pack(folder, join(temp, 'tar'), undefined, () => {
          if (!done) change(join(folder, 'large'));
          done = true;
        });
        await assert.rejects(packed, { problem: { kind: 'changed', path: 'large', how } });
      }));
  }

  it('stops the bundle and is reported if it cannot be read', () =>
    inTemp(async (temp) => {
      chmodSync(temp, 0o777);
      const folder = makeFolder(join(temp, 'in'), { a: '1', b: '2' });
      chmodSync(join(folder, 'b'), 0o000);
      await withoutRights(async () => {
        const problem = { kind: 'unreadable', path: 'b', why: 'permission denied' };
        await assert.rejects(pack(folder, join(temp, 'tar')), { problem });
      });
    }));

  it('leaves no file open', () =>
    inTemp(async (temp) => {
      const folder = makeFolder(join(temp, 'in'), { large: Buffer.alloc(megabyte), small: '' });
      const open = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
      const before = open();
      const packed = pack(folder, join(temp, 'tar'), () => {
        appendFileSync(join(folder, 'small'), 'x');
      });
      await assert.rejects(packed, { problem: { kind: 'changed', path: 'small', how: 'grew' } });
      assert.equal(open(), before);
    }));
});

describe('a disk that the tar cannot be written to', () => {
  it('is reported if it is full', () =>
    inTemp((temp) =>
      onSmallDisk(temp, async (disk) => {
        const folder = makeFolder(join(temp, 'in'), { a: Buffer.alloc(3 * megabyte) });
        await assert.rejects(pack(folder, join(disk, 'tar')), { problem: { kind: 'diskFull', path: disk } });
        assert.ok(statSync(join(disk, 'tar')).size <= megabyte);
      }),
    ));

  it('is reported if it does not exist', () =>
    inTemp(async (temp) => {
      const folder = makeFolder(join(temp, 'in'), { a: '' });
      const none = join(temp, 'none');
      const problem = { kind: 'disk', path: none, why: 'it does not exist' };
      await assert.rejects(pack(folder, join(none, 'tar')), { problem });
    }));

  it("never loses an existing file at the tar's path", () =>
    inTemp(async (temp) => {
      const folder = makeFolder(join(temp, 'in'), { a: '' });
      writeFileSync(join(temp, 'tar'), 'precious');
      await assert.rejects(pack(folder, join(temp, 'tar')), {
        problem: { kind: 'disk', path: temp, why: 'EEXIST' },
      });
      assert.equal(readFileSync(join(temp, 'tar'), 'utf8'), 'precious');
    }));
});
