import assert from 'node:assert/strict';
import { toJobId, type Job } from '../../../../src/core/domain/job.js';
import { createJobIndex } from '../../../../src/core/jobs/jobIndex.js';
import { maxCachedJobs, parseJobs, serializeJobs } from '../../../../src/core/jobs/jobSerialization.js';
import { isEqualJob } from '../../../../src/core/domain/jobEquality.js';
import { arrayOf, completed, failed, jobOf, queued, running } from '../../../fakes/jobs.js';

/** A job with all members. */
const full: Required<Job> = {
  id: toJobId('j1'),
  name: 'fit.jl',
  state: { kind: 'ended', word: 'COMPLETED', outcome: 'completed' },
  reason: 'exit 0',
  parent: toJobId('array 7'),
  hasChildren: true,
  tasks: { queued: 1, running: 2, completed: 3, failed: 4, stopped: 5 },
  isHeld: true,
  mayRequeue: true,
  submitted: new Date('2026-03-05T10:00:00.123Z'),
  started: new Date('2026-03-05T11:00:00Z'),
  ended: new Date('2026-03-05T12:00:00Z'),
  limitMs: 3_600_000,
  isLimited: true,
  resources: [{ label: 'Node', value: 'm6' }],
  inputs: { n: '1000' },
  folder: '/home/ada/fit',
  script: 'fit.jl',
  command: 'julia fit.jl',
  exit: { code: 0, signal: 'SIGTERM' },
  results: '{"a":1}',
  endpoint: 'https://a.example/',
  page: 'https://example.org/jobs/j1',
  cost: 'at most $1',
  files: [{ name: 'out/a.csv', kind: 'result', bytes: 12, sha256: 'ab'.repeat(32) }],
  raw: { secret: 'not for the disk' },
};

const overDisk = (jobs: readonly Job[]): readonly Job[] =>
  parseJobs(JSON.parse(JSON.stringify(serializeJobs(createJobIndex(jobs)))) as readonly unknown[]);

describe('stored jobs', () => {
  it('are restored as they were written, without the raw record', () => {
    assert.deepEqual(overDisk([full]), [{ ...full, raw: undefined }]);
    const least = jobOf();
    assert.deepEqual(overDisk([least]), [{ ...least, raw: undefined }]);
    assert.ok(!JSON.stringify(serializeJobs(createJobIndex([full]))).includes('secret'));
  });

  it('are limited to the newest 200', () => {
    const jobs = Array.from({ length: maxCachedJobs + 50 }, (_, n) => jobOf({ id: `j${String(n)}` }));
    assert.deepEqual(
      overDisk(jobs).map(({ id }) => id),
      jobs.slice(0, 200).map(({ id }) => id),
    );
  });

  it('include tasks of active arrays only, in limited number, running ones first', () => {
    const ended = arrayOf([failed, completed], { id: '30', state: completed });
    const [array, ...tasks] = arrayOf([...Array.from({ length: 300 }, () => queued), running]);
    assert.ok(array);
    const known = overDisk([array, ...tasks, ...ended]).map(({ id }) => id);
    assert.deepEqual(known.slice(0, 4), ['36', '30', '36_300', '36_0']);
    assert.equal(known.length, 2 + maxCachedJobs);
  });

  it('lose incomplete task counts', () => {
    const at = { id: 'a', name: 'a', state: { kind: 'running', word: 'R' } };
    const whole = { queued: 1, running: 0, completed: 0, failed: 0, stopped: 0 };
    const [good, bad] = parseJobs([
      { ...at, tasks: whole },
      { ...at, tasks: { ...whole, stopped: 'many' } },
    ]);
    assert.deepEqual([good?.tasks, bad?.tasks], [whole, undefined]);
  });

  for (const [what, value] of [
    ['nothing', null],
    ['a string', 'j1'],
    ['a list', []],
    ['no id', { name: 'a', state: { kind: 'running', word: 'R' } }],
    ['an empty id', { id: '', name: 'a', state: { kind: 'running', word: 'R' } }],
    ['no name', { id: 'a', state: { kind: 'running', word: 'R' } }],
    ['no state', { id: 'a', name: 'a' }],
    ['a state without a word', { id: 'a', name: 'a', state: { kind: 'running' } }],
    ['a state of an unknown kind', { id: 'a', name: 'a', state: { kind: 'resting', word: 'R' } }],
    ['an end without an outcome', { id: 'a', name: 'a', state: { kind: 'ended', word: 'E' } }],
    [
      'an inherited outcome',
      { id: 'a', name: 'a', state: { kind: 'ended', word: 'E', outcome: 'toString' } },
    ],
  ] as const) {
    it(`exclude ${what}, and keep the others`, () => {
      const good = { id: 'b', name: 'b', state: { kind: 'queued', word: 'Q' } };
      assert.deepEqual(
        parseJobs([value, good]).map(({ id }) => id),
        ['b'],
      );
    });
  }

  it('lose only invalid members', () => {
    const [job] = parseJobs([
      {
        id: 'a',
        name: 'a',
        state: { kind: 'running', word: 'R' },
        submitted: 'soon',
        started: 5,
        limitMs: '1 h',
        reason: 7,
        exit: { code: 'x' },
        resources: [{ label: 'Node' }, { label: 'CPU', value: '4' }, 3],
        inputs: { n: 1, m: '2' },
        files: [{ name: 'a', kind: 'secret' }, { kind: 'log' }, { name: 'b', kind: 'log', bytes: 'many' }],
      },
    ]);
    assert.deepEqual(job, {
      id: 'a',
      name: 'a',
      state: { kind: 'running', word: 'R' },
      exit: {},
      resources: [{ label: 'CPU', value: '4' }],
      inputs: { m: '2' },
      files: [{ name: 'b', kind: 'log' }],
      raw: undefined,
    });
  });

  it('treat an input named __proto__ as an ordinary name', () => {
    const [job] = parseJobs([
      JSON.parse('{"id":"a","name":"a","state":{"kind":"queued","word":"Q"},"inputs":{"__proto__":"x"}}'),
    ]);
    assert.deepEqual(Object.entries(job?.inputs ?? {}), [['__proto__', 'x']]);
    assert.equal(Object.getPrototypeOf(job?.inputs), Object.prototype);
  });
});

describe('sameJob', () => {
  const others: { readonly [Member in Exclude<keyof Job, 'raw'>]-?: readonly Job[Member][] } = {
    id: [toJobId('j2')],
    name: ['other'],
    state: [
      { kind: 'ended', word: 'COMPLETED', outcome: 'failed' },
      { kind: 'ended', word: 'DONE', outcome: 'completed' },
      { kind: 'running', word: 'COMPLETED' },
    ],
    reason: ['exit 1'],
    parent: [toJobId('array 8')],
    hasChildren: [],
    tasks: [{ queued: 0, running: 2, completed: 3, failed: 4, stopped: 5 }],
    isHeld: [undefined],
    mayRequeue: [undefined],
    submitted: [new Date(0)],
    started: [new Date(0)],
    ended: [new Date(0)],
    limitMs: [1],
    isLimited: [undefined],
    resources: [[], [{ label: 'Node', value: 'm7' }]],
    inputs: [{}, { n: '1' }],
    folder: ['/home/ada/other'],
    script: ['other.jl'],
    command: ['julia other.jl'],
    exit: [{}, { code: 1, signal: 'SIGTERM' }, { code: 0 }],
    results: ['{}'],
    endpoint: ['https://b.example/'],
    page: ['https://example.org/other'],
    cost: ['at most $2'],
    files: [[], [{ name: 'out/a.csv', kind: 'output', bytes: 12 }]],
  };

  for (const [member, values] of Object.entries(others)) {
    it(`detects a changed ${member}, and a missing one`, () => {
      for (const value of values) assert.equal(isEqualJob(full, { ...full, [member]: value }), false);
      if (['id', 'name', 'state', 'resources', 'inputs', 'files'].includes(member)) return;
      const without: Job = { ...full };
      Reflect.deleteProperty(without, member);
      assert.equal(isEqualJob(full, without), false);
    });
  }

  it('ignores different raw records, and equal members that are different objects', () => {
    assert.equal(isEqualJob(full, { ...structuredClone(full), raw: { polled: 7 } }), true);
    assert.equal(isEqualJob(jobOf({ state: completed }), jobOf({ state: completed })), true);
  });
});
