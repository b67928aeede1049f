import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createAxiosHttp } from '../../../src/http/axiosHttp.js';
import { NoResponseError } from '../../../src/http/networkErrors.js';
import { isAbort } from '../../../src/core/domain/problem.js';
import { systemClock } from '../../../src/lib/node/systemClock.js';
import { fakeClock } from '../../fakes/clock.js';
import { errorOf } from './servers.js';

const never = new AbortController().signal;
const secret = 'eyJ-secret-token';

type Answering = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

describe('axiosHttp', () => {
  const servers: Server[] = [];
  const http = createAxiosHttp({ clock: systemClock, plainLoopback: true });

  /** A server on loopback, and the requests it received. */
  async function serving(answer: Answering): Promise<{ url: string; asked: IncomingMessage[] }> {
    const asked: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      asked.push(request);
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        answer(request, response, Buffer.concat(parts));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`, asked };
  }

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('adds only required headers to a request', async () => {
    const { url, asked } = await serving((_, response) => response.end('ok'));
    await http.ask({ method: 'PUT', url, body: Buffer.from('abc') }, never);
    const { accept, host, connection, ...rest } = asked[0]?.headers ?? {};
    assert.deepEqual(rest, { 'accept-encoding': 'identity', 'content-length': '3' });
    assert.ok(accept !== undefined && host !== undefined && connection !== undefined);
  });

  it('sends a body while it is read, with its exact length and unchanged', async () => {
    let got: Buffer = Buffer.alloc(0);
    const { url, asked } = await serving((_, response, body) => {
      got = body;
      response.end();
    });
    const part = Buffer.from('äb\r\nc\n'.repeat(20_000));
    const read = async function* (): AsyncGenerator<Uint8Array> {
      for (let n = 0; n < 10; n++) yield await Promise.resolve(part);
    };
    await http.ask({ method: 'PUT', url, body: { bytes: part.length * 10, read } }, never);
    const headers = asked[0]?.headers;
    assert.deepEqual(
      [headers?.['content-length'], headers?.['transfer-encoding']],
      [String(part.length * 10), undefined],
    );
    assert.ok(got.equals(Buffer.concat(Array<Buffer>(10).fill(part))));
  });

  it('returns a response for every status, and follows no redirect', async () => {
    const { url, asked } = await serving((_, response) => {
      response.writeHead(302, { Location: '/elsewhere' }).end('moved');
    });
    const answer = await http.ask({ method: 'GET', url }, never);
    assert.deepEqual(
      [answer.status, answer.headers['location'], answer.text, asked.length],
      [302, '/elsewhere', 'moved', 1],
    );
  });

  it('repeats a read after temporary statuses, and no other request', async () => {
    for (const [reads, expected] of [
      [true, 3],
      [false, 1],
    ] as const) {
      let count = 0;
      const { url } = await serving((_, response) => {
        response.writeHead(++count < 3 ? 503 : 200).end();
      });
      const clock = {
        now: () => new Date(),
        sleep: (ms: number, signal: AbortSignal) => systemClock.sleep(ms > 10_000 ? ms : 1, signal),
      };
      const quick = createAxiosHttp({ clock, plainLoopback: true });
      const { status } = await quick.ask({ method: 'GET', url, reads }, never);
      assert.deepEqual([status, count], [reads ? 200 : 503, expected]);
    }
  });

  it('waits as long as the server requests', async () => {
    const clock = fakeClock();
    let count = 0;
    const { url } = await serving((_, response) => {
      if (++count === 1) response.writeHead(429, { 'Retry-After': '7' }).end();
      else response.end('at last');
    });
    const asking = createAxiosHttp({ clock, plainLoopback: true }).ask(
      { method: 'GET', url, reads: true },
      never,
    );
    while (clock.sleepers() === 0 || count === 0) await systemClock.sleep(5, never);
    await systemClock.sleep(30, never);
    await clock.advance(6_900);
    assert.equal(count, 1);
    await clock.advance(200);
    assert.equal((await asking).text, 'at last');
  });

  it('reports a refused connection, and that nothing has arrived', async () => {
    const { url } = await serving(() => undefined);
    servers.splice(0).forEach((server) => server.close());
    const call = {
      method: 'POST',
      url: `${url}?signature=${secret}`,
      headers: { Authorization: `Bearer ${secret}` },
    } as const;
    const { problem, cause } = await errorOf(http.ask(call, never));
    assert.ok(problem.kind === 'offline' && problem.why === 'connection refused');
    assert.ok(cause instanceof NoResponseError && !cause.mayHaveArrived);
  });

  it('reports a timeout, and that the request may have arrived', async () => {
    const { url } = await serving(() => undefined);
    const call = {
      method: 'POST',
      url: `${url}?signature=${secret}`,
      silenceMs: 600,
      body: Buffer.from(secret),
    } as const;
    const { problem, cause } = await errorOf(http.ask(call, never));
    assert.ok(problem.kind === 'offline' && problem.why === 'timed out');
    assert.ok(cause instanceof NoResponseError && cause.mayHaveArrived);
  });

  it('does not time out a slow response while data arrives', async () => {
    const { url } = await serving((_, response) => {
      let left = 8;
      const more = (): void => {
        if (left-- > 0) {
          response.write('x');
          setTimeout(more, 30);
        } else response.end();
      };
      more();
    });
    assert.equal((await http.ask({ method: 'GET', url, silenceMs: 120 }, never)).text, 'x'.repeat(8));
  });

  it('detects a response that closes before its announced length', async () => {
    const server = createSocketServer((socket) => {
      socket.once('data', () => {
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
    const { body } = await http.open({ method: 'GET', url }, never);
    const reading = (async () => {
      for await (const _ of body) continue;
    })();
    assert.equal((await errorOf(reading)).problem.kind, 'offline');
    server.close();
  });

  it('stops immediately when aborted, before and during the response', async () => {
    const { url } = await serving((request, response) => {
      if (request.url === '/slow') response.write('begun');
    });
    const early = new AbortController();
    const waiting = http.ask({ method: 'GET', url }, early.signal);
    setTimeout(() => {
      early.abort();
    }, 20);
    await assert.rejects(waiting, isAbort);
    const late = new AbortController();
    const { body } = await http.open({ method: 'GET', url: `${url}slow` }, late.signal);
    const reading = (async () => {
      for await (const _ of body) late.abort();
    })();
    await assert.rejects(reading, isAbort);
    await assert.rejects(http.ask({ method: 'GET', url }, AbortSignal.abort()), isAbort);
  });

  it('connects without TLS only to this machine, and only if allowed', async () => {
    const { url, asked } = await serving((_, response) => response.end());
    const strict = createAxiosHttp({ clock: systemClock });
    assert.equal((await errorOf(strict.ask({ method: 'GET', url }, never))).problem.kind, 'offline');
    const other = http.ask({ method: 'GET', url: 'http://192.0.2.1/' }, never);
    assert.equal((await errorOf(other)).problem.kind, 'offline');
    assert.equal(asked.length, 0);
  });
});
