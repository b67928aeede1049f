import assert from 'node:assert/strict';
import type { ServerCall, TokenSource } from '../../../../src/backends/juliahub/serverCalls.js';
import { createServerCalls } from '../../../../src/backends/juliahub/createServerCalls.js';
import type { HttpResponse, HttpRequest, HttpClient, StreamingResponse } from '../../../../src/http/http.js';
import { NoResponseError } from '../../../../src/http/networkErrors.js';
import { HandshakeError } from '../../../../src/http/webSocketClient.js';
import { JobError } from '../../../../src/core/domain/problem.js';

const never = new AbortController().signal;
const base = 'https://hub.example/base';

/** A response as specified by a test. */
interface Given {
  readonly status: number;
  readonly location?: string;
  readonly text?: string;
  /** The error thrown while its body is read. */
  readonly breaks?: JobError;
}

const offline = (place: string): JobError =>
  new JobError({ kind: 'offline', place, why: 'connection closed' });

/**
 * A server that responds to each request in turn, and the requests; `dropped`: responses that were not read
 * to their end.
 */
function world(given: (call: HttpRequest, index: number) => Given | JobError, socketStatus?: number) {
  const asked: HttpRequest[] = [];
  const dropped: number[] = [];
  const refused: string[] = [];
  const next = (call: HttpRequest): Given => {
    const answer = given(call, asked.push(call) - 1);
    if (answer instanceof JobError) throw answer;
    return answer;
  };
  const headersOf = ({ location }: Given): HttpResponse['headers'] =>
    location === undefined ? {} : { location };
  const http: HttpClient = {
    ask: async (call) => {
      const answer = await Promise.resolve(next(call));
      return { status: answer.status, headers: headersOf(answer), text: answer.text ?? 'text' };
    },
    open: async (call): Promise<StreamingResponse> => {
      const answer = await Promise.resolve(next(call));
      const index = asked.length - 1;
      const parts = [Buffer.from(answer.text ?? 'text')];
      const iterator: AsyncIterator<Uint8Array> = {
        next: () => {
          if (answer.breaks) return Promise.reject(answer.breaks);
          const value = parts.shift();
          return Promise.resolve(value ? { done: false, value } : { done: true, value: undefined });
        },
        return: () => {
          dropped.push(index);
          return Promise.resolve({ done: true, value: undefined });
        },
      };
      return {
        status: answer.status,
        headers: headersOf(answer),
        body: { [Symbol.asyncIterator]: () => iterator },
      };
    },
  };
  const tokens: { -readonly [Name in keyof TokenSource]: TokenSource[Name] } = {
    getToken: () => Promise.resolve('t0'),
    refreshToken: (token) => {
      refused.push(token);
      return Promise.resolve(`t${refused.length}`);
    },
  };
  const listened: string[] = [];
  const calls = createServerCalls({
    place: 'Hub',
    base,
    http,
    sockets: {
      listen: async function* (url, headers) {
        listened.push(`${url} ${headers['Authorization'] ?? ''}`);
        if (socketStatus !== undefined)
          throw new JobError(offline('hub.example').problem, { cause: new HandshakeError(socketStatus) });
        yield await Promise.resolve('hello');
        throw new JobError(offline('hub.example').problem, { cause: new HandshakeError(404) });
      },
    },
    tokens,
    plainLoopback: false,
  });
  return { calls, asked, dropped, refused, listened, tokens };
}

const get = (...path: readonly string[]): ServerCall => ({ method: 'GET', path, reads: true });

const bearers = (asked: readonly HttpRequest[]): readonly (string | undefined)[] =>
  asked.map(({ headers }) => headers?.['Authorization']);

async function problemOf(work: Promise<unknown>): Promise<JobError['problem']> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof JobError, String(error));
  return error.problem;
}

async function textOf({ body }: StreamingResponse): Promise<string> {
  let text = '';
  for await (const part of body) text += Buffer.from(part).toString();
  return text;
}

describe('serverCalls', () => {
  it('retains the base path and encodes each component separately', async () => {
    const { calls, asked } = world(() => ({ status: 200 }));
    const query = { filetype: 'a&b c', more: 'ü' };
    await calls.send({ ...get('jobs', 'jr-1', 'files', 'out/é #?%2e..x'), query }, never);
    assert.equal(
      asked[0]?.url,
      `${base}/jobs/jr-1/files/out%2F%C3%A9%20%23%3F%252e..x?filetype=a%26b+c&more=%C3%BC`,
    );
  });

  it('sends no request for a name that would change the path', async () => {
    const { calls, asked, listened } = world(() => ({ status: 200 }));
    for (const name of ['', '.', '..', '\ud800']) {
      const expected = { kind: 'unsafeName', name };
      assert.deepEqual(await problemOf(calls.send(get('jobs', 'jr-1', 'files', name), never)), expected);
      assert.deepEqual(await problemOf(calls.openStream(get('jobs', name, 'files', 'a'), never)), expected);
      const listening = calls.openSocket(['ws', name], {}, never)[Symbol.asyncIterator]();
      assert.deepEqual(await problemOf(listening.next()), expected);
    }
    assert.deepEqual([asked, listened], [[], []]);
  });

  it('adds the headers of Hasura only where they are required', async () => {
    const { calls, asked } = world(() => ({ status: 200 }));
    for (const path of [
      ['api', 'rest', 'jobs'],
      ['v1', 'graphql'],
      ['api', 'v1'],
      ['juliaruncloud', 'get_logs'],
    ])
      await calls.send(get(...path), never);
    const hasura = asked.map(({ headers }) => [
      headers?.['X-Hasura-Role'],
      headers?.['X-JuliaHub-Ensure-JS'],
    ]);
    const none = [undefined, undefined];
    assert.deepEqual(hasura, [['jhuser', 'true'], ['jhuser', 'true'], none, none]);
    assert.deepEqual(bearers(asked), Array(4).fill('Bearer t0'));
  });

  it('repeats a read once with another token, and discards the refusal', async () => {
    const { calls, asked, dropped, refused } = world((_, index) => ({ status: index === 0 ? 401 : 200 }));
    const answer = await calls.openStream(get('a'), never);
    assert.deepEqual(dropped, [0]);
    assert.equal(await textOf(answer), 'text');
    assert.deepEqual([bearers(asked), refused], [['Bearer t0', 'Bearer t1'], ['t0']]);
  });

  it('treats a second refusal as an expired sign-in, and discards both', async () => {
    const { calls, asked, dropped, refused } = world(() => ({ status: 401 }));
    assert.deepEqual(await problemOf(calls.openStream(get('a'), never)), { kind: 'signedOut', place: 'Hub' });
    assert.deepEqual([asked.length, dropped, refused], [2, [0, 1], ['t0', 't1']]);
  });

  for (const call of [
    { method: 'POST', path: ['juliaruncloud', 'submit_job'], body: Buffer.from('a job') },
    { method: 'POST', path: ['juliaruncloud', 'extend_job_time_limit'], body: Buffer.from('{}') },
    { method: 'GET', path: ['juliaruncloud', 'kill_job'] },
  ] satisfies readonly ServerCall[]) {
    const name = call.path.join('/');
    it(`repeats ${name} once after a 401, with a renewed token and the same body`, async () => {
      const { calls, asked, refused } = world((_, index) => ({ status: index === 0 ? 401 : 200 }));
      assert.equal((await calls.send(call, never)).status, 200);
      assert.deepEqual([bearers(asked), refused], [['Bearer t0', 'Bearer t1'], ['t0']]);
      assert.deepEqual(asked[0]?.body, asked[1]?.body);
    });

    it(`does not repeat ${name} a second time`, async () => {
      const { calls, asked, refused } = world(() => ({ status: 401 }));
      assert.deepEqual(await problemOf(calls.send(call, never)), { kind: 'signedOut', place: 'Hub' });
      assert.deepEqual([asked.length, refused], [2, ['t0', 't1']]);
    });

    for (const [status, text] of [
      [400, 'no'],
      [403, 'no'],
      [408, ''],
      [429, ''],
      [500, ''],
      [500, 'Invalid authentication'],
      [502, ''],
      [503, ''],
    ] as const)
      it(`does not repeat ${name} after ${status} ${text}`, async () => {
        const { calls, asked, refused } = world(() => ({ status, text }));
        assert.equal((await calls.send(call, never)).status, status);
        // The next request has another token if this one was the reason.
        assert.deepEqual([asked.length, refused], [1, text.startsWith('Invalid') ? ['t0'] : []]);
      });

    it(`does not repeat ${name} without a response`, async () => {
      const { calls, asked } = world(() => offline('hub.example'));
      assert.equal((await problemOf(calls.send(call, never))).kind, 'offline');
      assert.equal(asked.length, 1);
    });
  }

  it('reports that nothing was sent if the token cannot be renewed after a 401', async () => {
    const { calls, tokens } = world(() => ({ status: 401 }));
    tokens.refreshToken = () => Promise.reject(offline('Hub'));
    const error: unknown = await calls
      .send({ method: 'POST', path: ['submit'] }, never)
      .catch((e: unknown) => e);
    assert.ok(error instanceof JobError && error.cause instanceof NoResponseError);
    assert.equal(error.cause.mayHaveArrived, false);
  });

  for (const way of ['send', 'openStream'] as const)
    it(`renews the token for a read (${way}) that returns 500 and the text of an invalid token`, async () => {
      const { calls, asked, refused } = world((_, index) =>
        index === 0 ? { status: 500, text: 'Invalid authentication' } : { status: 200 },
      );
      assert.equal((await calls[way](get('a'), never)).status, 200);
      assert.deepEqual([bearers(asked), refused], [['Bearer t0', 'Bearer t1'], ['t0']]);
    });

  it('returns the words of a failure to the caller', async () => {
    const { calls, asked } = world(() => ({ status: 500, text: 'out of order' }));
    const answer = await calls.openStream(get('a'), never);
    assert.deepEqual([answer.status, await textOf(answer), asked.length], [500, 'out of order', 1]);
  });

  it('opens a socket once more with a renewed token after a 401', async () => {
    const { calls, listened, refused } = world(() => ({ status: 200 }), 401);
    const listening = calls.openSocket(['ws', 'x'], {}, never)[Symbol.asyncIterator]();
    assert.equal((await problemOf(listening.next())).kind, 'offline');
    assert.deepEqual(
      listened.map((one) => one.split(' ').at(-1)),
      ['t0', 't1'],
    );
    assert.deepEqual(refused, ['t0']);
  });

  it('follows redirects, with the token as long as they stay on the server', async () => {
    const ways = ['/base/b', 'https://store.example/c?sig=1', 'https://hub.example/base/d'];
    const { calls, asked, dropped } = world((_, index) => {
      const location = ways[index];
      return location === undefined ? { status: 200 } : { status: 302, location };
    });
    assert.equal(await textOf(await calls.openStream(get('a'), never)), 'text');
    const urls = [
      `${base}/a`,
      'https://hub.example/base/b',
      'https://store.example/c?sig=1',
      'https://hub.example/base/d',
    ];
    assert.deepEqual(
      asked.map(({ url }) => url),
      urls,
    );
    assert.deepEqual(bearers(asked), ['Bearer t0', 'Bearer t0', undefined, undefined]);
    assert.deepEqual(dropped, [0, 1, 2]);
  });

  it('treats another port, and the same host without TLS, as another server', async () => {
    const { calls, asked } = world((_, index) =>
      index === 0 ? { status: 307, location: 'https://user:word@hub.example:8443/a' } : { status: 200 },
    );
    await calls.openStream(get('a'), never);
    assert.deepEqual(bearers(asked), ['Bearer t0', undefined]);
    assert.equal(asked[1]?.url, 'https://hub.example:8443/a');
    const plain = world(() => ({ status: 302, location: 'http://hub.example/a' }));
    const problem = await problemOf(plain.calls.openStream(get('a'), never));
    assert.ok(problem.kind === 'offline' && problem.place === 'hub.example');
    assert.deepEqual([plain.asked.length, plain.dropped], [1, [0]]);
  });

  it('does not renew the token after a 401 from another host', async () => {
    const { calls, asked, refused, dropped } = world((_, index) =>
      index === 0 ? { status: 302, location: 'https://store.example/a' } : { status: 401 },
    );
    const answer = await calls.openStream(get('a'), never);
    assert.deepEqual([answer.status, asked.length, refused, dropped], [401, 2, [], [0]]);
  });

  it('follows at most three redirects, and none of requests that do more than read', async () => {
    const { calls, asked } = world(() => ({ status: 302, location: '/again' }));
    assert.equal((await calls.openStream(get('a'), never)).status, 302);
    assert.equal(asked.length, 4);
    assert.equal((await calls.openStream({ method: 'POST', path: ['a'] }, never)).status, 302);
    assert.equal((await calls.send(get('a'), never)).status, 302);
    assert.equal(asked.length, 6);
  });

  it('reports a redirect to an invalid URL as an unexpected response', async () => {
    const { calls } = world(() => ({ status: 302, location: 'https://' }));
    assert.deepEqual(await problemOf(calls.openStream(get('a'), never)), {
      kind: 'badAnswer',
      place: 'Hub',
      what: 'redirect',
    });
  });

  it("uses the user's name of the server in failures, including those within a body", async () => {
    const broken = world(() => offline('hub.example'));
    for (const work of [broken.calls.send(get('a'), never), broken.calls.openStream(get('a'), never)])
      assert.deepEqual(await problemOf(work), {
        kind: 'offline',
        place: 'Hub',
        why: 'connection closed',
      });
    const half = world(() => ({ status: 200, breaks: offline('hub.example') }));
    const problem = await problemOf(textOf(await half.calls.openStream(get('a'), never)));
    assert.ok(problem.kind === 'offline' && problem.place === 'Hub');
  });

  it("uses the other host's name if that host fails", async () => {
    for (const [second, reads] of [
      [offline('store.example'), false],
      [{ status: 200, breaks: offline('store.example') }, true],
    ] as const) {
      const { calls } = world((_, index) =>
        index === 0 ? { status: 302, location: 'https://store.example/a' } : second,
      );
      const opened = calls.openStream(get('a'), never);
      const problem = await problemOf(reads ? textOf(await opened) : opened);
      assert.ok(problem.kind === 'offline' && problem.place === 'store.example');
    }
  });

  it('lets the caller discard a body, even before its first part', async () => {
    const { calls, dropped } = world(() => ({ status: 200 }));
    const { body } = await calls.openStream(get('a'), never);
    await body[Symbol.asyncIterator]().return?.();
    assert.deepEqual(dropped, [0]);
  });

  it("sends the token in the handshake, and uses the user's name of the server in failures", async () => {
    const { calls, listened } = world(() => ({ status: 200 }));
    const heard: string[] = [];
    const listening = (async () => {
      for await (const text of calls.openSocket(['ws', 'stream_logs'], { jobname: 'jr 1' }, never))
        heard.push(text);
    })();
    const error: unknown = await listening.catch((thrown: unknown) => thrown);
    assert.ok(error instanceof JobError && error.problem.kind === 'offline' && error.problem.place === 'Hub');
    assert.ok(error.cause instanceof HandshakeError && error.cause.status === 404);
    assert.deepEqual(heard, ['hello']);
    assert.deepEqual(listened, ['wss://hub.example/base/ws/stream_logs?jobname=jr+1 Bearer t0']);
  });
});
