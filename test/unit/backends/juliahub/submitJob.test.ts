import assert from 'node:assert/strict';
import type { ServerCall } from '../../../../src/backends/juliahub/serverCalls.js';
import { submitJob } from '../../../../src/backends/juliahub/submitJob.js';
import { JobError, type JobProblem } from '../../../../src/core/domain/problem.js';

const never = new AbortController().signal;
const node = { nodeClass: 'm6', gpu: false, cpus: 4, memory: 16, price: 0.33, description: '', display: '4' };
const script = { kind: 'script', script: { name: 'a.jl', text: 'a' } } as const;
const asked = { name: 'fit', args: [], env: {}, options: {} };

/** Submits to a server with this response; returns the requests. */
async function submitted(
  text: string,
): Promise<{ readonly id: string; readonly calls: readonly ServerCall[] }> {
  const calls: ServerCall[] = [];
  const id = await submitJob(
    script,
    asked,
    { node },
    {
      calls: {
        place: 'JuliaHub',
        send: (call) => {
          calls.push(call);
          return Promise.resolve({ status: 200, headers: {}, text });
        },
        openStream: () => assert.fail('nothing is opened'),
        openSocket: () => assert.fail('nothing is listened to'),
      },
      http: { ask: () => assert.fail('no store'), open: () => assert.fail('no store') },
    },
    never,
  );
  return { id, calls };
}

// Source: docs/protocols/juliahub.md, 3.4, the table of responses.
describe('the response to a submission', () => {
  it('returns the id of the job, whatever else it contains', async () => {
    const { id, calls } = await submitted('{"success":true,"message":"","jobname":"jr-1","more":[]}');
    assert.equal(id, 'jr-1');
    assert.deepEqual(
      calls.map(({ method, path, reads }) => [method, path.join('/'), reads]),
      [['POST', 'juliaruncloud/submit_job', undefined]],
    );
  });

  for (const [text, problem] of [
    ['{"success":false,"message":"No."}', { kind: 'refused', place: 'JuliaHub', words: 'No.' }],
    ['{"success":false}', { kind: 'refused', place: 'JuliaHub', words: 'no reason was given' }],
    [
      '{"success":false,"message":{"a":1}}',
      { kind: 'refused', place: 'JuliaHub', words: 'no reason was given' },
    ],
    ['{"message":"","jobname":"jr-1"}', { kind: 'unclearSubmit', place: 'JuliaHub' }],
    ['{"success":true,"message":""}', { kind: 'unclearSubmit', place: 'JuliaHub' }],
    ['{"success":true,"jobname":""}', { kind: 'unclearSubmit', place: 'JuliaHub' }],
    ['{"success":true,"jobname":7}', { kind: 'unclearSubmit', place: 'JuliaHub' }],
    ['{"success":"true","jobname":"jr-1"}', { kind: 'unclearSubmit', place: 'JuliaHub' }],
    ['[]', { kind: 'unclearSubmit', place: 'JuliaHub' }],
    ['', { kind: 'unclearSubmit', place: 'JuliaHub' }],
  ] satisfies readonly (readonly [string, JobProblem])[])
    it(`is ${problem.kind} for ${text}`, async () => {
      await assert.rejects(submitted(text), (error) => {
        assert.ok(error instanceof JobError);
        assert.deepEqual(error.problem, problem);
        return true;
      });
    });
});
