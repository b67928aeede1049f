import { WebSocket } from 'ws';
import type { Clock } from '../../core/ports.js';
import { JobError } from '../../core/problem.js';
import { isSafe } from './loopback.js';
import { reasonOf, Unanswered } from './reasons.js';
import { HandshakeError, type Sockets } from './socket.js';

/** What sockets are made with. */
export interface SocketOptions {
  readonly clock: Clock;
  /** True: plain sockets are allowed to this machine. Everything else has to be `wss`. */
  readonly plainLoopback?: boolean;
  /** Without any message, keep-alives included, for so long, a socket is taken for dropped. */
  readonly silenceMs?: number;
}

const usualSilenceMs = 60_000;
const handshakeMs = 30_000;

/** A longer message is none of a log's. */
const longestMessage = 16_777_216;

/** While so many messages wait for their reader, nothing more is read from the socket. */
const mostWaiting = 1_000;

/** WebSockets by `ws`, which takes headers in its handshake, unlike the one of browsers. */
export function wsSockets(options: SocketOptions): Sockets {
  const { clock, plainLoopback = false, silenceMs = usualSilenceMs } = options;
  return {
    listen: async function* (url, headers, signal) {
      signal.throwIfAborted();
      const { host, ...rest } = splitUrl(url);
      if (!isSafe(rest.url, plainLoopback))
        throw new JobError({ kind: 'offline', place: host, why: 'only secure sockets are used' });
      const queue = new Messages();
      const socket = new WebSocket(url, {
        headers: { ...headers },
        handshakeTimeout: handshakeMs,
        maxPayload: longestMessage,
        perMessageDeflate: false,
        followRedirects: false,
      });
      const quiet = new Quiet(silenceMs, clock, () => {
        queue.fail(new JobError({ kind: 'offline', place: host, why: 'nothing came any more' }));
        socket.terminate();
      });
      const stop = (): void => {
        queue.fail(new DOMException('This operation was aborted', 'AbortError'));
        socket.terminate();
      };
      signal.addEventListener('abort', stop, { once: true });
      socket.on('message', (data) => {
        quiet.heard();
        // SAFETY: `ws` gives one buffer for each message unless told otherwise.
        queue.add((data as Buffer).toString('utf8'));
        if (queue.waiting >= mostWaiting) socket.pause();
      });
      socket.on('ping', () => {
        quiet.heard();
      });
      socket.on('unexpected-response', (request, response) => {
        const cause = new HandshakeError(response.statusCode ?? 0);
        const why = `the socket was refused (status ${String(response.statusCode)})`;
        queue.fail(new JobError({ kind: 'offline', place: host, why }, { cause }));
        request.destroy();
      });
      socket.on('error', (error) => {
        queue.fail(
          new JobError(
            { kind: 'offline', place: host, why: reasonOf(error) },
            { cause: new Unanswered(error) },
          ),
        );
      });
      socket.on('close', (code) => {
        // Source: RFC 6455, 7.4.1: 1000 is the only close that says that all was sent; 1005: without a word.
        if (code === 1000 || code === 1005) queue.end();
        else queue.fail(new JobError({ kind: 'offline', place: host, why: 'the socket was cut' }));
      });
      try {
        for (;;) {
          const message = await queue.next();
          if (message === undefined) return;
          yield message;
          if (queue.waiting < mostWaiting / 2 && socket.isPaused) socket.resume();
        }
      } finally {
        signal.removeEventListener('abort', stop);
        quiet.end();
        socket.terminate();
      }
    },
  };
}

function splitUrl(text: string): { readonly host: string; readonly url: URL } {
  const url = new URL(text);
  return { host: url.host, url };
}

/** Messages between the socket, which gives them, and the one who reads them. */
class Messages {
  readonly #waiting: string[] = [];
  #over: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  get waiting(): number {
    return this.#waiting.length;
  }

  add(message: string): void {
    this.#waiting.push(message);
    this.#wake?.();
  }

  end(): void {
    this.#over ??= {};
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#over ??= { error };
    this.#wake?.();
  }

  /** The next one; undefined: there will be none. What came before a failure is given before it, but not after an abort. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const over = this.#over;
      if (over?.error instanceof DOMException) throw over.error;
      const message = this.#waiting.shift();
      if (message !== undefined) return message;
      if (over) {
        if (over.error !== undefined) throw over.error;
        return undefined;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Tells when nothing was heard for a while. */
class Quiet {
  #rest = new AbortController();

  constructor(
    private readonly ms: number,
    private readonly clock: Clock,
    private readonly over: () => void,
  ) {
    this.heard();
  }

  heard(): void {
    this.#rest.abort();
    const rest = new AbortController();
    this.#rest = rest;
    this.clock.sleep(this.ms, rest.signal).then(this.over, () => undefined);
  }

  end(): void {
    this.#rest.abort();
  }
}
