import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { createJobFactsStore, type JobFactsStore } from '../../../../src/backends/jobFacts/jobFactsStore.js';
import { createJobMetadataStore } from '../../../../src/store/jobMetadata/store.js';
import { inTemp, keptLog } from '../../remote/doubles.js';

const Form = z.object({ a: z.string() });
type Form = z.infer<typeof Form>;
const on = (folder: string): { readonly notes: JobFactsStore<Form>; readonly lines: readonly string[] } => {
  const { log, lines } = keptLog();
  return { notes: createJobFactsStore(folder, Form, log), lines };
};

describe('job metadata', () => {
  it('is stored for all windows, in a private folder that is created on demand', () =>
    inTemp(async (temp) => {
      const folder = join(temp, 'deep', 'notes');
      const [one, other] = [on(folder).notes, on(folder).notes];
      assert.equal(await one.get('36_2'), undefined);
      await one.put('36_2', { a: 'x' });
      assert.deepEqual(await other.get('36_2'), { a: 'x' });
      await other.put('36_2', { a: 'y' });
      assert.deepEqual(await one.get('36_2'), { a: 'y' });
      assert.equal((await stat(folder)).mode & 0o777, 0o700);
      assert.deepEqual(await readdir(folder), ['metadata']);
    }));

  it('is empty if it has another format or is not metadata', () =>
    inTemp(async (folder) => {
      const { notes } = on(folder);
      for (const text of ['{"b":1}', 'nonsense', '', '{"a":1}']) {
        await writeFile(join(folder, '1.json'), text);
        assert.equal(await notes.get('1'), undefined, text);
      }
      await mkdir(join(folder, '2.json'));
      assert.equal(await notes.get('2'), undefined);
    }));

  it('is stored for any id, and only within its folder', () =>
    inTemp(async (temp) => {
      const folder = join(temp, 'notes');
      await writeFile(join(temp, 'x.json'), '{"a":"secret"}');
      const { notes, lines } = on(folder);
      const ids = ['../x', '..', '.hidden', 'a/b', 'a\\b', 'x'.repeat(200), 'a\n', 'con', 'A', 'a'];
      for (const id of ids) {
        assert.equal(await notes.get(id), undefined, id);
        await notes.put(id, { a: id });
      }
      for (const id of ids) assert.deepEqual(await notes.get(id), { a: id }, id);
      assert.deepEqual((await readdir(temp)).sort(), ['notes', 'x.json']);
      assert.deepEqual(await readdir(folder), ['metadata']);
      assert.deepEqual(lines, []);
    }));

  it('can be written concurrently without damage', () =>
    inTemp(async (folder) => {
      const { notes } = on(folder);
      await Promise.all(Array.from({ length: 20 }, (_, at) => notes.put('1', { a: String(at) })));
      assert.match((await notes.get('1'))?.a ?? '', /^\d+$/);
      assert.deepEqual(await readdir(folder), ['metadata']);
    }));

  it('reports write failures, without blocking its callers', () =>
    inTemp(async (temp) => {
      await writeFile(join(temp, 'file'), '');
      const { notes, lines } = on(join(temp, 'file'));
      await notes.put('1', { a: 'x' });
      assert.equal(lines.length, 1);
      assert.equal(await notes.get('1'), undefined);
    }));

  it('is never dropped, regardless of the number of jobs', () =>
    inTemp(async (folder) => {
      const { notes } = on(folder);
      for (let id = 0; id < 600; id++) await notes.put(String(id), { a: String(id) });
      for (const id of ['0', '1', '599']) assert.deepEqual(await on(folder).notes.get(id), { a: id });
    }));
});

describe('job metadata of version 0.1.0', () => {
  const write = async (folder: string, text: string, ms: number): Promise<void> => {
    await writeFile(join(folder, '7.json'), text);
    await utimes(join(folder, '7.json'), ms / 1000, ms / 1000);
  };

  it('is migrated and kept, and ignored once newer metadata exists', () =>
    inTemp(async (folder) => {
      await write(folder, '{"a":"old"}', 1_700_000_000_000);
      assert.deepEqual(await on(folder).notes.get('7'), { a: 'old' });
      await on(folder).notes.put('7', { a: 'new' });
      assert.deepEqual(await on(folder).notes.get('7'), { a: 'new' });
      assert.equal(await readFile(join(folder, '7.json'), 'utf8'), '{"a":"old"}');
    }));

  it('is kept when a window of that version drops it', () =>
    inTemp(async (folder) => {
      await write(folder, '{"a":"old"}', 1_700_000_000_000);
      await on(folder).notes.get('7');
      await rm(join(folder, '7.json'));
      assert.deepEqual(await on(folder).notes.get('7'), { a: 'old' });
    }));

  it('is migrated again if a window of that version has written a new one', () =>
    inTemp(async (folder) => {
      await write(folder, '{"a":"old"}', 1_700_000_000_000);
      const { notes } = on(folder);
      await notes.get('7');
      await notes.put('7', { a: 'new' });
      await write(folder, '{"a":"newest"}', 1_700_000_100_000);
      assert.deepEqual(await notes.get('7'), { a: 'newest' });
      assert.deepEqual(await on(folder).notes.get('7'), { a: 'newest' });
    }));

  it('does not override anything if it is damaged', () =>
    inTemp(async (folder) => {
      const { notes } = on(folder);
      await notes.put('7', { a: 'kept' });
      await write(folder, '{"a":', 1_700_000_000_000);
      assert.deepEqual(await notes.get('7'), { a: 'kept' });
    }));
});

describe('the stored request in the metadata', () => {
  const Full = z.object({
    folder: z.string(),
    at: z.optional(z.string()),
    request: z.optional(
      z.object({
        args: z.array(z.string()),
        env: z.record(z.string(), z.string()),
        options: z.record(z.string(), z.string()),
      }),
    ),
  });
  const request = { args: ['0.1'], env: { SEED: '7' }, options: { partition: 'debug' } };

  it('is a separate field', () =>
    inTemp(async (folder) => {
      const notes = createJobFactsStore(folder, Full, keptLog().log);
      await notes.put('7', { folder: '/r', at: '2026-03-05T12:00:00Z', request });
      assert.deepEqual(await notes.get('7'), { folder: '/r', at: '2026-03-05T12:00:00Z', request });
      const metadata = await createJobMetadataStore(folder, keptLog().log).get({ job: '7' });
      assert.deepEqual(metadata?.request, request);
      assert.deepEqual(metadata.facts, { folder: '/r', at: '2026-03-05T12:00:00Z' });
      await notes.put('7', { folder: '/r' });
      assert.deepEqual(await notes.get('7'), { folder: '/r' });
    }));

  it('is missing if it contains a secret, which is not on disk either', () =>
    inTemp(async (folder) => {
      const notes = createJobFactsStore(folder, Full, keptLog().log);
      for (const secret of [
        { ...request, env: { URL: 'postgres://ada:hush-hush@db/x' } },
        { ...request, args: ['--password', 'hush-hush'] },
        { ...request, options: { extra: '--export=ALL,TOKEN=hush-hush' } },
      ]) {
        await notes.put('7', { folder: '/r', request: secret });
        assert.deepEqual(await notes.get('7'), { folder: '/r' });
      }
      const [hash = ''] = await readdir(join(folder, 'metadata'));
      for (const name of await readdir(join(folder, 'metadata', hash)))
        assert.doesNotMatch(await readFile(join(folder, 'metadata', hash, name), 'utf8'), /hush/);
    }));
});

describe('the metadata of a deleted job', () => {
  const userSet = async (folder: string): Promise<ReturnType<typeof createJobMetadataStore>> => {
    const metadata = createJobMetadataStore(folder, keptLog().log);
    await metadata.update({ job: '7' }, { set: { label: 'mine', isPinned: true, facts: { a: 'old' } } });
    return metadata;
  };

  it('is replaced by one note, also what the user set', () =>
    inTemp(async (folder) => {
      const metadata = await userSet(folder);
      const notes = createJobFactsStore(folder, Form, keptLog().log);
      await notes.replaceAll('7', { a: 'deleted' });
      assert.deepEqual(await metadata.get({ job: '7' }), { facts: { a: 'deleted' } });
    }));

  it('is deleted with the note of version 0.1.0, and that of other jobs stays', () =>
    inTemp(async (folder) => {
      const metadata = await userSet(folder);
      const notes = createJobFactsStore(folder, Form, keptLog().log);
      await notes.put('8', { a: 'other' });
      await writeFile(join(folder, '7.json'), '{"a":"older"}');
      await notes.remove('7');
      assert.equal(await notes.get('7'), undefined);
      assert.equal(await metadata.get({ job: '7' }), undefined);
      assert.deepEqual(await notes.get('8'), { a: 'other' });
      await notes.remove('9');
    }));
});
