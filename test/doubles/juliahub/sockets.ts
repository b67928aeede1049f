import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { checkBearer, userOf } from './auth.js';
import { takeFault } from './faults.js';
import { bottom, told, top } from './logs.js';
import { count, entriesOf, violate, type DoubleJob, type State } from './state.js';

const way = '/ws/stream_logs';

/**
 * Accepts sockets that follow logs; returns a function that closes all of them. Source:
 * docs/protocols/juliahub.md, 5.3.
 */
export function listenForSockets(state: State, server: Server, prefix: string): () => void {
  const sockets = new WebSocketServer({ noServer: true });
  const raw = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    raw.add(socket);
    socket.once('close', () => raw.delete(socket));
    socket.on('error', () => undefined);
    const refused = refusal(state, request, prefix);
    if (refused === 'silence') return;
    if (typeof refused === 'number') {
      state.onRequest?.(`WS ${way} ${String(refused)}`);
      socket.end(`HTTP/1.1 ${String(refused)} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    state.onRequest?.(`WS ${way} 101`);
    sockets.handleUpgrade(request, socket, head, (open) => {
      void stream(state, refused.job, refused.next, open);
    });
  });
  return () => {
    for (const socket of raw) socket.destroy();
  };
}

/** A status, or the job and the index of the first entry to send. */
function refusal(
  state: State,
  request: IncomingMessage,
  prefix: string,
): number | 'silence' | { readonly job: DoubleJob; readonly next: number } {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://double');
  if (pathname !== `${prefix}${way}`) return 404;
  count(state, 'WS');
  count(state, `GET ${way}`);
  const { authorization } = request.headers;
  checkBearer(state, authorization, way);
  const fault = takeFault(state, 'GET', way);
  if (fault !== undefined) return typeof fault === 'number' ? fault : fault === 'silence' ? fault : 500;
  const user = userOf(state, authorization);
  if (user === undefined) return 401;
  const wrong = wrongQuery(query);
  if (wrong !== undefined) {
    violate(state, `a socket with ${wrong}`, '5.3');
    return 400;
  }
  const job = state.jobs.find((one) => one.name === query.get('jobname') && one.user === user);
  if (state.controls.noSockets || !job) return 403;
  const offset = Number(query.get('offset') ?? -1);
  // Without an offset, only new entries are sent. An offset is an id, and ids count from 1.
  const next = offset < 0 ? entriesOf(job).length : Math.max(0, offset - state.controls.repeatOnSocket);
  return { job, next };
}

function wrongQuery(query: URLSearchParams): string | undefined {
  if (query.get('jobname') === null) return 'no jobname';
  if (query.get('log_out_type') !== 'json') return `log_out_type=${String(query.get('log_out_type'))}`;
  if (!/^[1-9]\d*$/.test(query.get('refresh_interval') ?? ''))
    return `refresh_interval=${String(query.get('refresh_interval'))}`;
  const offset = query.get('offset');
  return offset !== null && !/^(-1|\d+)$/.test(offset) ? `offset=${offset}` : undefined;
}

/** Maximum number of bytes buffered in a socket. */
const mostBytes = 1 << 20;

/** Sends a log as it is written, then its end mark; the client closes the socket. */
async function stream(state: State, job: DoubleJob, from: number, socket: WebSocket): Promise<void> {
  const { controls } = state;
  let next = from;
  let sent = 0;
  let isEndTold = false;
  const send = async (value: unknown): Promise<void> => {
    const text = value === undefined ? '' : JSON.stringify(value);
    const isFull = socket.bufferedAmount > mostBytes;
    const gone = new Promise<void>((resolve) => {
      socket.send(text, () => resolve());
    });
    // Occasionally waits, so that other connections are served.
    if (isFull || ++sent % 1000 === 0) await gone;
  };
  socket.on('error', () => undefined);
  if (controls.topOnSocket) await send(top);
  for (let messages = 0; socket.readyState === socket.OPEN;) {
    const entries = entriesOf(job);
    const entry = entries.at(next);
    if (entry) {
      next++;
      await send(told(state, job, entry));
      messages++;
      if (controls.dropSocketEvery > 0 && messages % controls.dropSocketEvery === 0) {
        // Waits until the sent messages have arrived.
        await new Promise<void>((resolve) => {
          socket.send('', () => resolve());
        });
        socket.terminate();
      }
    } else if (job.ended !== undefined && !isEndTold) {
      isEndTold = true;
      await send(bottom);
    } else if (!(await change(job, socket, controls.keepAliveMs))) await send(undefined);
  }
}

/** Waits for a change of the job. True: the job has changed, or the socket is closed; false: timed out. */
function change(job: DoubleJob, socket: WebSocket, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (is: boolean): void => {
      clearTimeout(timer);
      job.listeners.delete(changed);
      socket.off('close', changed);
      resolve(is);
    };
    const changed = (): void => done(true);
    const timer = setTimeout(() => done(false), withinMs);
    job.listeners.add(changed);
    socket.on('close', changed);
  });
}
