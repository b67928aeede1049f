import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { HandshakeError } from '../../../src/http/webSocketClient.js';
import { createWebSocketClient } from '../../../src/http/wsClient.js';
import { isAbort } from '../../../src/core/domain/problem.js';
import { systemClock } from '../../../src/lib/node/systemClock.js';
import { fakeClock } from '../../fakes/clock.js';
import { errorOf, never, rawServer, secret, until, type Serving } from './servers.js';

describe('wsSockets', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  const sockets = createWebSocketClient({ clock: systemClock, plainLoopback: true });

  /** A server of sockets; `refuses`: responds to each handshake with this status instead. */
  async function serving(
    met: (socket: WebSocket, request: IncomingMessage) => void,
    refuses?: number,
  ): Promise<{ readonly url: string; readonly asked: IncomingMessage[]; readonly clients: Set<WebSocket> }> {
    const asked: IncomingMessage[] = [];
    const server = createServer();
    const hub = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      asked.push(request);
      if (refuses === undefined)
        hub.handleUpgrade(request, socket, head, (client) => {
          client.on('error', () => undefined);
          met(client, request);
        });
      else socket.end(`HTTP/1.1 ${String(refuses)} No\r\nContent-Length: 0\r\n\r\n`);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => {
      for (const client of hub.clients) client.terminate();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    return { url: `ws://127.0.0.1:${String(port)}/ws/logs?jobname=${secret}`, asked, clients: hub.clients };
  }

  /** The received messages, and how they end: normally, or with the thrown error. */
  async function heard(url: string, given = sockets): Promise<readonly string[]> {
    const texts: string[] = [];
    for await (const text of given.listen(url, {}, never)) texts.push(text);
    return texts;
  }

  const raw = async (met: Parameters<typeof rawServer>[0], scheme: string): Promise<Serving> => {
    const server = await rawServer(met, scheme);
    ends.push(server.end);
    return server;
  };

  it('returns messages in order, including empty ones, and ends when the server closes', async () => {
    const { url } = await serving((socket) => {
      for (const text of ['one', '', 'zwei ä 🙂', '']) socket.send(text);
      socket.close(1000);
    });
    assert.deepEqual(await heard(url), ['one', '', 'zwei ä 🙂', '']);
  });

  it('sends its headers in the handshake', async () => {
    const { url, asked } = await serving((socket) => {
      socket.close();
    });
    for await (const _ of sockets.listen(url, { Authorization: `Bearer ${secret}` }, never)) assert.fail();
    assert.equal(asked[0]?.headers.authorization, `Bearer ${secret}`);
    assert.equal(asked[0].headers['sec-websocket-extensions'], undefined);
  });

  it('reports the status of a refused handshake', async () => {
    for (const status of [401, 404, 302]) {
      const { url, asked } = await serving(() => undefined, status);
      const { problem, cause } = await errorOf(heard(url));
      assert.ok(problem.kind === 'offline' && cause instanceof HandshakeError);
      assert.deepEqual([cause.status, asked.length], [status, 1]);
    }
  });

  it('reports a dropped connection after all earlier messages were returned', async () => {
    for (const drop of [
      (socket: WebSocket): void => {
        socket.terminate();
      },
      (socket: WebSocket): void => {
        socket.close(1001, 'going away');
      },
    ]) {
      const { url } = await serving((socket) => {
        socket.send('first', () => {
          drop(socket);
        });
      });
      const texts: string[] = [];
      const listening = (async () => {
        for await (const text of sockets.listen(url, {}, never)) texts.push(text);
      })();
      const { problem } = await errorOf(listening);
      assert.ok(problem.kind === 'offline' && problem.why === 'WebSocket closed');
      assert.deepEqual(texts, ['first']);
    }
  });

  it('reports a refused connection', async () => {
    const { url, end } = await rawServer(() => undefined, 'ws');
    end();
    const { problem } = await errorOf(heard(url));
    assert.ok(problem.kind === 'offline' && problem.why === 'connection refused');
  });

  it('stops immediately, in the handshake and between messages, and discards queued messages', async () => {
    const mute = await raw((socket) => socket.resume(), 'ws');
    const early = new AbortController();
    const waiting = sockets.listen(mute.url, {}, early.signal)[Symbol.asyncIterator]().next();
    await until(() => mute.connections() === 1, 'the handshake has begun');
    early.abort();
    await assert.rejects(waiting, isAbort);

    const { url, clients } = await serving((socket) => {
      for (let message = 0; message < 10; message++) socket.send(String(message));
    });
    const late = new AbortController();
    const texts: string[] = [];
    const listening = (async () => {
      for await (const text of sockets.listen(url, {}, late.signal)) {
        texts.push(text);
        await systemClock.sleep(20, never);
        late.abort();
      }
    })();
    await assert.rejects(listening, isAbort);
    assert.deepEqual(texts, ['0']);
    await until(() => clients.size === 0 && mute.open() === 0, 'both connections are closed');
    await assert.rejects(
      sockets.listen(url, {}, AbortSignal.abort())[Symbol.asyncIterator]().next(),
      isAbort,
    );
  });

  it('closes the connection, and waits for nothing more, when the reader stops', async () => {
    const clock = fakeClock();
    const { url, clients } = await serving((socket) => {
      socket.send('one');
    });
    const listening = createWebSocketClient({ clock, plainLoopback: true });
    for await (const _ of listening.listen(url, {}, never)) break;
    await until(() => clients.size === 0, 'the connection is closed');
    assert.equal(clock.sleepers(), 0);
  });

  it('treats a silent socket as dropped after its timeout, which each message and each ping restarts', async () => {
    const clock = fakeClock();
    let client: WebSocket | undefined;
    const { url } = await serving((socket) => {
      client = socket;
      socket.send('hello');
    });
    const iterator = createWebSocketClient({ clock, plainLoopback: true, silenceMs: 1_000 })
      .listen(url, {}, never)
      [Symbol.asyncIterator]();
    assert.equal((await iterator.next()).value, 'hello');
    const next = iterator.next();
    await clock.advance(900);
    client?.ping();
    await systemClock.sleep(30, never);
    await clock.advance(900);
    client?.send('');
    assert.deepEqual(await next, { done: false, value: '' });
    const dropped = errorOf(iterator.next());
    await clock.advance(1_100);
    const { problem } = await dropped;
    assert.ok(problem.kind === 'offline' && problem.why === 'timed out');
  });

  it('gives up after half a minute without a response to the handshake', async () => {
    const clock = fakeClock();
    const mute = await raw((socket) => socket.resume(), 'ws');
    const failing = errorOf(heard(mute.url, createWebSocketClient({ clock, plainLoopback: true })));
    await until(() => mute.connections() === 1, 'the handshake has begun');
    await clock.advance(31_000);
    const { problem } = await failing;
    assert.ok(problem.kind === 'offline' && problem.why === 'timed out');
    await until(() => mute.open() === 0, 'the connection is closed');
  });

  for (const [what, size, count] of [
    ['many messages', 2_000, 30_000],
    ['long messages', 1_000_000, 60],
  ] as const)
    it(`reads no more of ${what} than fits the queue while the reader waits, and loses none`, async () => {
      const clock = fakeClock();
      let sent = 0;
      const { url } = await serving((socket) => {
        const more = (): void => {
          if (sent === count) socket.close(1000);
          else
            socket.send(`${String(sent++)}:`.padEnd(size, '.'), () => {
              setImmediate(more);
            });
        };
        // The callback of a send runs once the system has accepted the data, so the backlog is in this
        // process or in the system.
        more();
      });
      const listening = createWebSocketClient({ clock, plainLoopback: true });
      const iterator = listening.listen(url, {}, never)[Symbol.asyncIterator]();
      assert.equal(String((await iterator.next()).value).slice(0, 2), '0:');
      let before = -1;
      while (before !== sent) {
        before = sent;
        await systemClock.sleep(150, never);
      }
      assert.ok(sent < count, 'the server was slowed down');
      await clock.advance(3_600_000);
      for (let number = 1; number < count; number++) {
        const { value } = (await iterator.next()) as { value: string };
        assert.ok(value.startsWith(`${String(number)}:`), `message ${String(number)}`);
      }
      assert.equal((await iterator.next()).done, true);
    });

  it('rejects a message of more than four mebibytes', async () => {
    const { url } = await serving((socket) => {
      socket.send('x'.repeat(4_194_305));
    });
    const { problem } = await errorOf(heard(url));
    assert.ok(problem.kind === 'offline' && problem.why === 'WebSocket protocol error');
  });

  it('connects without TLS only to this machine, and only if allowed', async () => {
    const { url, asked } = await serving((socket) => {
      socket.close();
    });
    for (const [address, given] of [
      [url, createWebSocketClient({ clock: systemClock })],
      ['ws://192.0.2.1/', sockets],
    ] as const)
      assert.equal((await errorOf(heard(address, given))).problem.kind, 'offline');
    assert.equal(asked.length, 0);
  });
});
