import assert from 'node:assert/strict';
import { createAxiosHttp } from '../../../src/http/axiosHttp.js';
import { NoResponseError } from '../../../src/http/networkErrors.js';
import { systemClock } from '../../../src/lib/node/systemClock.js';
import { fakeClock } from '../../fakes/clock.js';
import {
  errorOf,
  hastyClock,
  httpServer,
  never,
  rawServer,
  secret,
  unknownServer,
  type Serving,
} from './servers.js';

describe('axiosHttp without a response', () => {
  const servers: Serving[] = [];
  const started = async (serving: Promise<Serving>): Promise<Serving> => {
    servers.push(await serving);
    return serving;
  };
  afterEach(() => {
    for (const server of servers.splice(0)) server.end();
  });

  const http = createAxiosHttp({ clock: hastyClock, plainLoopback: true });

  /** How a request fails, and whether it may have arrived. */
  const failure = async (
    url: string,
    reads: boolean,
    silenceMs = 20_000,
  ): Promise<readonly [string, boolean]> => {
    const headers = { Authorization: `Bearer ${secret}` };
    const asking = http.ask({ method: 'GET', url: `${url}?sig=${secret}`, headers, reads, silenceMs }, never);
    const { problem, cause } = await errorOf(asking);
    assert.ok(problem.kind === 'offline' && cause instanceof NoResponseError);
    return [problem.why, cause.mayHaveArrived];
  };

  it('reports that nothing arrived at a server with an untrusted certificate, and makes one attempt', async () => {
    let asks = 0;
    const server = await started(unknownServer(() => asks++));
    const told = await failure(server.url, true);
    assert.deepEqual(told, ['certificate not trusted by this machine', false]);
    assert.deepEqual([server.connections(), asks], [1, 0]);
  });

  it('reports that nothing arrived at a server without TLS, and makes one attempt', async () => {
    const server = await started(rawServer((socket) => socket.end('220 mail ready\r\n'), 'https'));
    assert.deepEqual(await failure(server.url, true), ['not a TLS server', false]);
    assert.equal(server.connections(), 1);
  });

  it('reports that nothing arrived if the connection closes, or times out, before TLS is established', async () => {
    const cut = await started(rawServer((socket) => socket.once('data', () => socket.destroy()), 'https'));
    assert.deepEqual(await failure(cut.url, false), ['connection closed', false]);
    const silent = await started(rawServer(() => undefined, 'https'));
    assert.deepEqual(await failure(silent.url, false, 60), ['timed out', false]);
  });

  it('reports that the request may have arrived once a connection was established', async () => {
    const cut = await started(rawServer((socket) => socket.once('data', () => socket.destroy())));
    assert.deepEqual(await failure(cut.url, false), ['connection closed', true]);
    const garbage = await started(
      rawServer((socket) => socket.once('data', () => socket.end('what?\r\n\r\n'))),
    );
    assert.deepEqual(await failure(garbage.url, true), ['not an HTTP server', true]);
    assert.equal(garbage.connections(), 1);
  });

  it('reports that the request may have arrived over a reused connection', async () => {
    let asks = 0;
    const server = await started(
      httpServer((request, response) => {
        if (++asks === 1) response.end('first');
        else request.socket.destroy();
      }),
    );
    await http.ask({ method: 'GET', url: server.url }, never);
    assert.deepEqual(await failure(server.url, false), ['connection closed', true]);
    assert.deepEqual([asks, server.connections()], [2, 1]);
  });

  it('makes four attempts if connections close, also during the response', async () => {
    for (const begin of ['', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf']) {
      const server = await started(rawServer((socket) => socket.once('data', () => socket.end(begin))));
      assert.equal((await failure(server.url, true))[0], 'connection closed');
      assert.equal(server.connections(), 4);
    }
  });

  it('makes one more attempt after a timeout, and no others', async () => {
    let asks = 0;
    const server = await started(httpServer(() => asks++));
    assert.deepEqual(await failure(server.url, true, 60), ['timed out', true]);
    assert.equal(asks, 2);
  });

  it('sends nothing and does not wait for an insecure URL', async () => {
    const clock = fakeClock();
    const strict = createAxiosHttp({ clock });
    const { cause } = await errorOf(
      strict.ask({ method: 'GET', url: 'http://127.0.0.1:1/', reads: true }, never),
    );
    assert.ok(cause instanceof NoResponseError && !cause.mayHaveArrived);
    assert.equal(clock.sleepers(), 0);
  });

  it('ends a read after ten minutes, even if data still arrives', async () => {
    const clock = fakeClock();
    const server = await started(
      httpServer((_, response) => {
        response.write('x');
      }),
    );
    const patient = createAxiosHttp({ clock, plainLoopback: true });
    const asking = errorOf(
      patient.ask({ method: 'GET', url: server.url, reads: true, silenceMs: 900_000 }, never),
    );
    const giveUp = new AbortController();
    const moving = (async () => {
      while (!giveUp.signal.aborted) {
        await clock.advance(100_000);
        await systemClock.sleep(5, never);
      }
    })();
    const { problem } = await asking;
    giveUp.abort();
    await moving;
    assert.ok(problem.kind === 'offline' && problem.why === 'timed out');
    assert.equal(server.connections(), 1);
  });

  it('does not wait for a server that requests more than a minute', async () => {
    let asks = 0;
    const server = await started(
      httpServer((_, response) => {
        asks++;
        response.writeHead(503, { 'Retry-After': '61' }).end('later');
      }),
    );
    const { status } = await http.ask({ method: 'GET', url: server.url, reads: true }, never);
    assert.deepEqual([status, asks], [503, 1]);
  });

  it('rejects a request that HTTP cannot send, and an invalid URL', async () => {
    const server = await started(httpServer((_, response) => response.end()));
    const odd = http.ask({ method: 'GET', url: server.url, headers: { 'X Odd': secret } }, never);
    assert.equal((await errorOf(odd)).problem.kind, 'invalid');
    assert.equal(
      (await errorOf(http.ask({ method: 'GET', url: `//${secret}` }, never))).problem.kind,
      'invalid',
    );
    assert.equal(server.connections(), 0);
  });
});
