import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { unpackTar } from '../../../src/bundle/unpack.js';
import { inTemp, makeFolder } from './folders.js';

const never = new AbortController().signal;

/** A file with holes: these texts at these offsets, up to its size. */
function makeSparse(
  path: string,
  bytes: number,
  texts: readonly (readonly [offset: number, text: string])[],
): void {
  const file = openSync(path, 'w');
  for (const [offset, text] of texts) writeSync(file, text, offset);
  ftruncateSync(file, bytes);
  closeSync(file);
}

/** A folder with files that tars store in special ways. */
function makeSample(folder: string): void {
  makeFolder(folder, {
    'a.txt': 'a',
    empty: '',
    'd/e/': '',
    [`${'long-'.repeat(18)}/f`]: 'f',
    exact: 'x'.repeat(512),
  });
  makeSparse(join(folder, 'holes'), 3 << 20, [
    [0, 'begin'],
    [1 << 20, 'middle'],
    [(3 << 20) - 3, 'end'],
  ]);
  makeSparse(join(folder, 'all-hole'), 1 << 20, []);
  makeSparse(join(folder, 'hole-at-end'), 1 << 20, [[0, 'x'.repeat(5000)]]);
  // More parts than fit in a header, or in a block with more of them.
  makeSparse(
    join(folder, 'many'),
    64 << 20,
    Array.from({ length: 200 }, (_, index) => [index * 300_000, `part ${String(index)}`] as const),
  );
  symlinkSync('a.txt', join(folder, 'link'));
}

const tar = (...args: readonly string[]): Buffer =>
  execFileSync('tar', args, { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });

const formats = [
  ['gnu', '--format=gnu'],
  ['gnu', '--format=oldgnu'],
  ['pax 0.0', '--format=pax', '--sparse-version=0.0'],
  ['pax 0.1', '--format=pax', '--sparse-version=0.1'],
  ['pax 1.0', '--format=pax', '--sparse-version=1.0'],
] as const;

describe("unpacking GNU tar's archives", () => {
  for (const [name, ...format] of formats)
    for (const isGzip of [false, true])
      it(`restores files with holes: ${name} ${format.join(' ')}${isGzip ? ', gzipped' : ''}`, () =>
        inTemp(async (temp) => {
          makeSample(join(temp, 'in'));
          const bytes = tar('-c', '--sparse', ...format, '-C', join(temp, 'in'), '.');
          assert.ok(bytes.length < 2 << 20, 'the holes are not stored');
          writeFileSync(join(temp, 'tar'), isGzip ? gzipSync(bytes) : bytes);
          mkdirSync(join(temp, 'out'));
          await unpackTar(join(temp, 'tar'), join(temp, 'out'), never);
          execFileSync('diff', ['-r', '--no-dereference', join(temp, 'in'), join(temp, 'out')]);
          assert.ok(statSync(join(temp, 'out/many')).blocks < 20_000, 'the holes are holes again');
        }));

  for (const format of ['v7', 'ustar', 'oldgnu', 'gnu', 'pax'])
    it(`restores files, folders and links: ${format}`, () =>
      inTemp(async (temp) => {
        const files = {
          'a.txt': 'a',
          'd/e/': '',
          'sub/b': 'b'.repeat(3000),
          exact: 'x'.repeat(1024),
          'sub/empty': '',
        };
        makeFolder(join(temp, 'in'), files);
        symlinkSync('../a.txt', join(temp, 'in/sub/link'));
        execFileSync('ln', [join(temp, 'in/a.txt'), join(temp, 'in/zz-hard')]);
        execFileSync('chmod', ['755', join(temp, 'in/sub/b')]);
        writeFileSync(join(temp, 'tar'), tar('-c', `--format=${format}`, '-C', join(temp, 'in'), '.'));
        mkdirSync(join(temp, 'out'));
        await unpackTar(join(temp, 'tar'), join(temp, 'out'), never);
        execFileSync('diff', ['-r', '--no-dereference', join(temp, 'in'), join(temp, 'out')]);
        assert.equal(statSync(join(temp, 'out/sub/b')).mode & 0o777, 0o755);
      }));

  for (const format of ['v7', 'ustar', 'gnu', 'pax'])
    it(`keeps names that are not UTF-8, and names that only Windows does not support: ${format}`, () =>
      inTemp(async (temp) => {
        const names = [
          Buffer.from([0x63, 0x61, 0x66, 0xe9]),
          Buffer.from([0x63, 0x61, 0x66, 0xe8]),
          Buffer.from('caf\ufffd'),
          Buffer.from('T:300K.csv'),
          Buffer.from('back\\slash.txt'),
          Buffer.from('실험'),
        ];
        mkdirSync(join(temp, 'in'));
        mkdirSync(join(temp, 'out'));
        const at = (folder: string, name: Buffer): Buffer =>
          Buffer.concat([Buffer.from(join(temp, folder, '/')), name]);
        for (const name of names) writeFileSync(at('in', name), name);
        writeFileSync(join(temp, 'tar'), tar('-c', `--format=${format}`, '-C', join(temp, 'in'), '.'));
        await unpackTar(join(temp, 'tar'), join(temp, 'out'), never);
        for (const name of names) assert.deepEqual(readFileSync(at('out', name)), name);
        assert.equal(readdirSync(join(temp, 'out'), { encoding: 'buffer' }).length, names.length);
      }));

  it('keeps a long name that is not UTF-8, and a link to it', () =>
    inTemp(async (temp) => {
      const name = Buffer.concat([Buffer.alloc(180, 'n'), Buffer.from([0xff])]);
      mkdirSync(join(temp, 'in'));
      writeFileSync(Buffer.concat([Buffer.from(join(temp, 'in/')), name]), 'x');
      symlinkSync(name, join(temp, 'in/link'));
      for (const format of ['gnu', 'pax']) {
        const out = join(temp, format);
        writeFileSync(join(temp, 'tar'), tar('-c', `--format=${format}`, '-C', join(temp, 'in'), '.'));
        mkdirSync(out);
        await unpackTar(join(temp, 'tar'), out, never);
        assert.equal(readFileSync(join(out, 'link'), 'utf8'), 'x');
      }
    }));
});

describe('bytes after the end of a tar', () => {
  const sample = (temp: string, name: string): Buffer => {
    makeFolder(join(temp, name), { [name]: name.repeat(1000) });
    return tar('-c', '-C', join(temp, name), name);
  };
  const behind: readonly (readonly [what: string, bytes: Buffer])[] = [
    ['text', Buffer.from('signature\n')],
    ['text as long as blocks', Buffer.alloc(2048, 'text')],
    ['zeros that fill no block', Buffer.alloc(700)],
    ['one more byte', Buffer.from('x')],
  ];
  for (const [what, bytes] of behind)
    for (const isGzip of [false, true])
      it(`are skipped: ${what}${isGzip ? ', gzipped' : ''}`, () =>
        inTemp(async (temp) => {
          const whole = Buffer.concat([sample(temp, 'a'), bytes]);
          writeFileSync(join(temp, 'tar'), isGzip ? gzipSync(whole) : whole);
          mkdirSync(join(temp, 'out'));
          await unpackTar(join(temp, 'tar'), join(temp, 'out'), never);
          assert.deepEqual(readdirSync(join(temp, 'out')), ['a']);
        }));

  it('are unpacked if they are another tar', () =>
    inTemp(async (temp) => {
      writeFileSync(join(temp, 'tar'), Buffer.concat([sample(temp, 'a'), sample(temp, 'b')]));
      mkdirSync(join(temp, 'out'));
      await unpackTar(join(temp, 'tar'), join(temp, 'out'), never);
      assert.deepEqual(readdirSync(join(temp, 'out')), ['a', 'b']);
    }));
});

describe('a tar that cannot be unpacked', () => {
  const rejects = (bytes: Buffer, why: string | RegExp): Promise<void> =>
    inTemp(async (temp) => {
      writeFileSync(join(temp, 'tar'), bytes);
      mkdirSync(join(temp, 'out'));
      await assert.rejects(unpackTar(join(temp, 'tar'), join(temp, 'out'), never), (error: unknown) => {
        const { problem } = error as { problem: { kind: string; why: string } };
        assert.equal(problem.kind, 'unreadable');
        assert.match(problem.why, new RegExp(why));
        return true;
      });
      assert.ok(!existsSync(join(temp, 'evil')));
    });

  /** A header block with these changes and a valid checksum. */
  const header = (change: (block: Buffer) => void): Buffer =>
    inTempSync((temp) => {
      makeFolder(temp, { f: 'x' });
      const bytes = tar('-c', '--format=ustar', '-C', temp, 'f');
      change(bytes);
      bytes.fill(' ', 148, 156);
      const sum = bytes.subarray(0, 512).reduce((all, byte) => all + byte, 0);
      bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      return bytes;
    });

  it('is reported with the unknown type of an entry', () =>
    rejects(
      header((block) => block.write('Q', 156)),
      /^f has an unknown type \("Q"\)$/,
    ));

  it('is reported if it belongs to another volume', () =>
    rejects(
      header((block) => block.write('M', 156)),
      /^it continues f from another volume$/,
    ));

  it('is rejected with an invalid size', () =>
    rejects(
      header((block) => block.write('99999999999\0', 124)),
      'not a complete tar archive',
    ));

  for (const type of 'xgX')
    it(`causes no endless loop with a record without a length: ${type}`, () =>
      rejects(
        header((block) => {
          block.write(type, 156);
          block.write('00000000004\0', 124);
          block.write('a=b\n', 512);
        }),
        'not a complete tar archive',
      ));

  it('is not written beyond the end of a sparse file', () =>
    rejects(
      header((block) => {
        block.write('S', 156);
        block.write('00077777777\0', 386);
        block.write('00000000001\0', 398);
        block.write('00000000010\0', 483);
      }),
      'it contains an invalid sparse file',
    ));

  it('is reported if it ends within a sparse file', () =>
    inTemp(async (temp) => {
      mkdirSync(join(temp, 'in'));
      makeSparse(join(temp, 'in/f'), 1 << 20, [[500_000, 'x'.repeat(20_000)]]);
      for (const [, ...format] of formats) {
        const bytes = tar('-c', '--sparse', ...format, '-C', join(temp, 'in'), 'f');
        for (const length of [700, 1600, 4000, 9000])
          await rejects(bytes.subarray(0, length), 'not a complete tar archive');
      }
    }));
});

function inTempSync<T>(act: (temp: string) => T): T {
  const temp = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
  try {
    return act(temp);
  } finally {
    execFileSync('rm', ['-rf', temp]);
  }
}
