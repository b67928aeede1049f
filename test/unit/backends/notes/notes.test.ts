import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { notesIn, type Notes } from '../../../../src/backends/notes/notes.js';
import { inTemp, keptLog } from '../../remote/doubles.js';

const Form = z.object({ a: z.string() });
type Form = z.infer<typeof Form>;
const on = (folder: string): { readonly notes: Notes<Form>; readonly lines: readonly string[] } => {
  const { log, lines } = keptLog();
  return { notes: notesIn(folder, Form, log), lines };
};

describe('notes of jobs', () => {
  it('are kept for all windows, in a private folder that is made when it is needed', () =>
    inTemp(async (temp) => {
      const folder = join(temp, 'deep', 'notes');
      const [one, other] = [on(folder).notes, on(folder).notes];
      assert.equal(await one.of('36_2'), undefined);
      await one.put('36_2', { a: 'x' });
      assert.deepEqual(await other.of('36_2'), { a: 'x' });
      await other.put('36_2', { a: 'y' });
      await utimes(join(folder, '36_2.json'), 1, 2);
      assert.deepEqual(await one.of('36_2'), { a: 'y' });
      assert.equal((await stat(folder)).mode & 0o777, 0o700);
      assert.deepEqual(await readdir(folder), ['36_2.json']);
    }));

  it('are none where they have another form, or are no notes at all', () =>
    inTemp(async (folder) => {
      const { notes } = on(folder);
      for (const text of ['{"b":1}', 'nonsense', '', '{"a":1}']) {
        await writeFile(join(folder, '1.json'), text);
        assert.equal(await notes.of('1'), undefined, text);
      }
      await mkdir(join(folder, '2.json'));
      assert.equal(await notes.of('2'), undefined);
    }));

  it('are read and written within their folder only', () =>
    inTemp(async (temp) => {
      const folder = join(temp, 'notes');
      await writeFile(join(temp, 'x.json'), '{"a":"secret"}');
      const { notes, lines } = on(folder);
      for (const id of ['../x', '..', '.hidden', '', 'a/b', 'a\\b', 'x'.repeat(200), 'a\n']) {
        await notes.put(id, { a: 'x' });
        assert.equal(await notes.of(id), undefined, id);
      }
      assert.deepEqual(await readdir(temp), ['x.json']);
      assert.deepEqual(lines, []);
    }));

  it('are put at once by many without harm', () =>
    inTemp(async (folder) => {
      const { notes } = on(folder);
      await Promise.all(Array.from({ length: 20 }, (_, at) => notes.put('1', { a: String(at) })));
      assert.match((await notes.of('1'))?.a ?? '', /^\d+$/);
      JSON.parse(await readFile(join(folder, '1.json'), 'utf8'));
      assert.deepEqual(await readdir(folder), ['1.json']);
    }));

  it('say where they cannot be kept, and keep nobody from going on', () =>
    inTemp(async (temp) => {
      await writeFile(join(temp, 'file'), '');
      const { notes, lines } = on(join(temp, 'file'));
      await notes.put('1', { a: 'x' });
      assert.equal(lines.length, 1);
      assert.equal(await notes.of('1'), undefined);
    }));

  it('are forgotten, the oldest first, where there are too many', () =>
    inTemp(async (folder) => {
      const { notes } = on(folder);
      for (let id = 0; id < 500; id++) {
        await writeFile(join(folder, `${String(id)}.json`), '{"a":"x"}');
        await utimes(join(folder, `${String(id)}.json`), 1_000 + id, 1_000 + id);
      }
      await notes.put('new', { a: 'y' });
      const left = await readdir(folder);
      assert.equal(left.length, 500);
      assert.ok(!left.includes('0.json') && left.includes('1.json') && left.includes('new.json'));
    }));
});
