import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { isSecureUrl } from './secureUrl.js';
import { createMessageQueue, type MessageQueue } from './messageQueue.js';
import { createCodedError, createNotSecureError, createNoResponseError } from './networkErrors.js';
import { createIdleTimeout, type IdleTimeout } from './idleTimeout.js';
import { HandshakeError, type WebSocketClient } from './webSocketClient.js';
import { createAbortError, throwIfAborted } from '../lib/abort.js';

/** Options of sockets. */
export interface WebSocketOptions {
  readonly clock: Clock;
  /** True: allows plain sockets to this machine. All others must use `wss`. */
  readonly plainLoopback?: boolean;
  /**
   * Milliseconds without a message, including keep-alives, after which a socket has failed; undefined: 60 s.
   * Not counted while the socket is paused.
   */
  readonly silenceMs?: number;
}

const defaultIdleMs = 60_000;
const handshakeMs = 30_000;

/** Maximum length of a message, in bytes. */
const maxMessageBytes = 4_194_304;

/** Maximum number of queued messages, and of their characters; above it the socket is paused. */
const maxQueuedMessages = 1_000;
const maxQueuedChars = 8_388_608;

/** WebSockets by `ws`, which supports headers in the handshake; the WebSocket of browsers does not. */
export function createWebSocketClient(options: WebSocketOptions): WebSocketClient {
  const { clock, plainLoopback = false, silenceMs = defaultIdleMs } = options;
  return {
    listen: async function* (address, headers, signal) {
      const { WebSocket } = await import('ws');
      throwIfAborted(signal);
      const url = new URL(address);
      if (!isSecureUrl(url, plainLoopback)) throw createNotSecureError(url.host);
      const queue = createMessageQueue(maxQueuedMessages, maxQueuedChars);
      const socket = new WebSocket(url, {
        headers: { ...headers },
        maxPayload: maxMessageBytes,
        perMessageDeflate: false,
        followRedirects: false,
      });
      const patience = (): number => (socket.readyState === WebSocket.CONNECTING ? handshakeMs : silenceMs);
      const quiet = createIdleTimeout(patience, clock, () => {
        queue.fail(createNoResponseError(createCodedError('SILENT'), url.host, false));
        socket.terminate();
      });
      const stop = (): void => {
        queue.stop(createAbortError());
        socket.terminate();
      };
      signal.addEventListener('abort', stop, { once: true });
      quiet.start();
      enqueueMessages(socket, queue, quiet);
      reportEnd(socket, queue, url.host);
      try {
        yield* dequeueMessages(socket, queue, quiet);
      } finally {
        signal.removeEventListener('abort', stop);
        quiet.pause();
        socket.terminate();
      }
    },
  };
}

/** Adds messages to the queue and pauses the socket when it is full. */
function enqueueMessages(socket: WebSocket, queue: MessageQueue, quiet: IdleTimeout): void {
  socket.on('open', quiet.start);
  socket.on('ping', quiet.start);
  socket.on('message', (data) => {
    queue.add(toText(data));
    if (queue.getFillLevel() < 1) quiet.start();
    else if (!socket.isPaused) {
      socket.pause();
      quiet.pause();
    }
  });
}

/** Returns the queued messages and resumes the socket when space is available. */
async function* dequeueMessages(
  socket: WebSocket,
  queue: MessageQueue,
  quiet: IdleTimeout,
): AsyncGenerator<string> {
  for (;;) {
    const message = await queue.next();
    if (message === undefined) return;
    if (socket.isPaused && queue.getFillLevel() < 0.5) {
      socket.resume();
      quiet.start();
    }
    yield message;
  }
}

/** Reports the end of the socket to the queue. */
function reportEnd(socket: WebSocket, queue: MessageQueue, place: string): void {
  socket.on('unexpected-response', (request, { statusCode = 0 }) => {
    const why = `WebSocket refused (status ${String(statusCode)})`;
    queue.fail(new JobError({ kind: 'offline', place, why }, { cause: new HandshakeError(statusCode) }));
    request.destroy();
  });
  socket.on('error', (error) => {
    queue.fail(createNoResponseError(error, place, false));
  });
  socket.on('close', (code) => {
    // Source: RFC 6455, 7.4.1: only 1000 means that everything was sent; 1005 is a close without a code.
    if (code === 1000 || code === 1005) queue.end();
    else queue.fail(new JobError({ kind: 'offline', place, why: 'WebSocket closed' }));
  });
}

/** The text of one message. */
function toText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : data.toString('utf8');
}
