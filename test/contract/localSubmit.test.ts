import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalBackend, type LocalBackendDeps } from '../../src/backends/local/backend.js';
import { getJobPaths } from '../../src/backends/local/paths.js';
import type { Backend } from '../../src/core/domain/backend.js';
import type { Bundle, ReviewItem, JobWorkload } from '../../src/core/domain/jobSpec.js';
import { isAbort, JobError } from '../../src/core/domain/problem.js';
import { place, tarOf, type Place } from './local.js';
import { sh } from './localScripts.js';
import { ended, isProblem, linesOf, never, request, submit, until, wholeLog } from './subject.js';
import { listFiles, listJobs, sendBundle, sendScript, validate } from '../fakes/backendCalls.js';

const patienceMs = 10_000;

describe('Local: submitting', () => {
  let spool: Place;
  let backend: Backend;
  beforeEach(async () => {
    spool = await place();
    backend = spool.window();
  });
  afterEach(() => spool.end());
  const left = async (): Promise<readonly string[]> => readdir(join(spool.folder, 'jobs')).catch(() => []);
  const send = (bundle: Bundle, entry: string, signal = never, to = backend) => {
    return sendBundle(to, bundle, entry, request('bundled'), signal);
  };

  it('reports a missing interpreter before anything is written', async () => {
    const bare = createLocalBackend({ ...spool.options(), env: { PATH: '/nowhere' } });
    const script = { name: 'sweep.py', text: 'print(1)\n' };
    const isMissing = (error: unknown): boolean => {
      assert.ok(error instanceof JobError);
      assert.deepEqual(error.problem, {
        kind: 'missingTool',
        tool: process.platform === 'win32' ? 'python' : 'python3',
        for: 'sweep.py',
      });
      return true;
    };
    await assert.rejects(sendScript(bare, script, request('sweep'), never), isMissing);
    await assert.rejects(validate(bare, { kind: 'script', script }, request('sweep'), never), isMissing);
    await assert.rejects(
      validate(bare, { kind: 'bundle', entry: 'a/sweep.py' }, request('sweep'), never),
      isMissing,
    );
    assert.deepEqual(await left(), []);
  });

  it('shows what will run a script, and that it has to wait', async () => {
    const one = spool.window({ maxRunning: 1 });
    const facts = () => validate(one, { kind: 'script', script: sh('') }, request('job'), never);
    const [interpreter, ...more] = await facts();
    assert.equal(interpreter?.label, 'Interpreter');
    assert.match(interpreter.text, /^\/.*\/bash$/);
    assert.deepEqual(more, []);
    await submit(one, sh('exec sleep 60\n'));
    await submit(one, sh('exec sleep 60\n'));
    assert.deepEqual((await facts())[1], { label: 'Queue', text: 'starts after 2 of 2 jobs' });
    assert.deepEqual(await validate(one, { kind: 'bundle', entry: 'tool' }, request('job'), never), [
      { label: 'Queue', text: 'starts after 2 of 2 jobs' },
    ]);
  });

  it('runs the submitted files, even if the bundle is changed or deleted afterwards, also when resubmitted', async () => {
    const files = {
      'bin/main.sh': 'cat ../note.txt note.txt 2>/dev/null\necho spoiled >note.txt\n',
      'note.txt': 'as sent\n',
    };
    const bundle = await tarOf(spool.folder, 'project', files);
    const id = await send(bundle, 'bin/main.sh');
    await writeFile(bundle.file, '');
    await ended({ backend, patienceMs }, id);
    const again = await backend.submit?.again?.(id, never);
    assert.ok(again);
    await ended({ backend, patienceMs }, again);
    for (const one of [id, again]) {
      assert.deepEqual(linesOf(await wholeLog(backend, one)), ['as sent']);
      assert.deepEqual(await backend.files?.script?.(one, never), {
        name: 'main.sh',
        text: files['bin/main.sh'],
      });
      assert.deepEqual(
        (await listFiles(backend, one, never)).map(({ kind, name }) => `${kind} ${name}`),
        // The job wrote to its copy of the script.
        ['input bin/main.sh', 'log log.txt', 'output note.txt'],
      );
    }
  });

  it('runs scripts of a bundle regardless of their names', async () => {
    const names = [
      'two\nlines.sh',
      '😀 é.sh',
      '-rf.sh',
      "it's $(touch x).sh",
      `${'d/'.repeat(60)}deep.sh`,
      `${'x'.repeat(250)}.sh`,
    ];
    const bundle = await tarOf(
      spool.folder,
      '-root 😀',
      Object.fromEntries(names.map((name) => [name, 'echo ran\n'])),
    );
    for (const name of names)
      assert.deepEqual(linesOf(await wholeLog(backend, await send(bundle, name))), ['ran'], name);
  });

  describe('a shell script from Windows', () => {
    // With carriage returns, the test is never true and the folder has a different name; the script still
    // exits with 0.
    const text = '\uFEFF#!/bin/bash\r\nmkdir -p out\r\nif [ "$1" = go ]; then\r\n  cd out\r\n  pwd\r\nfi\r\n';
    const mended = text.slice(1).replaceAll('\r', '');
    const facts = [
      { label: 'Fixed', text: 'Byte order mark removed.', warning: true },
      {
        label: 'Fixed',
        text: 'Line endings converted to LF, as shells require.',
        warning: true,
      },
    ];
    const warnings = async (work: JobWorkload): Promise<readonly ReviewItem[]> =>
      (await validate(backend, work, request('job'), never)).filter(({ warning }) => warning);

    for (const name of ['job.sh', 'tool'])
      it(`runs as written when it is ${name}, which the review mentions, also when resubmitted`, async () => {
        assert.deepEqual(await warnings({ kind: 'script', script: { name, text } }), facts);
        const id = await submit(backend, { name, text }, { args: ['go'] });
        const again = async () => (await backend.submit?.again?.(id, never)) ?? id;
        for (const one of [id, await again()]) {
          assert.deepEqual(linesOf(await wholeLog(backend, one)), [
            join(spool.folder, 'jobs', one, 'work', 'out'),
          ]);
          assert.deepEqual(await backend.files?.script?.(one, never), { name, text: mended });
        }
      });

    it('runs as written inside a bundle, whose other files stay unchanged', async () => {
      const bundle = await tarOf(spool.folder, 'project', { 'bin/main.sh': text, 'data.csv': 'a\r\n' });
      assert.deepEqual(await warnings({ kind: 'bundle', entry: 'bin/main.sh', text }), facts);
      const id = await sendBundle(backend, bundle, 'bin/main.sh', request('b', { args: ['go'] }), never);
      const work = join(spool.folder, 'jobs', id, 'work');
      assert.deepEqual(linesOf(await wholeLog(backend, id)), [join(work, 'out')]);
      assert.equal(await readFile(join(work, 'data.csv'), 'utf8'), 'a\r\n');
      assert.equal(await readFile(join(work, 'bin/main.sh'), 'utf8'), mended);
    });

    it('of a bundle is shown with its interpreter before it is sent', async () => {
      const found = await validate(backend, { kind: 'bundle', entry: 'tool', text }, request('job'), never);
      assert.deepEqual(found[0], { label: 'Interpreter', text: '/bin/bash' });
    });
  });

  it('rejects a script that is not in the bundle, and leaves nothing', async () => {
    const bundle = await tarOf(spool.folder, 'project', { 'main.sh': 'true\n' });
    await assert.rejects(send(bundle, 'other.sh'), isProblem('invalid'));
    const outside = process.platform === 'win32' ? 'windows/win.ini' : 'etc/passwd';
    await assert.rejects(send(bundle, `../../../../../../../${outside}`), isProblem('unsafeName'));
    await assert.rejects(send({ ...bundle, root: 'another' }, 'main.sh'), isProblem('invalid'));
    for (const root of ['..', '.', '', 'a/b', '/etc']) {
      await assert.rejects(send({ ...bundle, root }, 'main.sh'), isProblem('unsafeName'));
    }
    assert.deepEqual(await left(), []);
  });

  it('rejects a bundle that differs from the packed one', async () => {
    const bundle = await tarOf(spool.folder, 'project', { 'main.sh': 'true\n' });
    await assert.rejects(send({ ...bundle, sha256: '0'.repeat(64) }, 'main.sh'), isProblem('changed'));
    await assert.rejects(
      send({ ...bundle, file: join(spool.folder, 'nowhere.tar') }, 'main.sh'),
      isProblem('disk'),
    );
    assert.deepEqual(await left(), []);
  });

  it('leaves nothing when it is cancelled while a bundle is unpacked', async () => {
    const bundle = await tarOf(spool.folder, 'project', { 'main.sh': 'true\n' });
    const stop = new AbortController();
    let unpacking = 0;
    const unpack: LocalBackendDeps['unpack'] = async () => {
      unpacking++;
      stop.abort();
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    const slow = createLocalBackend({ ...spool.options(), unpack });
    await assert.rejects(send(bundle, 'main.sh', stop.signal, slow), isAbort);
    assert.equal(unpacking, 1);
    for (const giveUp = Date.now() + patienceMs; (await left()).length > 0;) {
      assert.ok(Date.now() < giveUp, 'nothing is left');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it('reports the progress of copying a bundle', async () => {
    const bundle = await tarOf(spool.folder, 'project', { 'main.sh': 'true\n', data: 'x'.repeat(3_000_000) });
    const told: (readonly [number, number | undefined])[] = [];
    await sendBundle(backend, bundle, 'main.sh', request('b'), never, (done, of) => told.push([done, of]));
    assert.deepEqual(told.at(-1), [bundle.bytes, bundle.bytes]);
    assert.ok(told.length >= 3);
  });

  it('makes all files it writes private to its user', async () => {
    const mask = process.umask(0);
    try {
      const id = await submit(backend, { name: 'a.py', text: 'print(1)\n' });
      await ended({ backend, patienceMs }, id);
    } finally {
      process.umask(mask);
    }
    for (const entry of await readdir(spool.folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) continue;
      assert.equal((await stat(path)).mode & 0o077, 0, path);
    }
    for (const name of [
      'dispatch.json',
      'counter',
      'changed',
      'jobs/1/job.json',
      'jobs/1/state.json',
      'jobs/1/log',
    ])
      assert.equal((await stat(join(spool.folder, name))).mode & 0o077, 0, name);
  });

  it('opens the folder of a job while it exists', async () => {
    const id = await submit(backend, sh('true\n'));
    const folder = backend.files?.localFolder?.(id);
    assert.equal(folder, join(spool.folder, 'jobs', id));
    assert.ok(folder && existsSync(join(folder, 'work', 'job.sh')));
    await ended({ backend, patienceMs }, id);
    await backend.control?.delete?.(id, never);
    assert.equal(backend.files?.localFolder?.(id), undefined);
  });

  it('still shows jobs while a setting is invalid, and starts them when it is valid again', async () => {
    let isWrong = true;
    const options = spool.options();
    const settings = () => {
      if (isWrong) throw new JobError({ kind: 'badSetting', setting: 'x', why: 'it is' });
      return options.settings();
    };
    const errors: string[] = [];
    const log = { info() {}, warn() {}, error: (text: string) => void errors.push(text) };
    const id = await submit(spool.window({ maxRunning: 1 }), sh('exec sleep 60\n'));
    const next = await submit(spool.window({ maxRunning: 1 }), sh('echo next\n'));
    const picky = createLocalBackend({ ...options, settings, log });
    assert.equal((await listJobs(picky, 9, never)).jobs.length, 2);
    await listJobs(picky, 9, never);
    await assert.rejects(submit(picky, sh('true\n')), isProblem('badSetting'));
    assert.ok(errors.length > 0 && errors.length <= 2, 'logged once, not each time');
    isWrong = false;
    await until({ backend: picky, patienceMs }, next, ({ state }) => state.kind !== 'queued');
    await picky.control?.cancel?.(id, never);
  });

  it('shows a job with a damaged state as failed, releases it, and logs it', async () => {
    const id = await submit(backend, sh('true\n'));
    await ended({ backend, patienceMs }, id);
    await writeFile(getJobPaths(join(spool.folder, 'jobs', id)).state, '{');
    const { jobs, malformed } = await listJobs(backend, 9, never);
    assert.deepEqual([jobs[0]?.state.word, malformed.length], ['Damaged', 1]);
    assert.deepEqual(linesOf(await wholeLog(backend, id)), []);
    await backend.control?.delete?.(id, never);
    assert.deepEqual((await listJobs(backend, 9, never)).jobs, []);
  });
});
