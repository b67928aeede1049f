import assert from 'node:assert/strict';
import { link, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appendTo, compactFile } from '../../../../src/store/jobMetadata/files.js';
import { inTemp } from '../../remote/doubles.js';

describe('compacting a file of changes', () => {
  const noLinks: typeof link = () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' }));

  for (const [name, linkFile] of [
    ['with hard links', link],
    ['on a file system without hard links', noLinks],
  ] as const) {
    it(`replaces the text and leaves no other file, ${name}`, () =>
      inTemp(async (folder) => {
        const path = join(folder, 'a.jsonl');
        await writeFile(path, 'one\ntwo\n');
        await compactFile(path, () => 'two\n', linkFile);
        assert.equal(await readFile(path, 'utf8'), 'two\n');
        assert.deepEqual(await readdir(folder), ['a.jsonl']);
      }));

    it(`keeps what was appended before the replacement, ${name}`, () =>
      inTemp(async (folder) => {
        const path = join(folder, 'a.jsonl');
        await writeFile(path, 'one\ntwo\n');
        const appendFirst: typeof link = async (from, to) => {
          await appendTo(path, 'three\n');
          await linkFile(from, to);
        };
        await compactFile(path, () => 'two\n', appendFirst);
        assert.deepEqual((await readFile(path, 'utf8')).split('\n').filter(Boolean), ['two', 'three']);
      }));
  }
});
