import assert from 'node:assert/strict';
import {
  parseApplicationId,
  parseInputs,
  parseJuliaHubJob,
  toJuliaHubState,
} from '../../../../src/backends/juliahub/parseJob.js';
import type { Job } from '../../../../src/core/domain/job.js';

/** The job of docs/protocols/juliahub.md, 2.3, with these changes. */
const told = (change: object = {}): object => ({
  id: 8161,
  jobname: 'jr-xf4tslavut',
  jobname_alias: 'pi estimate',
  status: 'Completed',
  submittimestamp: '2026-03-15T07:56:50.974+00:00',
  starttimestamp: '2026-03-15T07:58:12.251+00:00',
  endtimestamp: '2026-03-15T08:01:59.000+00:00',
  inputs: '{"jobname":"pi estimate","n":"1000"}',
  outputs: '{"pi": 3.14159}',
  proxy_link: '',
  limit_type: 'time',
  sysimage_build: false,
  files: [],
  ...change,
});

function read(change: object = {}, plainLoopback = false): Job {
  const job = parseJuliaHubJob(told(change), plainLoopback);
  assert.ok(!('malformed' in job));
  return job;
}

describe('parsing a JuliaHub job', () => {
  it('reads all properties, and retains the raw record', () => {
    const raw = told();
    assert.deepEqual(parseJuliaHubJob(raw, false), {
      id: 'jr-xf4tslavut',
      name: 'pi estimate',
      state: { kind: 'ended', word: 'Completed', outcome: 'completed' },
      submitted: new Date('2026-03-15T07:56:50.974Z'),
      started: new Date('2026-03-15T07:58:12.251Z'),
      ended: new Date('2026-03-15T08:01:59Z'),
      isLimited: true,
      resources: [],
      inputs: { n: '1000' },
      results: '{"pi": 3.14159}',
      files: [],
      raw,
    });
  });

  it('returns only the name if all other properties are null, missing or of another type', () => {
    const empty = {
      id: 'jr-1',
      name: 'jr-1',
      state: toJuliaHubState(''),
      resources: [],
      inputs: {},
      files: [],
    };
    for (const value of [null, undefined, 7, {}, []]) {
      const names = Object.keys(told()).filter((name) => name !== 'jobname');
      const raw = { jobname: 'jr-1', ...Object.fromEntries(names.map((name) => [name, value])) };
      assert.deepEqual(parseJuliaHubJob(raw, false), { ...empty, raw });
    }
    assert.deepEqual(parseJuliaHubJob({ jobname: 'jr-1' }, false), { ...empty, raw: { jobname: 'jr-1' } });
  });

  it('rejects a job without a name', () => {
    for (const outside of [null, 7, [], {}, told({ jobname: null }), told({ jobname: '' })])
      assert.ok('malformed' in parseJuliaHubJob(outside, false));
  });

  it('uses its alias as the name, else the name among its inputs, else its id', () => {
    assert.equal(read().name, 'pi estimate');
    assert.equal(read({ jobname_alias: ' ' }).name, 'pi estimate');
    assert.equal(read({ jobname_alias: null, inputs: '{"jobname":"other"}' }).name, 'other');
    assert.equal(read({ jobname_alias: null, inputs: null }).name, 'jr-xf4tslavut');
  });

  for (const [word, state] of [
    ['SubmitInitialized', { kind: 'queued' }],
    ['Submitted', { kind: 'queued' }],
    ['Pending', { kind: 'queued' }],
    ['Running', { kind: 'running' }],
    ['Completed', { kind: 'ended', outcome: 'completed' }],
    ['Failed', { kind: 'ended', outcome: 'failed' }],
    ['Stopped', { kind: 'ended', outcome: 'stopped' }],
    ['running', { kind: 'unknown' }],
    ['Hibernating', { kind: 'unknown' }],
    ['toString', { kind: 'unknown' }],
  ] as const)
    it(`returns ${state.kind} for the status ${word}`, () => {
      assert.deepEqual(read({ status: word }).state, { ...state, word });
    });

  it('accepts times with any number of digits, with or without a zone, and ignores invalid ones', () => {
    const submitted = (text: unknown): string | undefined =>
      read({ submittimestamp: text }).submitted?.toISOString();
    assert.equal(submitted('2026-03-15T07:56:50+00:00'), '2026-03-15T07:56:50.000Z');
    assert.equal(submitted('2026-03-15T07:56:50.9+01:00'), '2026-03-15T06:56:50.900Z');
    assert.equal(submitted('2026-03-15T07:56:50.953077+00:00'), '2026-03-15T07:56:50.953Z');
    assert.equal(submitted('2026-03-15T07:56:50'), '2026-03-15T07:56:50.000Z');
    for (const none of [null, '', 'yesterday', 1_742_014_471_000]) assert.equal(submitted(none), undefined);
  });

  it('ignores an end time before the job has finished', () => {
    assert.equal(read({ status: 'Running' }).ended, undefined);
  });

  it('returns the address of its port if it is only a host over TLS', () => {
    const endpoint = (link: string, plain = false): string | undefined =>
      read({ proxy_link: link }, plain).endpoint;
    assert.equal(endpoint('https://abc.launch.juliahub.app/'), 'https://abc.launch.juliahub.app/');
    assert.equal(endpoint('https://abc.launch.juliahub.app'), 'https://abc.launch.juliahub.app/');
    for (const other of [
      '',
      'none',
      'http://abc.launch.juliahub.app/',
      'https://abc.example.org/notebook',
      'https://abc.example.org/?a=b',
      'https://abc.example.org/#a',
      'https://me:pw@abc.example.org/',
      'http://127.0.0.1:8080/',
    ])
      assert.equal(endpoint(other), undefined, other);
    assert.equal(endpoint('http://127.0.0.1:8080/', true), 'http://127.0.0.1:8080/');
  });

  it('returns the name of its code file among the inputs', () => {
    const files = [
      { name: 'Project.toml', type: 'input' },
      { name: 'code.jl', type: 'source' },
      { name: 'code.jl', type: 'input' },
    ];
    assert.equal(read({ files }).script, 'code.jl');
    assert.equal(read({ files: [] }).script, undefined);
  });
});

describe('the inputs of a JuliaHub job', () => {
  const inputs = { n: '1000', path: 'C:\\new', 'a "b"': 'line\nline', e: '\u00e9' };
  const once = JSON.stringify(inputs);

  it('are parsed whether they are escaped once or twice', () => {
    assert.deepEqual(parseInputs(once), inputs);
    assert.deepEqual(parseInputs(JSON.stringify(once).slice(1, -1)), inputs);
  });

  it('are texts, even if the server returns numbers', () => {
    assert.deepEqual(parseInputs('{"n":1000,"list":[1,2],"no":null,"yes":true}'), {
      n: '1000',
      list: '[1,2]',
      no: 'null',
      yes: 'true',
    });
  });

  it('are shown unchanged if they are not an object', () => {
    assert.deepEqual(parseInputs(''), {});
    for (const text of ['nonsense', '[1]', '7', '{"a":'])
      assert.deepEqual(parseInputs(text), { inputs: text });
  });

  it('can have the name of a property of all objects', () => {
    assert.deepEqual(Object.entries(parseInputs('{"toString":"a","constructor":"b"}')), [
      ['toString', 'a'],
      ['constructor', 'b'],
    ]);
  });
});

describe('the application of a JuliaHub job', () => {
  for (const [inputs, identity] of [
    ['{"jobname":"a","jr_uuid":"pluto"}', 'pluto'],
    ['{\\"jr_uuid\\":\\"pluto\\"}', 'pluto'],
    ['{"jr_uuid":""}', undefined],
    ['{"n":"1"}', undefined],
    ['nonsense', undefined],
    [null, undefined],
  ] as const)
    it(`is ${String(identity)} in ${String(inputs)}`, () => {
      assert.equal(parseApplicationId(told({ inputs })), identity);
    });

  it('is undefined for a value that is not a job', () => {
    assert.equal(parseApplicationId(7), undefined);
  });
});
