import assert from 'node:assert/strict';
import { createPortRequest, type PortRequestDeps } from '../../../../src/backends/juliahub/request.js';
import type { HttpRequest } from '../../../../src/http/http.js';
import type { PortRequest } from '../../../../src/core/domain/jobPort.js';
import { toJobId } from '../../../../src/core/domain/job.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { jobOf } from '../../../fakes/jobs.js';

const never = new AbortController().signal;
const id = toJobId('jr-xf4tslavut');
const get: PortRequest = { method: 'GET', path: '/', headers: {} };

interface Answering {
  readonly status?: number;
  readonly parts?: readonly Uint8Array[];
  readonly endpoint?: string | undefined;
  readonly plainLoopback?: boolean;
  readonly fails?: JobError;
}

/** Requests to the port of a job, and what was sent. */
function start(about: Answering = {}) {
  const { status = 200, parts = [Buffer.from('success')], plainLoopback = false } = about;
  const endpoint = 'endpoint' in about ? about.endpoint : 'https://fit.launch.example.org/';
  const sent: HttpRequest[] = [];
  let read = 0;
  const http: PortRequestDeps['http'] = {
    ask: () => Promise.reject(new Error('not asked')),
    open: async (call) => {
      sent.push(call);
      if (about.fails) throw about.fails;
      const body = async function* (): AsyncGenerator<Uint8Array> {
        for (const part of parts) {
          read++;
          yield part;
        }
      };
      return { status, headers: { 'content-type': 'text/plain' }, body: body() };
    },
  };
  const request = createPortRequest({
    http,
    tokens: {
      getToken: () => Promise.resolve('secret'),
      refreshToken: () => Promise.reject(new Error('not renewed')),
    },
    job: async (one) =>
      one === id ? jobOf({ id, ...(endpoint === undefined ? {} : { endpoint }) }) : undefined,
    plainLoopback,
  });
  return {
    ask: (what: Partial<PortRequest> = {}) => request(id, { ...get, ...what }, never),
    request,
    sent,
    read: () => read,
  };
}

const kindOf = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => 'nothing went wrong',
    (reason: unknown) => reason,
  );
  return error instanceof JobError ? error.problem.kind : String(error);
};

describe('a request to the port of a JuliaHub job', () => {
  it("is sent to the job's own host with the user's token, and returns the program's response", async () => {
    const { ask, sent } = start();
    const answer = await ask({
      method: 'post',
      path: '/fit?full=1',
      headers: { Accept: 'text/plain' },
      body: '{"n": "ä"}',
    });
    assert.deepEqual(answer, { status: 200, headers: { 'content-type': 'text/plain' }, text: 'success' });
    const [call] = sent;
    assert.ok(call?.body instanceof Uint8Array);
    assert.equal(Buffer.from(call.body).toString(), '{"n": "ä"}');
    assert.deepEqual(
      { ...call, body: undefined, silenceMs: undefined },
      {
        method: 'POST',
        url: 'https://fit.launch.example.org/fit?full=1',
        headers: { Accept: 'text/plain', Authorization: 'Bearer secret' },
        body: undefined,
        silenceMs: undefined,
      },
    );
  });

  it('is never repeated, whatever the response', async () => {
    for (const status of [200, 302, 401, 404, 500, 503]) {
      const { ask, sent } = start({ status });
      assert.equal((await ask()).status, status);
      assert.equal(sent.length, 1);
      assert.ok(!sent[0]?.reads);
    }
  });

  it('reports once that the program does not listen yet if the proxy responds instead', async () => {
    const { ask, sent } = start({ status: 502 });
    await assert.rejects(ask(), { problem: { kind: 'notListening', name: 'fit.jl' } });
    assert.equal(sent.length, 1);
  });

  it('sends only one token, and no other host', async () => {
    const { ask, sent } = start();
    await ask({
      headers: { authorization: 'Basic x', AUTHORIZATION: 'y', Host: 'evil.example.org', X: '1' },
    });
    assert.deepEqual(sent[0]?.headers, { X: '1', Authorization: 'Bearer secret' });
  });

  const ports: readonly (readonly [string | undefined, boolean, string | undefined])[] = [
    ['https://a.example.org', false, 'https://a.example.org/'],
    ['https://a.example.org:8443/', false, 'https://a.example.org:8443/'],
    ['http://127.0.0.1:4000/', true, 'http://127.0.0.1:4000/'],
    ['http://[::1]:4000/', true, 'http://[::1]:4000/'],
    ['http://127.0.0.1:4000/', false, undefined],
    ['http://a.example.org/', true, undefined],
    ['https://a.example.org/app/', false, undefined],
    ['https://a.example.org/?x=1', false, undefined],
    ['https://a.example.org/#x', false, undefined],
    ['https://user:password@a.example.org/', false, undefined],
    ['file:///etc/passwd', true, undefined],
    ['nonsense', false, undefined],
    ['', false, undefined],
    [undefined, false, undefined],
  ];
  for (const [endpoint, plainLoopback, url] of ports) {
    it(`${url === undefined ? 'sends nothing' : 'is sent'} if the port is at ${endpoint ?? 'nowhere'}${plainLoopback ? ' (plain loopback allowed)' : ''}`, async () => {
      const { ask, sent } = start({ endpoint, plainLoopback });
      if (url === undefined) {
        await assert.rejects(ask(), { problem: { kind: 'invalid', why: 'fit.jl has not opened a port.' } });
        assert.deepEqual(sent, []);
      } else {
        await ask();
        assert.equal(sent[0]?.url, url);
      }
    });
  }

  it('sends no token to another host, whatever the path', async () => {
    for (const path of ['@evil.example.org/', '.evil.example.org/', ':80@evil.example.org/', 'x', '']) {
      const { ask, sent } = start();
      assert.equal(await kindOf(ask({ path })), 'invalid');
      assert.deepEqual(sent, []);
    }
    for (const path of ['//evil.example.org/', '/\\evil.example.org', '/@evil.example.org', '/../../x']) {
      const { ask, sent } = start();
      await ask({ path });
      assert.equal(new URL(sent[0]?.url ?? '').host, 'fit.launch.example.org');
    }
  });

  it('rejects a method that HTTP does not have', async () => {
    const { ask, sent } = start();
    assert.equal(await kindOf(ask({ method: 'BREW' })), 'invalid');
    assert.deepEqual(sent, []);
  });

  it('reports that the job does not exist, and rethrows that the server is unreachable', async () => {
    const { request } = start();
    assert.equal(await kindOf(request(toJobId('jr-other'), get, never)), 'gone');
    const offline = new JobError({ kind: 'offline', place: 'x', why: 'no route' });
    assert.equal(await kindOf(start({ fails: offline }).ask()), 'offline');
  });

  it('returns a long response up to one mebibyte, marks it as truncated, and reads no more of it', async () => {
    const { ask, read } = start({ parts: Array.from({ length: 100 }, () => Buffer.alloc(100_000, 'x')) });
    const { text, isTruncated: cut } = await ask();
    assert.equal(text.length, 2 ** 20);
    assert.equal(cut, true);
    assert.equal(read(), 11);
  });

  it('joins a character that arrives in two parts', async () => {
    const letter = Buffer.from('ä');
    const { ask } = start({ parts: [letter.subarray(0, 1), letter.subarray(1)] });
    assert.deepEqual(await ask(), { status: 200, headers: { 'content-type': 'text/plain' }, text: 'ä' });
  });
});
