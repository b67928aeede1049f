import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { isSafe } from './loopback.js';
import { messages, type Messages } from './messages.js';
import { coded, notSecure, unanswered } from './reasons.js';
import { silence, type Silence } from './silence.js';
import { HandshakeError, type Sockets } from './socket.js';
import { createAbortError, throwIfAborted } from '../lib/abort.js';

/** What sockets are made with. */
export interface SocketOptions {
  readonly clock: Clock;
  /** True: plain sockets are allowed to this machine. Everything else has to be `wss`. */
  readonly plainLoopback?: boolean;
  /**
   * Milliseconds without any message, keep-alives included, after which a socket is taken for dropped; undefined: 60 s.
   * They do not count while it is paused.
   */
  readonly silenceMs?: number;
}

const usualSilenceMs = 60_000;
const handshakeMs = 30_000;

/** A longer message is none of a log's, in bytes. */
const longestMessage = 4_194_304;

/** While so many messages, or so many characters, wait for their reader, nothing more is read from the socket. */
const mostWaiting = 1_000;
const mostWaitingChars = 8_388_608;

/** WebSockets by `ws`, which takes headers in its handshake, unlike the one of browsers. */
export function wsSockets(options: SocketOptions): Sockets {
  const { clock, plainLoopback = false, silenceMs = usualSilenceMs } = options;
  return {
    listen: async function* (address, headers, signal) {
      const { WebSocket } = await import('ws');
      throwIfAborted(signal);
      const url = new URL(address);
      if (!isSafe(url, plainLoopback)) throw notSecure(url.host);
      const queue = messages(mostWaiting, mostWaitingChars);
      const socket = new WebSocket(url, {
        headers: { ...headers },
        maxPayload: longestMessage,
        perMessageDeflate: false,
        followRedirects: false,
      });
      const patience = (): number => (socket.readyState === WebSocket.CONNECTING ? handshakeMs : silenceMs);
      const quiet = silence(patience, clock, () => {
        queue.fail(unanswered(coded('SILENT'), url.host, false));
        socket.terminate();
      });
      const stop = (): void => {
        queue.stop(createAbortError());
        socket.terminate();
      };
      signal.addEventListener('abort', stop, { once: true });
      quiet.wait();
      take(socket, queue, quiet);
      tellEnd(socket, queue, url.host);
      try {
        yield* read(socket, queue, quiet);
      } finally {
        signal.removeEventListener('abort', stop);
        quiet.rest();
        socket.terminate();
      }
    },
  };
}

/** Puts what comes into the queue, until that is full. */
function take(socket: WebSocket, queue: Messages, quiet: Silence): void {
  socket.on('open', quiet.wait);
  socket.on('ping', quiet.wait);
  socket.on('message', (data) => {
    queue.add(textOf(data));
    if (queue.fill() < 1) quiet.wait();
    else if (!socket.isPaused) {
      socket.pause();
      quiet.rest();
    }
  });
}

/** Gives what is in the queue, and lets more come when there is room again. */
async function* read(socket: WebSocket, queue: Messages, quiet: Silence): AsyncGenerator<string> {
  for (;;) {
    const message = await queue.next();
    if (message === undefined) return;
    if (socket.isPaused && queue.fill() < 0.5) {
      socket.resume();
      quiet.wait();
    }
    yield message;
  }
}

/** Tells the queue how the socket came to its end. */
function tellEnd(socket: WebSocket, queue: Messages, place: string): void {
  socket.on('unexpected-response', (request, { statusCode = 0 }) => {
    const why = `WebSocket refused (status ${String(statusCode)})`;
    queue.fail(new JobError({ kind: 'offline', place, why }, { cause: new HandshakeError(statusCode) }));
    request.destroy();
  });
  socket.on('error', (error) => {
    queue.fail(unanswered(error, place, false));
  });
  socket.on('close', (code) => {
    // Source: RFC 6455, 7.4.1: 1000 is the only code that says that all was sent; 1005 stands for a close without one.
    if (code === 1000 || code === 1005) queue.end();
    else queue.fail(new JobError({ kind: 'offline', place, why: 'WebSocket closed' }));
  });
}

/** One message as text. */
function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : data.toString('utf8');
}
