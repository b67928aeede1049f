import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import {
  claimFile,
  pathExists,
  readBytes,
  readJsonFile,
  readText,
  toHashedName,
  writeAtomic,
} from '../../../../src/lib/node/files.js';

describe('files', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-files-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are replaced atomically, readable only by the user, without leftovers', async () => {
    await writeFile(at('a'), 'old');
    await writeAtomic(at('a'), 'new');
    await writeAtomic(at('b/c'), 'made', { flush: true, createParent: true });
    assert.deepEqual([await readFile(at('a'), 'utf8'), await readFile(at('b/c'), 'utf8')], ['new', 'made']);
    if (process.platform !== 'win32') {
      assert.equal((await stat(at('a'))).mode & 0o777, 0o600);
      assert.equal((await stat(at('b'))).mode & 0o777, 0o700);
    }
    assert.deepEqual((await readdir(folder)).sort(), ['a', 'b']);
  });

  it('that cannot be replaced leave nothing behind, and no folder is created unless requested', async () => {
    await mkdir(at('a'));
    await assert.rejects(writeAtomic(at('a'), 'new'));
    await assert.rejects(writeAtomic(at('none/a'), 'new'), { code: 'ENOENT' });
    assert.deepEqual(await readdir(folder), ['a']);
  });

  it('are complete for readers during concurrent writes', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
    await writeAtomic(at('a'), texts[0] ?? '');
    const writing = Promise.all(texts.map((text) => writeAtomic(at('a'), text)));
    for (let reads = 0; reads < 20; reads++) assert.ok(texts.includes(await readText(at('a'))));
    await writing;
    assert.ok(texts.includes(await readText(at('a'))));
  });

  it('are claimed by exactly one of all who try', async () => {
    const claims = await Promise.all(Array.from({ length: 10 }, () => claimFile(at('claim'))));
    assert.equal(claims.filter(Boolean).length, 1);
    await assert.rejects(claimFile(at('none/claim')), { code: 'ENOENT' });
  });

  it('have stable names for a key', () => {
    assert.equal(toHashedName('abc', 8), 'ba7816bf');
    assert.equal(toHashedName('abc', 64).length, 64);
  });

  it('exist also as links without a target', async () => {
    await symlink(at('none'), at('link'));
    assert.deepEqual([await pathExists(at('link')), await pathExists(at('none'))], [true, false]);
  });

  it('are read up to a limit', async () => {
    await writeFile(at('a'), 'abc');
    assert.deepEqual(await readBytes(at('a'), 3), Buffer.from('abc'));
    await assert.rejects(readText(at('a'), 2), /too large/);
    await assert.rejects(readText(folder));
  });

  if (process.platform !== 'win32')
    it('do not block if they are pipes', async () => {
      execFileSync('mkfifo', [at('pipe')]);
      await assert.rejects(readText(at('pipe')), /not a file/);
    });

  it('in JSON are read if they have the expected form', async () => {
    const schema = z.object({ a: z.number() });
    await writeFile(at('good'), '{"a":1}');
    await writeFile(at('odd'), '{"a":"1"}');
    assert.deepEqual(await readJsonFile(at('good'), schema), { a: 1 });
    assert.equal(await readJsonFile(at('odd'), schema), undefined);
    assert.equal(await readJsonFile(at('none'), schema), undefined);
  });
});
