import assert from 'node:assert/strict';
import type { ServerCalls } from '../../../../src/backends/juliahub/serverCalls.js';
import { createJobLister } from '../../../../src/backends/juliahub/jobLister.js';
import type { JuliaHubJobStore } from '../../../../src/backends/juliahub/jobMetadata.js';
import type { HttpResponse } from '../../../../src/http/http.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { fakeClock } from '../../../fakes/clock.js';
import { longestBlock } from '../../../fakes/longestBlock.js';

const never = new AbortController().signal;

const known: JuliaHubJobStore = {
  get: () => Promise.resolve(undefined),
  put: () => Promise.resolve(),
  addDetails: (job) => Promise.resolve(job),
};

const wire = (name: string, status: string): unknown => ({
  jobname: name,
  status,
  submittimestamp: '2026-03-15T07:56:50.974+00:00',
  inputs: '{"n":"1"}',
});

/** Jobs, newest first: `job 1` is the newest; all have finished except those with these numbers. */
const jobs = (count: number, ...running: readonly number[]): unknown[] =>
  Array.from({ length: count }, (_, index) =>
    wire(`job-${index + 1}`, running.includes(index + 1) ? 'Running' : 'Completed'),
  );

/** A server with these jobs, which can be changed later; `limits`: the requested limits. */
function server(all: unknown[]) {
  const limits: number[] = [];
  const clock = fakeClock();
  const state: { failure?: HttpResponse; error?: JobError } = {};
  const calls: ServerCalls = {
    place: 'Hub',
    send: async ({ path, query = {} }) => {
      assert.equal(path.join('/'), 'juliaruncloud/get_jobs');
      const limit = Number(query['limit']);
      limits.push(limit);
      if (state.failure && limit > 21) return state.failure;
      if (state.error) throw state.error;
      return Promise.resolve({ status: 200, headers: {}, text: JSON.stringify(all.slice(0, limit)) });
    },
    openStream: () => Promise.reject(new Error('not for lists')),
    openSocket: () => {
      throw new Error('not for lists');
    },
  };
  const list = createJobLister({ calls, known, clock, plainLoopback: false });
  const names = async (most = 20): Promise<readonly string[]> =>
    (await list(most, never)).jobs.map(({ id }) => id);
  return { list, names, limits, clock, state, calls };
}

/** A list with this text as the server's response. */
const listOf = (text: string): ReturnType<typeof createJobLister> => {
  const { calls, clock } = server([]);
  const ask: ServerCalls['send'] = () => Promise.resolve({ status: 200, headers: {}, text });
  return createJobLister({ calls: { ...calls, send: ask }, known, clock, plainLoopback: false });
};

const newest20 = Array.from({ length: 20 }, (_, index) => `job-${index + 1}`);

describe('the list of JuliaHub jobs', () => {
  it('contains all active jobs, including those older than the newest page', async () => {
    const { list, limits } = server(jobs(60, 3, 41, 57));
    const { jobs: listed, hasMore: more, moreActive, malformed } = await list(20, never);
    assert.deepEqual(
      listed.map(({ id }) => id),
      [...newest20, 'job-41', 'job-57'],
    );
    assert.deepEqual([more, moreActive, malformed], [true, undefined, []]);
    assert.deepEqual(limits, [21, 1001]);
  });

  it('is requested once if all jobs fit', async () => {
    const { names, limits } = server(jobs(20, 20));
    assert.deepEqual(await names(), newest20);
    assert.deepEqual(limits, [21]);
  });

  it('searches for older active jobs every 30 s, not in each round', async () => {
    const all = jobs(60, 41);
    const { names, limits, clock } = server(all);
    for (let time = 0; time < 9; time++) {
      assert.deepEqual(await names(), [...newest20, 'job-41']);
      await clock.advance(3_000);
    }
    assert.deepEqual(limits, [21, 1001, ...Array<number>(8).fill(21)]);
    all[40] = wire('job-41', 'Completed');
    await clock.advance(4_000);
    assert.deepEqual(await names(), newest20);
    assert.deepEqual(limits.slice(10), [21, 1001]);
    for (let time = 0; time < 5; time++) {
      await clock.advance(60_000);
      await names();
    }
    assert.deepEqual(limits.slice(12), Array<number>(5).fill(21));
  });

  it('retains an active job that newer ones push out of the newest page', async () => {
    const all = jobs(25, 20);
    const { names, clock } = server(all);
    await names();
    for (let more = 1; more <= 30; more++) {
      all.unshift(wire(`new-${more}`, 'Completed'));
      await clock.advance(3_000);
      assert.ok((await names()).includes('job-20'), `after ${more}`);
    }
  });

  it('searches again if no job of the previous page is left', async () => {
    const all = jobs(25);
    const { names } = server(all);
    await names();
    all.unshift(
      ...Array.from({ length: 40 }, (_, index) => wire(`new-${index}`, index === 30 ? 'Running' : 'Failed')),
    );
    assert.ok((await names()).includes('new-30'));
  });

  it('reports how many jobs were searched if there are more', async () => {
    const { list } = server(jobs(1500, 999, 1200));
    const { jobs: listed, malformed } = await list(20, never);
    assert.equal(listed.at(-1)?.id, 'job-999');
    assert.deepEqual(malformed, ['active jobs older than the newest 1000 are not listed']);
  });

  it('contains the newest jobs, and a report, if older ones cannot be listed', async () => {
    const { list, state } = server(jobs(60, 41));
    state.failure = { status: 500, headers: {}, text: 'too many' };
    const { jobs: listed, malformed } = await list(20, never);
    assert.equal(listed.length, 20);
    assert.deepEqual(malformed, ['older active jobs could not be listed: offline']);
  });

  const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const odd: readonly (readonly [what: string, record: string, shown: boolean])[] = [
    ['is nested deeply', `{"jobname":"odd","status":"Running","x":${deep(100_000)}}`, false],
    [
      'has inputs that are nested deeply',
      `{"jobname":"odd","status":"Running","inputs":"{\\"a\\":${deep(100_000)}}"}`,
      true,
    ],
    [
      'has inputs with half a character',
      `{"jobname":"odd","status":"Running","inputs":"{\\"a\\":\\"\\\\ud800\\"}"}`,
      true,
    ],
    ['is called half a character', '{"jobname":"\\ud800","status":"Running"}', false],
    [
      'has an alias with half a character',
      '{"jobname":"odd","status":"Running","jobname_alias":"\\ud800"}',
      true,
    ],
    ['is called constructor', '{"jobname":"constructor","status":"Running"}', true],
    ['is called __proto__', '{"jobname":"__proto__","status":"constructor"}', true],
    [
      'has a prototype',
      '{"jobname":"odd","status":"Running","__proto__":{"status":7},"inputs":"{\\"__proto__\\":1}"}',
      true,
    ],
    [
      'has other types',
      '{"jobname":"odd","status":7,"files":{"a":1},"inputs":[],"submittimestamp":{}}',
      true,
    ],
    ['has no name', '{"status":"Running"}', false],
    ['is a number', '7', false],
    ['is nothing', 'null', false],
    ['is a text with brackets', '"}],[{"', false],
    ['is very long', `{"jobname":"odd","status":"Running","outputs":"${'x'.repeat(2_000_000)}"}`, false],
    ['has a very long name', `{"jobname":"${'x'.repeat(5_000)}","status":"Running"}`, false],
  ];
  for (const [what, record, isShown] of odd)
    it(`retains all others if one ${what}`, async () => {
      const text = JSON.stringify([wire('first', 'Running'), 'ODD', wire('last', 'Failed')]);
      const { jobs: listed, malformed } = await listOf(text.replace('"ODD"', () => record))(20, never);
      const names = listed.map(({ id }) => id);
      assert.deepEqual([names[0], names.at(-1)], ['first', 'last']);
      assert.deepEqual([listed.length, malformed.length], isShown ? [3, 0] : [2, 1]);
      assert.ok(malformed.every((one) => one.length < 500));
    });

  for (const text of ['[{"jobname":"a","status":"Running"}', '[', '', '{}', 'nonsense'])
    it(`is rejected as a whole for the response ${JSON.stringify(text)}`, () =>
      assert.rejects(
        listOf(text)(20, never),
        (error) => error instanceof JobError && error.problem.kind === 'badAnswer',
      ));

  for (const [what, each, count] of [
    ['many small jobs', { jobname: 'a', status: 'Running' }, 1_700_000],
    ['long jobs', { jobname: 'a', status: 'Running', outputs: 'x'.repeat(900_000) }, 66],
    [
      'jobs with many files',
      {
        jobname: 'a',
        status: 'Running',
        files: Array<unknown>(500).fill({ name: 'f', type: 'result', size: 1 }),
      },
      3_200,
    ],
  ] as const)
    it(`of 60 MB (${what}) blocks the event loop for less than 50 ms`, async function () {
      this.timeout(120_000);
      const one = JSON.stringify(each);
      const text = `[${Array(count).fill(one).join()}]`;
      assert.ok(text.length > 55_000_000, `${text.length}`);
      const pieces = Array.from({ length: Math.ceil(text.length / 65_536) }, (_, index) =>
        text.slice(index * 65_536, (index + 1) * 65_536),
      );
      const { calls, clock } = server([]);
      const ask: ServerCalls['send'] = () => Promise.resolve({ status: 200, headers: {}, text: '', pieces });
      const list = createJobLister({ calls: { ...calls, send: ask }, known, clock, plainLoopback: false });
      const blockedMs = await longestBlock(async () => {
        // All of them are requested.
        assert.equal((await list(5_000, never)).jobs.length, Math.min(5_000, count));
      });
      assert.ok(blockedMs < 50, `blocked for ${Math.round(blockedMs)} ms`);
    });
});
