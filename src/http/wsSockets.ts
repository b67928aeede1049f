import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { isSafe } from './loopback.js';
import { messages, type Messages } from './messages.js';
import { coded, notSecure, unanswered } from './reasons.js';
import { silence, type Silence } from './silence.js';
import { HandshakeError, type Sockets } from './socket.js';
import { createAbortError, throwIfAborted } from '../lib/abort.js';

/** Options of sockets. */
export interface SocketOptions {
  readonly clock: Clock;
  /** True: allows plain sockets to this machine. All others must use `wss`. */
  readonly plainLoopback?: boolean;
  /**
   * Milliseconds without a message, including keep-alives, after which a socket has failed; undefined: 60 s.
   * Not counted while the socket is paused.
   */
  readonly silenceMs?: number;
}

const usualSilenceMs = 60_000;
const handshakeMs = 30_000;

/** Maximum length of a message, in bytes. */
const longestMessage = 4_194_304;

/** Maximum number of queued messages, and of their characters; above it the socket is paused. */
const mostWaiting = 1_000;
const mostWaitingChars = 8_388_608;

/** WebSockets by `ws`, which supports headers in the handshake; the WebSocket of browsers does not. */
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

/** Adds messages to the queue and pauses the socket when it is full. */
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

/** Returns the queued messages and resumes the socket when space is available. */
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

/** Reports the end of the socket to the queue. */
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
    // Source: RFC 6455, 7.4.1: only 1000 means that everything was sent; 1005 is a close without a code.
    if (code === 1000 || code === 1005) queue.end();
    else queue.fail(new JobError({ kind: 'offline', place, why: 'WebSocket closed' }));
  });
}

/** The text of one message. */
function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : data.toString('utf8');
}
