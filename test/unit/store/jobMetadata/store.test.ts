import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobMetadataStore } from '../../../../src/core/domain/jobMetadata.js';
import { createJobMetadataStore } from '../../../../src/store/jobMetadata/store.js';
import { inTemp, keptLog } from '../../remote/doubles.js';

const open = (folder: string): JobMetadataStore => createJobMetadataStore(folder, keptLog().log);

/** The files of all entries. */
async function entriesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, 'metadata'), { recursive: true });
  return names.filter((name) => name.endsWith('.jsonl')).map((name) => join(folder, 'metadata', name));
}

describe('the metadata of jobs', () => {
  it('is shared by all windows, and readable only by this user', () =>
    inTemp(async (temp) => {
      const folder = join(temp, 'deep', 'connection');
      const [one, other] = [open(folder), open(folder)];
      assert.equal(await one.get({ job: '7' }), undefined);
      await one.update({ job: '7' }, { set: { label: 'best', isPinned: true, labels: ['a', 'b'] } });
      assert.deepEqual(await other.get({ job: '7' }), { label: 'best', isPinned: true, labels: ['a', 'b'] });
      for (const path of await readdir(temp, { recursive: true })) {
        const about = await stat(join(temp, path));
        assert.equal(about.mode & 0o777, about.isDirectory() ? 0o700 : 0o600, path);
      }
    }));

  it('is updated by field, properties by name', () =>
    inTemp(async (folder) => {
      const store = open(folder);
      await store.update({ job: '7' }, { set: { label: 'a', properties: { x: 1, y: [null, { z: true }] } } });
      await store.update({ job: '7' }, { set: { group: 'g', properties: { x: 'two' } } });
      assert.deepEqual(await store.get({ job: '7' }), {
        label: 'a',
        group: 'g',
        properties: { x: 'two', y: [null, { z: true }] },
      });
      await store.update({ job: '7' }, { remove: ['label'], removeProperties: ['x'] });
      assert.deepEqual(await store.get({ job: '7' }), { group: 'g', properties: { y: [null, { z: true }] } });
      await store.update({ job: '7' }, { remove: ['properties'], set: { properties: { n: 1 } } });
      assert.deepEqual(await store.get({ job: '7' }), { group: 'g', properties: { n: 1 } });
    }));

  it('is stored for each id, with any characters, and for no other', () =>
    inTemp(async (folder) => {
      const ids = [
        '',
        'a',
        'A',
        '../x',
        'a/b',
        'a\\b',
        'con',
        'x'.repeat(5_000),
        '36_[1-9]',
        'ä\n\u2028',
        '__proto__',
      ];
      for (const job of ids) await open(folder).update({ job }, { set: { label: job.slice(0, 9) } });
      const all = await open(folder).getAll(ids.map((job) => ({ job })));
      assert.deepEqual(
        all.map((one) => one?.label),
        ids.map((job) => job.slice(0, 9)),
      );
      const names = (await entriesIn(folder)).map((path) => path.toLowerCase());
      assert.equal(new Set(names).size, ids.length);
      assert.deepEqual(await readdir(folder), ['metadata']);
    }));

  it('of a job is deleted, and of no other job', () =>
    inTemp(async (folder) => {
      const store = open(folder);
      for (const job of ['7', '8']) await store.update({ job }, { set: { label: job } });
      await store.remove('7');
      await store.remove('9');
      assert.deepEqual(await store.getAll([{ job: '7' }, { job: '8' }]), [undefined, { label: '8' }]);
    }));

  it('keeps unknown fields of a later version, also when a file is rewritten', () =>
    inTemp(async (folder) => {
      const store = open(folder);
      const color = { color: 'red' };
      await store.update({ job: '7' }, { set: { label: 'a', ...color } });
      await store.update({ job: '7' }, { set: { row: { index: 1, values: { lr: 0.1 }, ...{ seed: 3 } } } });
      for (let at = 0; at < 40; at++)
        await store.update({ job: '7' }, { set: { description: 'x'.repeat(1_000) + String(at) } });
      const [path = ''] = await entriesIn(folder);
      const text = await readFile(path, 'utf8');
      assert.ok(text.length < 20_000, String(text.length));
      assert.match(text, /"color":"red"/);
      assert.deepEqual((await open(folder).get({ job: '7' }))?.row, {
        ...{ index: 1, values: { lr: 0.1 }, seed: 3 },
      });
    }));

  it('rejects a record whose core is too long, and stores its lists by their hash', () =>
    inTemp(async (folder) => {
      const store = open(folder);
      const long = { files: Array.from({ length: 500 }, (_, at) => `file-${String(at)}`) };
      await assert.rejects(store.update({ job: '7' }, { set: { record: long } }), RangeError);
      assert.equal(await store.get({ job: '7' }), undefined);
      const hash = await store.putList(long.files);
      assert.equal(await open(folder).putList(long.files), hash);
      await store.update({ job: '7' }, { set: { record: { files: hash } } });
      assert.deepEqual((await store.get({ job: '7' }))?.record, { files: hash });
      assert.deepEqual(await open(folder).getList(hash), long.files);
      for (const none of ['../../x', 'f'.repeat(64)]) assert.equal(await store.getList(none), undefined);
      const path = join(folder, 'metadata', 'lists', hash.slice(0, 2), `${hash}.json`);
      await truncate(path, 20);
      assert.equal(await open(folder).getList(hash), undefined);
    }));
});

describe('the metadata of a number that two jobs had', () => {
  const first = new Date('2026-01-01T00:00:00Z');
  const second = new Date('2026-06-01T00:00:00Z');

  it('belongs to the job that was submitted at that time', () =>
    inTemp(async (folder) => {
      const store = open(folder);
      await store.update({ job: '7', submitted: first }, { set: { label: 'first' } });
      assert.equal(await store.get({ job: '7', submitted: second }), undefined);
      await store.update({ job: '7', submitted: second }, { set: { group: 'second' } });
      const nearly = new Date(second.getTime() + 3_600_000);
      await store.update({ job: '7', submitted: nearly }, { set: { isPinned: true } });
      await store.update({ job: '7' }, { set: { description: 'of the latest' } });
      assert.deepEqual(await open(folder).get({ job: '7', submitted: first }), { label: 'first' });
      const latest = { group: 'second', isPinned: true, description: 'of the latest' };
      assert.deepEqual(await open(folder).get({ job: '7', submitted: second }), latest);
      assert.deepEqual(await open(folder).get({ job: '7' }), latest);
    }));
});

describe('metadata with concurrent changes', () => {
  it('loses no field and no property, in one window and in two', () =>
    inTemp(async (folder) => {
      const [one, other] = [open(folder), open(folder)];
      const changes = Array.from({ length: 200 }, (_, at) =>
        (at % 2 === 0 ? one : other).update(
          { job: '7' },
          { set: { properties: { [`p${String(at)}`]: at } } },
        ),
      );
      await Promise.all(changes);
      const { properties = {} } = (await open(folder).get({ job: '7' })) ?? {};
      assert.equal(Object.keys(properties).length, 200);
    }));

  it('loses none in several programs, while the file is rewritten repeatedly', async function () {
    this.timeout(60_000);
    await inTemp(async (folder) => {
      const program = join(import.meta.dirname, 'writer.ts');
      const writers = ['a', 'b', 'c'].map((name) =>
        spawn(process.execPath, ['--import', 'tsx', program, folder, name], {
          stdio: ['ignore', 'ignore', 'inherit'],
        }),
      );
      const codes = await Promise.all(writers.map(async (one) => (await once(one, 'exit'))[0] as unknown));
      assert.deepEqual(codes, [0, 0, 0]);
      const { properties = {}, ...others } = (await open(folder).get({ job: '7' })) ?? {};
      const names = Object.keys(properties);
      for (const name of ['a', 'b', 'c'])
        for (let at = 0; at < 60; at++)
          assert.ok(names.includes(`${name}${String(at)}`), `${name}${String(at)}`);
      assert.deepEqual(Object.keys(others), ['description']);
      const [path = ''] = await entriesIn(folder);
      assert.ok((await stat(path)).size < 180 * 1_000, 'it was rewritten');
    });
  });
});

describe('damaged metadata', () => {
  it('loses only the change that was pending when the machine went down', () =>
    inTemp(async (folder) => {
      await open(folder).update({ job: '7' }, { set: { label: 'a' } });
      await open(folder).update({ job: '8' }, { set: { label: 'other' } });
      let path = '';
      for (const one of await entriesIn(folder))
        if ((await readFile(one, 'utf8')).includes('"job":"7"')) path = one;
      await appendFile(path, '\n{"job":"7","change":"x","set":{"gro');
      const { log, lines } = keptLog();
      const store = createJobMetadataStore(folder, log);
      assert.deepEqual(await store.get({ job: '7' }), { label: 'a' });
      assert.equal(lines.length, 1);
      assert.match(lines.join(), /damaged/);
      await store.update({ job: '7' }, { set: { group: 'g' } });
      assert.deepEqual(await store.get({ job: '7' }), { label: 'a', group: 'g' });
      assert.deepEqual(await store.get({ job: '8' }), { label: 'other' });
      assert.match(await readFile(path, 'utf8'), /"gro/);
    }));

  for (const [what, text] of [
    ['other bytes', '\u0000\ufffd\n'],
    ['other JSON', '[]\n1\nnull\n{}\n'],
    [
      'a change of another job',
      '{"job":"9","change":"x","set":{"label":"theirs"}}\n{"job":"7","change":1}\n',
    ],
  ] as const)
    it(`keeps only valid entries with ${what}`, () =>
      inTemp(async (folder) => {
        await open(folder).update({ job: '7' }, { set: { label: 'a' } });
        const [path = ''] = await entriesIn(folder);
        await appendFile(path, text);
        assert.deepEqual(await open(folder).get({ job: '7' }), { label: 'a' });
      }));

  it('ignores a field of another form, reports it once, and keeps it', () =>
    inTemp(async (folder) => {
      const { log, lines } = keptLog();
      const store = createJobMetadataStore(folder, log);
      const wrong: object = { label: 5 };
      await store.update({ job: '7' }, { set: { ...wrong, group: 'g' } });
      for (let times = 0; times < 2; times++) assert.deepEqual(await store.get({ job: '7' }), { group: 'g' });
      assert.equal(lines.length, 1);
      const [path = ''] = await entriesIn(folder);
      assert.match(await readFile(path, 'utf8'), /"label":5/);
    }));

  it('does not block the others if a folder replaces a file, or a file is far too long', () =>
    inTemp(async (folder) => {
      const { log, lines } = keptLog();
      const store = createJobMetadataStore(folder, log);
      await store.update({ job: '7' }, { set: { label: 'a' } });
      const [path = ''] = await entriesIn(folder);
      await store.update({ job: '8' }, { set: { label: 'b' } });
      await truncate(path, 5_000_000);
      assert.deepEqual(await store.getAll([{ job: '7' }, { job: '8' }]), [undefined, { label: 'b' }]);
      await store.update({ job: '7' }, { set: { label: 'again' } });
      assert.deepEqual(await store.get({ job: '7' }), { label: 'again' });
      assert.equal(lines.length, 2);
      await store.remove('7');
      await mkdir(path);
      assert.equal(await store.get({ job: '7' }), undefined);
      await assert.rejects(store.update({ job: '7' }, { set: { label: 'a' } }));
    }));

  it('rejects the call if nothing can be written', () =>
    inTemp(async (temp) => {
      await writeFile(join(temp, 'file'), '');
      const store = open(join(temp, 'file'));
      await assert.rejects(store.update({ job: '7' }, { set: { label: 'a' } }));
      assert.equal(await store.get({ job: '7' }), undefined);
    }));
});

describe('secrets in metadata', () => {
  it('are removed everywhere, by name and by form, and reported', () =>
    inTemp(async (folder) => {
      const store = open(folder);
      const omitted = await store.update(
        { job: '7' },
        {
          set: {
            label: 'https://ada:hush-hush@host/x',
            description: 'fine',
            labels: ['ok', 'ghp_hushhushhushhush'],
            properties: { api_token: 'hush-hush', max_tokens: 3, deep: [{ password: 'hush-hush', a: 1 }] },
            request: {
              args: ['--lr', '0.1', '--password', 'hush-hush'],
              env: { SEED: '7', DB_PASSWORD: 'hush-hush' },
              options: { partition: 'debug', password: 'hush-hush' },
            },
            result: { loss: 1, token: 'hush-hush' },
          },
        },
      );
      assert.deepEqual([...omitted].sort(), [
        ...['--password', 'DB_PASSWORD', 'api_token', 'label', 'labels', 'password', 'token'],
      ]);
      assert.deepEqual(await store.get({ job: '7' }), {
        description: 'fine',
        labels: ['ok'],
        properties: { max_tokens: 3, deep: [{ a: 1 }] },
        request: {
          args: ['--lr', '0.1'],
          env: { SEED: '7' },
          options: { partition: 'debug' },
          omitted: ['--password', 'DB_PASSWORD', 'password'],
        },
        result: { loss: 1 },
      });
      for (const path of await entriesIn(folder)) assert.doesNotMatch(await readFile(path, 'utf8'), /hush/);
    }));
});

describe('unused metadata', () => {
  it('is deleted only if it is old, the service does not have the job, and it was not edited', () =>
    inTemp(async (folder) => {
      const store = open(folder);
      const facts = { facts: { folder: '/r' } };
      await store.update({ job: 'unknown' }, { set: facts });
      await store.update({ job: 'listed' }, { set: facts });
      await store.update({ job: 'labeled' }, { set: { ...facts, label: 'mine' } });
      await store.update({ job: 'newer' }, { set: { ...facts, ...{ color: 'red' } } });
      await store.update({ job: 'damaged' }, { set: facts });
      const old = new Date('2025-01-01T00:00:00Z');
      for (const path of await entriesIn(folder)) {
        if ((await readFile(path, 'utf8')).includes('"damaged"')) await appendFile(path, '{"job":');
        await utimes(path, old, old);
      }
      await store.update({ job: 'young' }, { set: facts });
      const beforeMs = Date.parse('2025-06-01T00:00:00Z');
      assert.equal(await store.removeUnused(beforeMs, (job) => job === 'listed'), 1);
      const left = ['unknown', 'listed', 'labeled', 'newer', 'damaged', 'young'];
      const all = await store.getAll(left.map((job) => ({ job })));
      assert.deepEqual(
        left.filter((_, at) => !all[at]),
        ['unknown'],
      );
    }));
});
