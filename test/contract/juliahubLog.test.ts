import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import type { ServerCalls } from '../../src/backends/juliahub/serverCalls.js';
import { createJuliaHubLogs } from '../../src/backends/juliahub/logs/logs.js';
import { toJobId } from '../../src/core/domain/job.js';
import { JobError } from '../../src/core/domain/problem.js';
import { systemClock } from '../../src/lib/node/systemClock.js';
import { entry, numbered } from '../unit/backends/juliahub/logsServer.js';
import { eventsIn } from '../fakes/backendCalls.js';

const id = toJobId('jr-xf4tslavut');
const never = new AbortController().signal;

/** A job's log on a real server on loopback that closes sockets after five lines. */
class LogServer {
  readonly lines: string[] = [];
  isOver = false;
  sockets = 0;
  readonly #http = createServer((request, response) => response.end(this.#page(query(request))));
  readonly #ws = new WebSocketServer({ server: this.#http });

  /** Its address without a scheme. */
  async start(): Promise<string> {
    this.#ws.on('connection', (socket, request) => void this.#stream(socket, query(request)));
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    const address = this.#http.address();
    assert.ok(typeof address === 'object' && address);
    return `127.0.0.1:${address.port}`;
  }

  stop(): void {
    for (const socket of this.#ws.clients) socket.terminate();
    this.#http.close();
    this.#http.closeAllConnections();
  }

  #page(asked: URLSearchParams): string {
    const known = Number(asked.get('event_id'));
    const end = asked.has('end_time') ? known - 1 : this.lines.length;
    const from = asked.has('start_time') ? known : Math.max(0, end - 10_000);
    const to = Math.min(end, from + 10_000);
    const page = this.lines.slice(from, to).map((text, index) => entry(from + index + 1, text));
    if (from === 0) page.unshift({ _meta: true, end: 'top', message: '' });
    if (this.isOver && to === this.lines.length) page.push({ _meta: true, end: 'bottom', message: '' });
    return JSON.stringify(JSON.stringify(page));
  }

  async #stream(socket: WebSocket, asked: URLSearchParams): Promise<void> {
    this.sockets++;
    let at = Number(asked.get('offset'));
    for (let left = 5; socket.readyState === WebSocket.OPEN;) {
      const line = this.lines[at];
      if (line !== undefined) {
        if (left-- === 0) {
          socket.terminate();
          return;
        }
        socket.send(JSON.stringify(entry(++at, line)));
      } else if (this.isOver) socket.send('{"_meta":true,"end":"bottom","message":""}');
      else socket.send('');
      if (line === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

const query = ({ url = '' }: IncomingMessage): URLSearchParams => new URL(url, 'http://x').searchParams;

/** Requests over a real network. */
const callsTo = (host: string): ServerCalls => ({
  place: 'JuliaHub',
  send: async ({ query: asked = {} }, signal) => {
    const answer = await fetch(`http://${host}/?${new URLSearchParams(asked).toString()}`, { signal });
    return { status: answer.status, headers: {}, text: await answer.text() };
  },
  openStream: () => Promise.reject(new Error('not for logs')),
  openSocket: async function* (_path, asked, signal) {
    const socket = new WebSocket(`ws://${host}/?${new URLSearchParams(asked).toString()}`);
    const abort = (): void => socket.terminate();
    signal.addEventListener('abort', abort);
    const messages: string[] = [];
    let wake = (): void => undefined;
    socket.on('message', (data: Buffer) => {
      messages.push(data.toString());
      wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => wake());
    try {
      for (;;) {
        const message = messages.shift();
        if (message !== undefined) yield message;
        else if (socket.readyState === WebSocket.CLOSED) break;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', abort);
      socket.terminate();
    }
    signal.throwIfAborted();
    throw new JobError({ kind: 'offline', place: 'JuliaHub', why: 'the connection was lost' });
  },
});

describe('the log of a JuliaHub job over a real network', () => {
  let server: LogServer;
  beforeEach(() => {
    server = new LogServer();
  });
  afterEach(() => {
    server.stop();
  });

  it('loses and repeats none of 10,000 lines while sockets break every five lines', async () => {
    const calls = callsTo(await server.start());
    const { read: log } = createJuliaHubLogs({
      calls,
      clock: systemClock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      isOver: () => Promise.resolve(server.isOver),
    });
    server.lines.push('line 1');
    const writing = (async () => {
      while (server.lines.length < 10_000) {
        server.lines.push(...numbered(Math.min(143, 10_000 - server.lines.length), server.lines.length + 1));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      server.isOver = true;
    })();
    const texts: string[] = [];
    for await (const event of eventsIn(log(id, { at: 'start' }, true, never)))
      if (event.kind === 'line') texts.push(event.text);
    await writing;
    assert.deepEqual(texts, numbered(10_000));
    assert.ok(server.sockets > 3, `${server.sockets} sockets`);
  });
});
