import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getOwnIdentity } from '../../../../src/backends/local/processIdentity.js';
import { getJobPaths, getSpoolPaths } from '../../../../src/backends/local/paths.js';
import { createCancelledEnding, recordEnding } from '../../../../src/backends/local/queue.js';
import { createLocalBackend } from '../../../../src/backends/local/backend.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { toJobId } from '../../../../src/core/domain/job.js';
import { memoryLog } from '../../../fakes/memoryStore.js';
import { listFiles, listJobs, readEvents } from '../../../fakes/backendCalls.js';
import { localRecord } from '../../../fakes/localRecord.js';

const now = Date.now();
const record = { ...localRecord, submitted: now };
const state = { phase: 'ended', outcome: 'completed', word: 'Completed', started: now, ended: now, code: 0 };
const good = JSON.stringify(record);
const ended = JSON.stringify(state);
const deep = (open: string, close: string): string => open.repeat(60_000) + close.repeat(60_000);
const withEnv = (text: string): string => good.replace('"env":{}', `"env":${text}`);
const never = new AbortController().signal;

/** Contents of `job.json` and `state.json`, or a function that replaces the file. */
type Odd = readonly [job: string | ((path: string) => void), state: string | ((path: string) => void)];

const pipe = (path: string): void => void execFileSync('mkfifo', [path]);

const odd: Readonly<Record<string, Odd>> = {
  'a deeply nested record': [deep('[', ']'), ended],
  'deeply nested variables': [withEnv(deep('{"a":', '}').replace('}', '1}')), ended],
  'a deeply nested unknown member': [withEnv(`{},"x":${deep('[', ']')}`), ended],
  'a deeply nested state': [good, deep('[', ']')],
  'lone surrogates': [JSON.stringify({ ...record, name: '\ud800x', env: { '\udc00': '\ud800' } }), ended],
  'names of Object members': [withEnv('{"__proto__":"x","constructor":"y","toString":"z"}'), ended],
  'a __proto__ object': ['{"__proto__":{"version":1},"constructor":{}}', ended],
  'invalid dates': [JSON.stringify({ ...record, submitted: 1e300 }), ended],
  'an invalid end date': [good, JSON.stringify({ ...state, ended: -9e15 })],
  nothing: ['', ''],
  'other JSON': ['null', '1'],
  'a folder in place of the record': [
    (path) => {
      mkdirSync(path);
    },
    ended,
  ],
  'a pipe in place of the record': [pipe, ended],
  'a pipe in place of the state': [good, pipe],
  'a device in place of the record': [
    (path) => {
      symlinkSync('/dev/zero', path);
    },
    ended,
  ],
  'a link to itself': [
    (path) => {
      symlinkSync('job.json', path);
    },
    ended,
  ],
  'a record of five gigabytes': [
    (path) => {
      writeFileSync(path, '');
      truncateSync(path, 5 * 2 ** 30);
    },
    ended,
  ],
};

describe('a malformed record on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'batch-jobs-odd-'));
    mkdirSync(join(folder, 'active'));
  });
  afterEach(() => rm(folder, { recursive: true, maxRetries: 5 }));
  const make = (number: number, [job, told]: Odd): void => {
    const dir = join(folder, 'jobs', String(number));
    mkdirSync(dir, { recursive: true });
    for (const [name, content] of [
      ['job.json', job],
      ['state.json', told],
    ] as const)
      if (typeof content === 'string') writeFileSync(join(dir, name), content);
      else content(join(dir, name));
  };
  const window = () =>
    createLocalBackend({
      connection: { id: 'local', kind: 'local', title: 'Local', settings: {} },
      folder,
      runner: { program: '/nowhere', args: [], env: {} },
      unpack: () => Promise.resolve(),
      env: {},
      settings: () => ({ interpreters: {}, maxRunning: 1, retention: { count: 0, days: 0 } }),
      log: memoryLog(),
    });

  for (const [what, one] of Object.entries(odd))
    it(`with ${what} does not hide the list or the other jobs`, async () => {
      make(1, [good, ended]);
      make(2, one);
      make(3, [good, ended]);
      writeFileSync(join(folder, 'active', '2'), '');
      const backend = window();
      const { jobs, malformed } = await listJobs(backend, 10, never);
      assert.deepEqual(
        jobs.map(({ id }) => id),
        ['3', '2', '1'],
      );
      const [, shown] = jobs;
      assert.ok(shown);
      if (malformed.length > 0) assert.deepEqual([shown.state.word, malformed.length], ['Damaged', 1]);
      // As it is cached and shown.
      JSON.stringify(shown);
      for (const date of [shown.submitted, shown.started, shown.ended]) date?.toISOString();
      assert.ok(await backend.jobs.get(toJobId('1'), never));
    });

  const odds: Readonly<Record<string, (path: string) => void>> = {
    folder: (path) => {
      mkdirSync(join(path, 'x'), { recursive: true });
    },
    pipe,
    device: (path) => {
      symlinkSync('/dev/zero', path);
    },
  };
  for (const [what, put] of Object.entries(odds))
    it(`does not prevent listing if the launch file is a ${what}`, async () => {
      make(1, [good, ended]);
      make(2, [good, JSON.stringify({ phase: 'running', runner: getOwnIdentity(), started: now })]);
      writeFileSync(join(folder, 'active', '2'), '');
      put(join(folder, 'dispatch.json'));
      assert.equal((await listJobs(window(), 10, never)).jobs.length, 2);
    });

  it('does not prevent recording the outcome if folders replace files', async () => {
    make(1, [
      good,
      (path) => {
        mkdirSync(join(path, 'x'), { recursive: true });
      },
    ]);
    const spool = getSpoolPaths(folder);
    mkdirSync(join(spool.active, '1', 'x'), { recursive: true });
    const paths = getJobPaths(join(spool.jobs, '1'));
    await recordEnding(spool, paths, createCancelledEnding());
    const [job] = (await listJobs(window(), 10, never)).jobs;
    assert.equal(job?.state.word, 'Cancelled');
    assert.deepEqual(readdirSync(spool.active), []);
  });

  it('is not downloadable if the log or the script is a pipe or a device', async () => {
    make(1, [good, ended]);
    const dir = join(folder, 'jobs', '1');
    mkdirSync(join(dir, 'submitted'));
    pipe(join(dir, 'log'));
    symlinkSync('/dev/zero', join(dir, 'submitted', 'script'));
    for (const file of [
      { kind: 'log', name: 'log.txt' },
      { kind: 'input', name: 'a.sh' },
    ] as const) {
      const parts = window().files?.read?.(toJobId('1'), file, never);
      await assert.rejects(async () => {
        for await (const part of parts ?? []) assert.fail(String(part.length));
      }, /not a regular file/);
    }
  });

  it('keeps all names that a script can give its variables', async () => {
    make(1, odd['names of Object members'] ?? [good, ended]);
    const [job] = (await listJobs(window(), 10, never)).jobs;
    assert.equal(job?.inputs['constructor'], 'y');
    assert.equal(job.inputs['toString'], 'z');
  });

  it('is ignored if a job replaced a limit, log, file list or result with a pipe', async () => {
    make(1, [JSON.stringify({ ...record, work: 'bundle', limitMs: 5_000 }), ended]);
    const dir = join(folder, 'jobs', '1');
    for (const path of ['control', 'submitted', 'results', 'work']) mkdirSync(join(dir, path));
    for (const path of [
      'control/limit',
      'submitted/files.json',
      'log',
      'log.lost',
      'log.times',
      'results.txt',
    ])
      pipe(join(dir, path));
    const backend = window();
    const [job] = (await listJobs(backend, 10, never)).jobs;
    assert.deepEqual([job?.limitMs, job?.results], [5_000, undefined]);
    assert.ok(await listFiles(backend, toJobId('1'), never));
    const reading = async (): Promise<void> => {
      for await (const event of readEvents(backend, toJobId('1'), { at: 'start' }, true, never))
        assert.fail(event.kind);
    };
    await assert.rejects(reading(), (error) => error instanceof JobError && error.problem.kind === 'disk');
  });
});
