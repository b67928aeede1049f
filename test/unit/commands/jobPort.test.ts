import assert from 'node:assert/strict';
import { openPage, openPort, sendRequest } from '../../../src/commands/jobPort.js';
import type { PortResponse, PortRequest } from '../../../src/core/domain/jobPort.js';
import type { Job } from '../../../src/core/domain/job.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { backendOf, completed, jobOf, type FakeMembers } from '../../fakes/jobs.js';
import { goesBack, keeps, leaves, picks, presses, scriptedUi, types, type Expected } from '../../fakes/ui.js';

const endpoint = 'https://abcde.apps.example.org/';
const method = 'Request to fit.jl: Method';
const path = 'Request to fit.jl: Path';
const body = 'Request to fit.jl: Body';
const notListening = new JobError({ kind: 'notListening', name: 'fit.jl' });

const answerOf = (members: Partial<PortResponse> = {}): PortResponse => ({
  status: 200,
  headers: { 'content-type': 'text/plain' },
  text: 'hello\n',
  ...members,
});

/** A job with a port that returns these responses in order, the last one repeatedly. */
function listening(...given: readonly (PortResponse | Error)[]) {
  const queue = [...given];
  let last: PortResponse | Error = answerOf();
  const sent: PortRequest[] = [];
  const backend = backendOf({
    request: (_id, request) => {
      sent.push(request);
      last = queue.shift() ?? last;
      return last instanceof Error ? Promise.reject(last) : Promise.resolve(last);
    },
  });
  const facts = new Map<string, unknown>();
  const send = async (...script: readonly Expected[]) => {
    const { ui, seen } = scriptedUi(...script);
    const ports = portsOf({ ui, jobs: [{ backend, job: jobOf({ endpoint }) }], facts });
    await sendRequest(['local/j1'], ports);
    assert.deepEqual(seen.left(), []);
    return seen;
  };
  return { sent, facts, send };
}

describe('sendRequest', () => {
  it('prompts for method and path, sends the request once, and shows the response', async () => {
    const { sent, send } = listening();
    const seen = await send(keeps(method), types(path, '/status?full=true'));
    assert.deepEqual(sent, [{ method: 'GET', path: '/status?full=true', headers: {} }]);
    assert.deepEqual(seen.papers, [
      {
        title: 'Response from fit.jl (j1).txt',
        about: 'local/j1',
        text: 'GET /status?full=true → 200\ncontent-type: text/plain\n\nhello\n',
      },
    ]);
    assert.deepEqual(
      seen.steps.map(({ step, of, canGoBack }) => [step, of, canGoBack]),
      [
        [1, 2, false],
        [2, 2, true],
      ],
    );
  });

  it('formats JSON, reports that there is more, and shows an error response like any other', async () => {
    const { send } = listening(
      answerOf({ status: 500, headers: {}, text: '{"a":[1,2]}', isTruncated: true }),
    );
    const seen = await send(keeps(method), keeps(path));
    assert.equal(
      seen.papers[0]?.text,
      'GET / → 500\n\n\n{\n  "a": [\n    1,\n    2\n  ]\n}\n\n── truncated ──\n',
    );
  });

  it('accepts only valid request paths', async () => {
    const { send } = listening();
    const seen = await send(keeps(method), types(path, '', 'status', '/a b', '/a\nHost: b', '/ok'));
    assert.equal(seen.complaints.length, 4);
  });

  for (const name of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    it(`prompts for a body with ${name}`, async () => {
      const { sent, send } = listening();
      const seen = await send(picks(method, name), types(path, '/'), types(body, '{"n": 1}'));
      assert.deepEqual(sent, [
        { method: name, path: '/', headers: { 'Content-Type': 'application/json' }, body: '{"n": 1}' },
      ]);
      assert.deepEqual(
        seen.steps.map(({ of }) => of),
        [2, 3, 3],
      );
    });
  }

  for (const name of ['GET', 'HEAD', 'OPTIONS']) {
    it(`sends no body with ${name}`, async () => {
      const { sent, send } = listening();
      await send(picks(method, name), keeps(path));
      assert.deepEqual(sent, [{ method: name, path: '/', headers: {} }]);
    });
  }

  it('sends a body that is not JSON as text', async () => {
    const { sent, send } = listening();
    await send(picks(method, 'POST'), keeps(path), types(body, 'n=1'));
    assert.equal(sent[0]?.headers['Content-Type'], 'text/plain; charset=utf-8');
  });

  it('sends no body if the method was changed to one without', async () => {
    const { sent, send } = listening();
    await send(
      picks(method, 'POST'),
      keeps(path),
      goesBack(body),
      goesBack(path),
      picks(method, 'GET'),
      keeps(path),
    );
    assert.deepEqual(sent, [{ method: 'GET', path: '/', headers: {} }]);
  });

  it('starts with the last method and path, but without the last body', async () => {
    const { facts, send } = listening();
    await send(picks(method, 'POST'), types(path, '/predict'), types(body, 'my secret'));
    assert.ok(!JSON.stringify([...facts]).includes('my secret'));
    const seen = await send(keeps(method), keeps(path), leaves(body));
    assert.equal(seen.steps[0]?.labels[0], 'POST');
    assert.deepEqual(
      seen.steps.slice(1).map(({ field }) => field?.initial),
      ['/predict', ''],
    );
  });

  it('stores no secret of a path', async () => {
    for (const secret of [
      '/data?key=hunter2',
      '/token=hunter2/data',
      '/x#access_token=hunter2',
      '/go/https://a:hunter2@b',
    ]) {
      const { sent, facts, send } = listening();
      await send(keeps(method), types(path, secret));
      assert.equal(sent[0]?.path, secret);
      assert.ok(!JSON.stringify([...facts]).includes('hunter2'), secret);
    }
  });

  it('ignores stored input in another format', async () => {
    for (const value of [3, { method: 'TRACE', path: 4 }, { method: ['GET'] }]) {
      const { facts, send } = listening();
      facts.set('request:local/j1', value);
      const seen = await send(keeps(method), leaves(path));
      assert.deepEqual([seen.steps[0]?.labels[0], seen.steps[1]?.field?.initial], ['GET', '/']);
    }
  });

  it('sends nothing if it is dismissed', async () => {
    const { sent, facts, send } = listening();
    await send(leaves(method));
    await send(keeps(method), leaves(path));
    assert.deepEqual([sent, [...facts]], [[], []]);
  });
});

describe('sendRequest to a program that does not listen yet', () => {
  it('sends again only if the user confirms it', async () => {
    const { sent, send } = listening(notListening, notListening, answerOf());
    const again = presses(/is not listening on its port yet/, 'Try Again');
    const seen = await send(keeps(method), keeps(path), again, again);
    assert.equal(sent.length, 3);
    assert.equal(seen.papers.length, 1);
    assert.equal(seen.told.length, 2);
  });

  it('returns without a message if the user dismisses it', async () => {
    const { sent, send } = listening(notListening);
    const seen = await send(keeps(method), keeps(path));
    assert.deepEqual([sent.length, seen.papers.length, seen.told.length], [1, 0, 1]);
  });

  it('sends nothing again after any other failure', async () => {
    const problem = { kind: 'offline', place: 'Hub', why: 'no response' } as const;
    const { sent, send } = listening(new JobError(problem));
    await assert.rejects(send(keeps(method), keeps(path)), { problem });
    assert.equal(sent.length, 1);
  });
});

describe('openPort and openPage', () => {
  const opening = async (open: typeof openPort, job: Partial<Omit<Job, 'id'>>, members: FakeMembers = {}) => {
    const { ui, seen } = scriptedUi();
    await open(['local/j1'], portsOf({ ui, jobs: [{ backend: backendOf(members), job: jobOf(job) }] }));
    return seen;
  };

  it('open the port of a job, or its page, in the browser', async () => {
    const page = 'https://hub.example.org/jobs/1';
    assert.deepEqual((await opening(openPort, { endpoint, page })).browsed, [endpoint]);
    assert.deepEqual((await opening(openPage, { endpoint, page, state: completed })).browsed, [page]);
  });

  it('report that there is none, or that it is gone', async () => {
    for (const seen of [
      await opening(openPort, {}),
      await opening(openPort, { endpoint, state: completed }),
      await opening(openPage, {}),
    ]) {
      assert.deepEqual(seen.browsed, []);
      assert.match(seen.told[0]?.text ?? '', /Not available while fit\.jl is (running|completed)/);
    }
  });
});
