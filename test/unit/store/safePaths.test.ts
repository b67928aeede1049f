import assert from 'node:assert/strict';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackTar } from '../../../src/bundle/unpack.js';
import { decodeName } from '../../../src/lib/byteNames.js';
import { createFileDisk } from '../../../src/store/fileDisk.js';

const disk = createFileDisk(unpackTar, tmpdir(), 'linux');
const onWindows = createFileDisk(unpackTar, tmpdir(), 'win32');
const never = new AbortController().signal;

async function* parts(text: string): AsyncGenerator<string> {
  await Promise.resolve();
  yield text;
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'batch-jobs-test-')));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Names in a folder, byte by byte. */
const namesIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { encoding: 'buffer' })).map((name) => name.toString('latin1')).sort();

describe('a downloaded file', () => {
  const lawful = [
    'T:300K.csv',
    'back\\slash.txt',
    'c:a',
    'C:\\a',
    '\\\\server\\share',
    'NUL',
    'x.',
    'a?b',
    'a\nb',
  ];
  for (const name of lawful) {
    it(`is written as ${JSON.stringify(name)} on Linux`, () =>
      inFolder(async (folder) => {
        await disk.save(await disk.resolveInside(folder, name), parts('x'), never, { within: folder });
        assert.deepEqual(await namesIn(folder), [name]);
      }));
    if (!name.includes('\n'))
      it(`is rejected by its name alone on Windows: ${JSON.stringify(name)}`, () =>
        inFolder(async (folder) => {
          await assert.rejects(onWindows.resolveInside(folder, name), {
            problem: { kind: 'unwritableName', name },
          });
        }));
  }

  it('keeps a name that is not UTF-8, also of its folder, next to one that looks the same', () =>
    inFolder(async (folder) => {
      const names = [Buffer.from([0x61, 0xe9]), Buffer.from([0x61, 0xe8]), Buffer.from('a\ufffd')];
      for (const name of names) {
        const path = await disk.resolveInside(folder, `${decodeName(name)}/${decodeName(name)}`);
        assert.equal(await disk.exists(path), false);
        await disk.save(path, parts(name.toString('hex')), never, { within: folder });
        assert.equal(await disk.exists(path), true);
      }
      assert.deepEqual(await namesIn(folder), names.map((name) => name.toString('latin1')).sort());
      for (const name of names) {
        const path = Buffer.concat([Buffer.from(`${folder}/`), name, Buffer.from('/'), name]);
        assert.equal(await readFile(path, 'utf8'), name.toString('hex'));
      }
    }));
});

describe('the path of a downloaded file', () => {
  const inside = (run: (chosen: string, outside: string) => Promise<void>): Promise<void> =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'chosen/.git'), { recursive: true });
      await mkdir(join(folder, 'outside'));
      await run(join(folder, 'chosen'), join(folder, 'outside'));
      assert.deepEqual(await namesIn(join(folder, 'outside')), []);
    });

  it('does not pass through a link to a missing folder', () =>
    inside(async (chosen, outside) => {
      await symlink(join(outside, 'later'), join(chosen, 'out'));
      await assert.rejects(disk.resolveInside(chosen, 'out/a'), {
        problem: { kind: 'unsafeName', name: 'out/a' },
      });
    }));

  it('does not pass through a link within the folder into .git', () =>
    inside(async (chosen) => {
      await symlink('.git', join(chosen, 'docs'));
      await assert.rejects(disk.resolveInside(chosen, 'docs/config'), {
        problem: { kind: 'unsafeName', name: 'docs/config' },
      });
    }));

  it('does not pass through a link that was created after the folder was selected', () =>
    inside(async (chosen, outside) => {
      await mkdir(join(chosen, 'out'));
      const path = await disk.resolveInside(chosen, 'out/a.txt');
      await rename(join(chosen, 'out'), join(chosen, 'before'));
      await symlink(outside, join(chosen, 'out'));
      await assert.rejects(disk.save(path, parts('x'), never, { within: chosen }), {
        problem: { kind: 'unsafeName', name: 'a.txt' },
      });
    }));

  it("replaces a link with the name of the file, and keeps the link's target", () =>
    inside(async (chosen) => {
      await writeFile(join(chosen, 'mine'), 'mine');
      await symlink('mine', join(chosen, 'a'));
      await disk.save(await disk.resolveInside(chosen, 'a'), parts('theirs'), never, { within: chosen });
      assert.equal(await readFile(join(chosen, 'mine'), 'utf8'), 'mine');
      assert.equal(await readFile(join(chosen, 'a'), 'utf8'), 'theirs');
    }));
});
